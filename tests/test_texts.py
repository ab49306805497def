"""Every text has its Danish translation, with the same placeholders, and every template is sound in both languages."""

import re
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from app.i18n import merged_catalogue, use_language
from app.web import html

APP = Path(html.__file__).parents[1]
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false", "extensions": "jinja2.ext.i18n,jinja2.ext.do"}}
PLACEHOLDER = re.compile(r"%\((\w+)\)s|%\((\w+)\)d|\{(\w+)\}")


@cache
def _said() -> dict[str | tuple[str, ...], str]:
    """Every text of the code, and where it is said."""
    found = {}
    for file, line, message, _comments, _context in extract_from_dir(str(APP), METHODS, OPTIONS):
        found[message if isinstance(message, str) else tuple(message)] = f"{file}:{line}"
    return found


def test_every_text_is_said_in_danish() -> None:
    danish = merged_catalogue("da")
    missing = []
    for message, place in _said().items():
        known = danish.get(message if isinstance(message, str) else message[0])
        if known is None or not known.string or not all(known.string if known.pluralizable else [known.string]):
            missing.append(f"{place}: {message!r}")
    assert not missing, "\n".join(missing)


def test_translations_keep_the_placeholders() -> None:
    for message in merged_catalogue("da"):
        if not message.id:
            continue
        english = message.id if isinstance(message.id, str) else message.id[-1]
        danish = message.string if isinstance(message.string, str) else (message.string or [""])[-1]
        assert set(PLACEHOLDER.findall(english)) == set(PLACEHOLDER.findall(danish)), english


def test_no_translation_is_left_over() -> None:
    said = {message if isinstance(message, str) else message[0] for message in _said()}
    kept = {m.id if isinstance(m.id, str) else m.id[0] for m in merged_catalogue("da") if m.id}
    assert kept <= said, kept - said


@pytest.mark.parametrize("language", ["da", "en"])
def test_every_template_parses(language: str) -> None:
    with use_language(language):
        for name in html.environment().list_templates(extensions=["html"]):
            html.environment().get_template(name)
