"""Logs: one format in every process, also for what libraries say."""

import json
import subprocess
import sys

import pytest

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
