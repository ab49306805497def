"""What logs tell: where and what kind of error, once a minute, and nothing of what people wrote."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
import structlog

from app import logs
from app.clinic.people.tables import Staff
from tests.cast import Cast

ROOT = Path(__file__).parents[1]


def _raised(work: str, **names: object) -> Exception:
    try:
        exec(work, names)
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


async def test_a_row_that_is_there_already_is_not_quoted(cast: Cast, now: datetime) -> None:
    email = cast.doctor.email
    twin = Staff(clinic=cast.clinic.id, name="Twin", role="doctor", email=email, password_hash="x", created_at=now)

    with pytest.raises(Exception, match=r"UNIQUE|unique") as caught:
        await twin.save()

    told = logs.trace(caught.value)
    assert "staff" in told
    assert "test_logs.py" in told
    assert email not in told


@pytest.mark.parametrize("work", ["int(typed)", "{}[typed]", "typed.encode('ascii')", "raise Exception(typed)"])
def test_what_somebody_wrote_is_not_in_a_trace(work: str) -> None:
    told = logs.trace(_raised(work, typed="Jens Ømand"))

    assert "Ømand" not in told
    assert "<string>" in told


def test_errors_within_errors_are_told_without_their_words() -> None:
    inner = _raised("int('Ømand')")
    group = ExceptionGroup("Ømand", [inner])
    group.__cause__ = inner

    told = logs.trace(group)

    assert told.count("ValueError") == 2
    assert "Ømand" not in told.replace("int('Ømand')", "")


def test_what_the_machine_says_is_told() -> None:
    assert "No space left on device" in logs.trace(OSError(28, "No space left on device"))


def test_the_same_fault_is_told_once_a_minute_with_its_count() -> None:
    seconds = [0.0]
    sampler = logs.Sampler(lambda: seconds[0])

    assert [sampler.untold("down") for _each in range(3)] == [0, None, None]
    assert sampler.untold("another") == 0
    seconds[0] = 60.0
    assert sampler.untold("down") == 2
    assert sampler.untold("down") is None


def test_the_same_error_from_many_places_is_one_line() -> None:
    """As the process says it, by structlog and by Python's own logging."""
    work = """
import logging, structlog
from app import logs
logs.configure("json")
log = structlog.get_logger()
for name in ("one", "other"):
    for _each in range(50):
        try:
            int("Ømand")
        except ValueError:
            log.exception("job failed", job=name)
            logging.getLogger("library").exception("failed")
        log.info("always told")
        log.warning("told by its words", of=name)
"""
    told = subprocess.run([sys.executable, "-c", work], cwd=ROOT, capture_output=True, text=True, check=True).stderr

    assert told.count('"exception"') == 1
    assert told.count("always told") == 100
    assert told.count("told by its words") == 2
    assert "mand" not in told.replace('int(\\"\\u00d8mand\\")', "").replace('int(\\"Ømand\\")', "")


def test_nothing_below_a_warning_is_kept_quiet() -> None:
    for _each in range(2):
        assert logs.tell_once_a_minute(None, "info", {"event": "started"}) == {"event": "started"}
    assert logs.tell_once_a_minute(None, "error", {"event": "once"}) == {"event": "once"}
    with pytest.raises(structlog.DropEvent):
        logs.tell_once_a_minute(None, "error", {"event": "once"})


SAYS = """
import logging
from app import logs
logs.configure("json")
{}
logging.getLogger("somebody.else").warning("a library's word: %s", 7)
"""


@pytest.mark.parametrize("imports", ["import app.main", "import app.realtime.relay.process.worker"])
def test_a_library_s_words_come_out_in_our_format(imports: str) -> None:
    said = subprocess.run([sys.executable, "-c", SAYS.format(imports)], capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [("a library's word: 7", "warning")]
