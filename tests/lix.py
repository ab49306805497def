"""LIX, the Danish measure of how hard a text is to read (Björnsson 1968): 25–34 is easy, 35–44 ordinary."""

import re

_WORD = re.compile(r"[a-zæøåéA-ZÆØÅÉ]+(?:[-’'][a-zæøåA-ZÆØÅ]+)*")
_END = re.compile(r"[.!?:](?=\s|$)|\n+")


def lix(text: str) -> float:
    """Words per sentence, plus the percentage of words with more than six letters. A line of a list is a sentence."""
    words = _WORD.findall(text)
    sentences = [part for part in _END.split(text) if _WORD.search(part)]
    long = sum(1 for word in words if len(word) > 6)
    return len(words) / max(1, len(sentences)) + 100 * long / max(1, len(words))
