"""Logs: one format in every process, also for what libraries say, and the same fault once a minute."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
import structlog

from app.logs import FaultsSampled

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


def _fails() -> None:
    raise ValueError("a value somebody typed")


def _fails_elsewhere() -> None:
    raise ValueError("a value somebody typed")


def _line(work: Callable[[], None], words: str = "request failed") -> dict[str, object]:
    try:
        work()
    except ValueError as error:
        return {"event": words, "exc_info": error}
    return {"event": words}


def test_the_same_fault_is_written_once_a_minute_with_its_count() -> None:
    clock = [0.0]
    sampled = FaultsSampled(lambda: clock[0])
    assert "repeated" not in sampled(None, "error", _line(_fails))
    for _each in range(41):
        with pytest.raises(structlog.DropEvent):
            sampled(None, "error", _line(_fails))
    clock[0] = 60.0
    assert sampled(None, "error", _line(_fails))["repeated"] == 41
    clock[0] = 120.0
    assert "repeated" not in sampled(None, "error", _line(_fails))


def test_another_fault_and_what_is_none_are_written_at_once() -> None:
    sampled = FaultsSampled(lambda: 0.0)
    sampled(None, "error", _line(_fails))
    assert sampled(None, "error", _line(_fails_elsewhere))
    assert sampled(None, "error", _line(_fails, "listener failed"))
    for _each in range(3):
        assert sampled(None, "info", _line(lambda: None, "said"))
