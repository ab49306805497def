"""The GSM 7-bit alphabet, in which one SMS holds 160 characters (3GPP TS 23.038, section 6.2.1).

One character outside it turns the whole message into UCS-2, where an SMS holds only 70: so what we write ourselves
stays inside, and names are brought inside before they are put into a message.
"""

import unicodedata

SINGLE, PART = 160, 153
UCS2_SINGLE, UCS2_PART = 70, 67

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = frozenset("\f^{}\\[~]|€")
_INSTEAD = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u2007\u2009\u202f", " "),
        **dict.fromkeys("•·", "-"),
        "…": "...",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "œ": "oe",
        "Œ": "OE",
        "ı": "i",
        "ẞ": "SS",
    }
)


def is_gsm7(text: str) -> bool:
    """Whether every character is in the alphabet or its extension table."""
    return all(character in _BASIC or character in _ESCAPED for character in text)


def septets(text: str) -> int:
    """How much room a GSM-7 text takes: an extension character counts double. Raises ValueError outside GSM-7."""
    if not is_gsm7(text):
        raise ValueError("not a GSM-7 text")
    return sum(2 if character in _ESCAPED else 1 for character in text)


def segments(text: str) -> int:
    """How many SMS the text is sent as, and paid for, in GSM-7 or else in UCS-2."""
    if is_gsm7(text):
        return _parts([2 if character in _ESCAPED else 1 for character in text], SINGLE, PART)
    return _parts([2 if ord(character) > 0xFFFF else 1 for character in text], UCS2_SINGLE, UCS2_PART)


def to_gsm7(text: str) -> str:
    """The nearest text inside GSM-7: plain quotes and dashes, accents off, what has no likeness left out."""
    return "".join(_inside(character) for character in text.translate(_INSTEAD))


def _inside(character: str) -> str:
    if is_gsm7(character):
        return character
    return "".join(part for part in unicodedata.normalize("NFKD", character) if is_gsm7(part))


def _parts(sizes: list[int], single: int, part: int) -> int:
    """How many parts the characters fill; a character of two units is never split over two parts."""
    if sum(sizes) <= single:
        return 1
    count, room = 1, part
    for size in sizes:
        if size > room:
            count, room = count + 1, part
        room -= size
    return count
