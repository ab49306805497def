"""Looks at a page with axe-core, in light and in dark, and keeps what it finds until somebody asks."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Page

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


@dataclass
class Eye:
    """`found` holds a line for every violation on every page looked at; `seen` the pages' names."""

    language: str
    found: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """Look at the page as it stands now, in both themes."""
        page.wait_for_load_state()
        self.seen.append(name)
        if not page.evaluate("'axe' in window"):
            page.evaluate(_script())
        for theme in THEMES:
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.evaluate("() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")
            violations: list[dict[str, Any]] = page.evaluate(_RUN, None if theme == THEMES[0] else _OF_COLOUR)
            self.found += [
                f"{name}, {theme}, {self.language}: {each['rule']}\n    " + "\n    ".join(each["where"])
                for each in violations
            ]

    def is_content(self) -> None:
        """Nothing was found anywhere."""
        assert not self.found, "\n".join(self.found)
