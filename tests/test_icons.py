"""A name the sprite lacks would be an empty space on a button."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DRAWN = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "icons.svg").read_text()))
SOURCES = [*(ROOT / "app").rglob("*.html"), *(ROOT / "app").rglob("*.py"), *(ROOT / "static" / "js").rglob("*.js")]


def test_every_icon_that_is_named_is_drawn() -> None:
    named = {
        (name, path.name)
        for path in SOURCES
        for name in re.findall(r'(?:icon\("|icons\.svg#)([a-z0-9-]+)', path.read_text())
    }
    assert len(named) > 100
    assert {(name, path) for name, path in named if name not in DRAWN} == set()
