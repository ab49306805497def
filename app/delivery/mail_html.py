"""The same words as a mail's text, as HTML that mail programs show large enough and screen readers read well.

It fetches nothing from anywhere: no pictures, no fonts, nothing that tells who has read it.
"""

import re
from collections.abc import Iterator
from itertools import groupby

from markupsafe import Markup, escape

from app import i18n

_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_ITEM = "- "
_DOCUMENT = Markup(
    """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="font: 18px/1.5 Verdana, Arial, sans-serif; max-width: 36em; overflow-wrap: anywhere">
{body}
</body>
</html>
"""
)


def as_html(text: str, title: str, language: str) -> str:
    """The text's paragraphs and lists, with its addresses as links."""
    with i18n.use_language(language):
        direction = "rtl" if i18n.is_written_leftwards() else "ltr"
    body = Markup("\n").join(part for block in re.split(r"\n\s*\n", text.strip()) for part in _parts(block))
    return _DOCUMENT.format(language=language, direction=direction, title=title, body=body)


def _parts(block: str) -> Iterator[Markup]:
    """A paragraph for the lines that follow each other, a list for those that begin with a dash."""
    for is_list, lines in groupby(block.splitlines(), key=lambda line: line.startswith(_ITEM)):
        if is_list:
            items = (Markup("<li>{}</li>").format(_linked(line.removeprefix(_ITEM))) for line in lines)
            yield Markup("<ul>\n{}\n</ul>").format(Markup("\n").join(items))
        else:
            yield Markup("<p>{}</p>").format(Markup("<br>\n").join(_linked(line) for line in lines))


def _linked(line: str) -> Markup:
    written, end = Markup(), 0
    for found in _ADDRESS.finditer(line):
        address = found.group()
        written += escape(line[end : found.start()]) + Markup('<a href="{0}">{0}</a>').format(address)
        end = found.end()
    return written + escape(line[end:])
