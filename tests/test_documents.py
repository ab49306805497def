"""What the documents say is there is there: pictures, links, paths, and a row for everything we depend on."""

import re
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
