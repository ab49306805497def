"""Languages: how each is written stands in its catalogue, so that a third one is files only."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app import i18n

APP = Path(i18n.__file__).parent
GERMAN = 'msgid "en_GB"\nmsgstr "de_DE"\n\nmsgid "EEEE d MMMM"\nmsgstr "EEEE, d. MMMM"\n'


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "shared.po").write_text(GERMAN, "utf-8")
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    monkeypatch.setattr(i18n, "LANGUAGES", i18n.languages_in(tmp_path))
    i18n.translations.cache_clear()
    with i18n.use_language("de"):
        yield
    i18n.translations.cache_clear()


@pytest.mark.usefixtures("german")
def test_a_third_language_needs_files_only() -> None:
    assert i18n.format_day(date(2026, 11, 24)) == "Dienstag, 24. November"
    assert i18n.format_time(datetime(2026, 11, 24, 9, 15, tzinfo=UTC)) == "10:15"
    assert (i18n.format_whole(12_300), i18n.decimal_sign()) == ("12.300", ",")


@pytest.mark.parametrize(
    ("code", "day", "time", "whole", "sign"),
    [
        ("da", "tirsdag den 24. november", "10.15", "12.300", ","),
        ("en", "Tuesday 24 November", "10:15", "12,300", "."),
    ],
)
def test_danish_and_english_are_written_as_before(code: str, day: str, time: str, whole: str, sign: str) -> None:
    with i18n.use_language(code):
        assert i18n.format_day(date(2026, 11, 24)) == day
        assert i18n.format_time(datetime(2026, 11, 24, 9, 15, tzinfo=UTC)) == time
        assert (i18n.format_whole(12_300), i18n.decimal_sign()) == (whole, sign)


def test_only_the_languages_module_tells_one_from_another() -> None:
    """Elsewhere a language is a value: whoever compares with one by hand forgets the third."""
    told_apart = re.compile(r"""[=!]= ?["'](da|en)["']|_(DK|GB)["']|["'](da|en)["'] if """)
    for path in [*APP.rglob("*.py"), *APP.rglob("*.html")]:
        if path.name != "i18n.py":
            assert not told_apart.search(path.read_text("utf-8")), path
