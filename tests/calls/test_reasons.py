"""Why a call was not completed is written down once, and everybody who reads it knows every reason."""

from pathlib import Path

from app.clinic.calls.reasons import REASONS, reason_words
from app.clinic.learning.facts import NamedValue, words
from app.clinic.learning.history import WORDS
from app.i18n import use_language

APP = Path(__file__).parents[2] / "app"


def test_every_reader_knows_every_reason() -> None:
    keys = [reason.key for reason in REASONS]
    assert list(reason_words()) == keys
    assert [said for _name, said in words([NamedValue("because", key) for key in keys])] == list(
        reason_words().values()
    )
    assert set(WORDS["årsag"].values()) == {"", *keys}


def test_no_reason_is_written_down_a_second_time() -> None:
    for path in [*APP.rglob("*.py"), *APP.rglob("*.html")]:
        if path.name != "reasons.py" and "demo" not in path.parts:
            assert '"their_technology"' not in path.read_text("utf-8"), path


def test_reasons_are_said_in_the_readers_language() -> None:
    with use_language("en"):
        assert reason_words()["connection"] == "The connection"
    with use_language("da"):
        assert reason_words()["connection"] == "Forbindelsen"
