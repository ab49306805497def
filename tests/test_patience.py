"""Nothing sleeps and nothing polls: tests wait for what they want to see, pages for what they are told."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SLEEPS = {"sleep", "wait_for_timeout"}

CLOCKS = {
    "call/connection.js": "counts what the line carries, in the browser",
    "call/level.js": "draws the microphone's level",
    "call/line-test.js": "counts what the tested line carries",
    "call/noise.js": "draws the picture that is sent to try the line",
    "call/picture-check.js": "looks whether pictures come",
    "call/regain.js": "tries in the browser whether a lost camera or microphone is back",
    "call/ringer.js": "rings again",
    "call/sealing/sealing.js": "turns to the next key when its time has come",
    "call/stage.js": "counts the minutes of a call",
    "live.js": "says that the waiting page lives; asks nothing",
    "patient/offline.js": "looks whether the network is back, where there is no socket to tell",
    "public/door-page.js": "the door's tablet is signed in to nothing, so no socket would have it",
    "ui/count-down.js": "counts the seconds of an undo down",
}
"""Modules that do something again and again, and why: none asks the server what a socket would tell."""


def test_no_test_sleeps() -> None:
    """To look again within a loop is to wait for something; to sleep outside one is to hope."""
    found = []
    for folder in ("tests", "e2e"):
        for path in (ROOT / folder).glob("**/*.py"):
            if "node_modules" not in path.parts:
                found += [f"{path.relative_to(ROOT)}:{line}" for line in _sleeps(ast.parse(path.read_text()))]
    assert found == []


def _sleeps(node: ast.AST, *, in_loop: bool = False) -> list[int]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SLEEPS:
        yields = len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
        if not (yields or in_loop):
            return [node.lineno]
    inside = in_loop or isinstance(node, ast.While | ast.For)
    return [line for child in ast.iter_child_nodes(node) for line in _sleeps(child, in_loop=inside)]


def test_no_page_asks_again_and_again() -> None:
    templates = "".join(path.read_text() for path in (ROOT / "app" / "templates").glob("**/*.html"))
    assert not re.search(r"""hx-trigger=["'][^"']*\bevery\b""", templates)
    scripts = ROOT / "static" / "js"
    repeating = {
        str(path.relative_to(scripts)) for path in scripts.glob("**/*.js") if "setInterval(" in path.read_text()
    }
    assert repeating == set(CLOCKS)
