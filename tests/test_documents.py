"""What the documents say is there is there: pictures, links, paths, and a row for everything we depend on."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAX_PICTURE_BYTES = 200_000
LINK = re.compile(r"\]\(([^)\s]+)\)")


def _documents() -> Iterator[Path]:
    yield from (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"))


def test_every_link_between_documents_leads_somewhere() -> None:
    lost = []
    for document in _documents():
        for link in LINK.findall(document.read_text("utf-8")):
            path, _, heading = link.partition("#")
            if path.startswith(("https:", "http:", "mailto:")):
                continue
            target = (document.parent / path).resolve() if path else document
            if not target.exists() or (heading and heading not in _anchors(target)):
                lost.append(f"{document.name}: {link}")
    assert not lost


def _anchors(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_pictures_are_light_enough_for_a_front_page() -> None:
    pictures = list((ROOT / "docs/images").iterdir())
    assert pictures
    assert {path.name for path in pictures if path.stat().st_size > MAX_PICTURE_BYTES} == set()


def test_make_screenshots_renews_the_pictures_of_the_documents() -> None:
    made = (ROOT / "Makefile").read_text("utf-8").partition("\nscreenshots:")[2].partition("\n\n")[0]
    for path in (ROOT / "docs/images").iterdir():
        assert f"docs/images/{path.name}" in made


def _rows(document: str) -> set[str]:
    """Every name in backquotes in the document's tables."""
    lines = (ROOT / document).read_text("utf-8").splitlines()
    return {name for line in lines if line.startswith("|") for name in re.findall(r"`([^`]+)`", line)}


def test_everything_we_depend_on_has_its_row_and_licence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    ours = {name.group(0) for each in asked if (name := re.match(r"[\w.-]+", each))}
    browsers = json.loads((ROOT / "e2e/package.json").read_text("utf-8"))["devDependencies"]
    locked = re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert {*ours, *browsers, *locked} - _rows("docs/licences.md") == set()


def test_every_vendored_file_has_its_row_and_licence() -> None:
    static = ROOT / "static"
    files = [*(static / "vendor").iterdir(), *(static / "fonts").iterdir(), static / "icons.svg"]
    rows = _rows("docs/licences.md")
    known = {path for row in rows if "/" in row or row.endswith(".svg") for path in static.glob(row)}
    assert {path for path in files if path.suffix != ".md"} - known == set()


def test_the_licence_is_the_one_the_package_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["license"] == "MPL-2.0"
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("Mozilla Public License Version 2.0\n")


def test_no_codec_is_loaded_with_the_program() -> None:
    """What docs/licences.md says of `av`, and docs/relay.md of decoding; nothing else may import aiortc."""
    looked = "import sys, app.realtime.relay; raise SystemExit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", looked], cwd=ROOT, check=False).returncode == 0


PATH = re.compile(r"`((?:app|bench|deploy|docs|e2e|migrations|static|tests)/[\w./*-]*)`")


def test_every_path_in_the_documents_leads_somewhere() -> None:
    lost = {
        f"{document.name}: {path}"
        for document in _documents()
        for path in PATH.findall(document.read_text("utf-8"))
        if not any(ROOT.glob(path.rstrip("/")))
    }
    assert not lost


def test_where_is_leads_to_the_line() -> None:
    """In CONTRIBUTING's table a name after a path stands in that file."""
    table = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("## Where things are")[2].partition("\n## ")[0]
    found = re.findall(r"`(\w+/[\w./-]+\.\w+)`: ((?:`[^`]+`(?:, )?)+)", table)
    assert len(found) >= 10
    for path, names in found:
        text = (ROOT / path).read_text("utf-8")
        assert [name for name in re.findall(r"`([^`]+)`", names) if name not in text] == [], path
