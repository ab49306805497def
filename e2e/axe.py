"""Looks at a page with axe-core, in light and dark, and keeps what it finds until somebody asks; or takes pictures."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page, ViewportSize

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@cache
def _script() -> str:
    return (Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


_OF_COLOUR = ["color-contrast", "link-in-text-block"]
"""The only rules a theme can break: it changes colours and nothing else."""

_RUN = """async (rules) => {
  const wanted = rules ? { runOnly: rules } : {};
  const { violations } = await window.axe.run(document, { resultTypes: ["violations"], ...wanted });
  return violations.map(({ id, help, nodes }) => ({
    rule: `${id}: ${help}`,
    where: nodes.map((node) => `${node.target.join(" ")} ${node.failureSummary ?? ""}`),
  }));
}"""


_PAINTED = "() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))"

SIZES: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "tablet": {"width": 820, "height": 1180},
    "desk": {"width": 1440, "height": 900},
}


@dataclass
class Eye:
    """`found` holds a line for every violation on every page looked at.

    With a folder for `pictures` it takes those instead of asking axe: of the whole page, on every size of screen.
    """

    language: str
    pictures: Path | None = None
    found: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """Look at the page as it stands now, in both themes."""
        page.wait_for_load_state()
        if self.pictures is not None:
            self._picture(page, self.pictures, name)
            return
        if not page.evaluate("'axe' in window"):
            page.evaluate(_script())
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.evaluate(_PAINTED)
            violations: list[dict[str, Any]] = page.evaluate(_RUN, None if theme == THEMES[0] else _OF_COLOUR)
            self.found += [
                f"{name}, {theme}, {self.language}: {each['rule']}\n    " + "\n    ".join(each["where"])
                for each in violations
            ]

    def _picture(self, page: Page, folder: Path, name: str) -> None:
        """`name-size-theme.png` for every size and theme; afterwards the page has its own size again."""
        usual = page.viewport_size
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            for theme in THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.evaluate(_PAINTED)
                path = folder / f"{name.replace(', ', '-').replace(' ', '-')}-{size}-{theme}.png"
                # nothing of the camera's own into the page: its policy would refuse a style that hides the caret
                page.screenshot(path=path, full_page=True, scale="css", animations="disabled", caret="initial")
        if usual is not None:
            page.set_viewport_size(usual)

    def is_content(self) -> None:
        """Nothing was found anywhere."""
        assert not self.found, "\n".join(self.found)
