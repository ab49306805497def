"""What a browser trips on and a request does not: forms without a name of their own, targets that stand nowhere."""

import re
from collections.abc import Iterator
from pathlib import Path

from app.web.html import TEMPLATES

FORM = re.compile(r"<form\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>", re.DOTALL)
FIELD = re.compile(r"<(?:input|select|textarea)\b(?:[^>{]|\{\{.*?\}\}|\{%.*?%\})*>", re.DOTALL)
TARGET = re.compile(r'\b(?:hx-target="#|from:#|form="|data-opens="|aria-controls=")([\w-]+)"?')
ID = re.compile(r'\bid="([^"]*)"|\bdialog\("([\w-]+)"')


def _templates() -> Iterator[tuple[str, str]]:
    for path in sorted(Path(TEMPLATES).rglob("*.html")):
        yield str(path.relative_to(TEMPLATES)), re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.DOTALL)


def test_every_form_that_htmx_sends_or_may_morph_has_an_id() -> None:
    """A morph keeps what it can match: without an id a press on one form can land on its neighbour."""
    nameless = [
        f"{name}: {form}"
        for name, text in _templates()
        for form in FORM.findall(text)
        if ("hx-post" in form or "outerMorph" in text) and not re.search(r"\sid=", form)
    ]
    assert not nameless, "\n".join(nameless)


def test_no_form_stands_inside_another() -> None:
    for name, text in _templates():
        depth = 0
        for tag in re.findall(r"<form\b|</form>", text):
            depth += 1 if tag == "<form" else -1
            assert depth in (0, 1), name
        assert depth == 0, name


def test_every_target_stands_somewhere() -> None:
    texts = dict(_templates())
    written = {found[0] or found[1] for text in texts.values() for found in ID.findall(text)}
    known = [re.compile(re.sub(r"\{\{.*?\}\}", r"[\\w-]+", each)) for each in written if not each.startswith("{{")]
    missing = {
        f"{name}: {target}"
        for name, text in texts.items()
        for target in TARGET.findall(text)
        if not any(each.fullmatch(target) for each in known)
    }
    assert not missing


def test_every_field_of_a_form_has_a_name_to_be_sent_by() -> None:
    nameless = [
        f"{name}: {field}"
        for name, text in _templates()
        for form in re.findall(r"<form\b.*?</form>", text, re.DOTALL)
        for field in FIELD.findall(form)
        if not re.search(r"\sname=", field)
    ]
    assert not nameless, "\n".join(nameless)


def test_names_of_people_turn_no_words_around_them() -> None:
    """A name written from right to left takes the number or the dot beside it along unless it stands apart."""
    person = re.compile(r"\{\{ (?:\w+\.)*(?:patient|guest|match|guardian)\.name \}\}")
    apart = re.compile(
        r"<title>.*?</title>|<option.*?</option>|\{% block (?:title|heading) %\}.*?\{% endblock %\}|<[^<>]*>"
    )
    # what only a screen reader hears has no order to lose
    heard = re.compile(r'<span class="visually-hidden">.*?</span>')
    bare = {
        f"{name}: {found}"
        for name, text in _templates()
        for found in person.findall(apart.sub("", heard.sub("", text.replace("<bdi>{{", "{{bdi"))))
    }
    assert not bare
