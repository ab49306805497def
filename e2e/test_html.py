"""The Nu HTML checker finds nothing on any page or fragment that links, menus and live parts lead to, whoever reads."""

import html
import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from app.demo import figures
from app.demo.seed import PASSWORD, SLUG
from e2e.conftest import Visitors
from e2e.server import Server
from e2e.steps import JENS, SARA, answer, call_in, come, is_talking, printed_link, sign_in

CHECKER = Path(__file__).parent / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
LINK = re.compile(r'<a\b[^>]*?\shref="(/[^"#]*)')
FRAGMENT = re.compile(r'\shx-get="(/[^"]*)"')
LEADS_OUT = re.compile(
    r"^/(static|logout|forgetting|sw\.js)|[?&]lang=|\.(ics|csv|xlsx|svg|png|webmanifest)|/(csv|feed)\b"
)
OURS = r".*(Attribute “hx-[a-z-]*(:[a-z]+)?” not allowed|Trailing slash on void elements).*"
"""What htmx adds to the language is meant."""
MONTH = re.compile(r'type="month"')
"""Browsers without a field for months make it one for text, to which its pattern and placeholder then belong."""
ALIKE = 2
"""So many of the addresses that differ in ids, days and numbers only."""


@dataclass
class Crawl:
    """Reads whatever an address leads to, each kind of page a few times, and keeps it in a folder."""

    folder: Path
    read: dict[str, str] = field(default_factory=dict)
    _alike: Counter[str] = field(default_factory=Counter)

    def everything(self, visitor: BrowserContext, name: str, *begin: str) -> None:
        """All that this visitor comes to from here."""
        waiting = [(address, False) for address in begin]
        seen = set(waiting)
        while waiting:
            address, is_fragment = waiting.pop()
            text = self.one(visitor, name, address, is_fragment=is_fragment)
            found = [(html.unescape(each), False) for each in LINK.findall(text)]
            found += [(html.unescape(each), True) for each in FRAGMENT.findall(text)]
            for each in found:
                if each not in seen and not LEADS_OUT.search(each[0]) and self._is_news(name, *each):
                    waiting.append(each)
                seen.add(each)

    def one(self, visitor: BrowserContext, name: str, address: str, *, is_fragment: bool = False) -> str:
        """What stands at this address, kept if it is HTML."""
        headers = {"Accept": "text/html", **({"HX-Request": "true"} if is_fragment else {})}
        answered = visitor.request.get(address, headers=headers)
        assert answered.status < 500, f"{answered.status} at {address}"
        text = answered.text() if "text/html" in answered.headers.get("content-type", "") else ""
        if text.strip():
            self.keep(f"{name} {'part of ' if is_fragment else ''}{address}", text)
        return text

    def keep(self, name: str, text: str) -> None:
        """Have it checked."""
        file = f"{len(self.read):04}.html"
        self.read[file] = name
        (self.folder / file).write_text(text if text.lstrip().startswith("<!doctype") else whole(text), "utf-8")

    def _is_news(self, name: str, address: str, is_fragment: bool) -> bool:
        asked = urlsplit(address)
        kind = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|(?<==)[^&]+", "*", f"{asked.path}?{asked.query}")
        self._alike[f"{name} {is_fragment} {kind}"] += 1
        return self._alike[f"{name} {is_fragment} {kind}"] <= ALIKE

    def faults(self) -> list[str]:
        """What the checker says of all of it."""
        words = [
            "java",
            "-jar",
            str(CHECKER),
            "--format",
            "json",
            "--errors-only",
            "--exit-zero-always",
            "--filterpattern",
            OURS,
        ]
        said = subprocess.run([*words, str(self.folder)], capture_output=True, text=True, check=True, timeout=240)
        messages = json.loads(said.stderr)["messages"]
        ours = (each for each in messages if not MONTH.search(each.get("extract", "")))
        return sorted(
            {f"{self.read[Path(each['url']).name]}: {each['message']} {each.get('extract', '')!r}" for each in ours}
        )


def whole(part: str) -> str:
    """A fragment in the document it goes into."""
    around = {
        "tr": ("<table><tbody>", "</tbody></table>"),
        "li": ("<ul>", "</ul>"),
        "option": ("<select>", "</select>"),
    }
    first = re.search(r"<([a-z-]+)", part)
    before, after = around.get(first.group(1) if first else "", ("", ""))
    return f'<!doctype html><html lang="da"><head><title>Part</title></head><body>{before}{part}{after}</body></html>'


def at_the_region(visitors: Visitors) -> BrowserContext:
    """Somebody who sees figures only."""
    page = visitors.open().new_page()
    page.goto("/region/login")
    page.get_by_label("E-mail").fill(figures.EMAIL)
    page.get_by_label("Adgangskode").fill(PASSWORD)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/region")
    return page.context


def test_every_page_and_fragment_is_html(
    visitors: Visitors, desk: Page, phone: Page, server: Server, tmp_path: Path
) -> None:
    crawl = Crawl(tmp_path)
    public = [
        f"/k/{SLUG}",
        "/",
        "/login",
        "/kode",
        "/guide",
        "/offline",
        "/nowhere",
        "/region/login",
        "/j/cut",
        "/g/cut",
    ]
    crawl.everything(visitors.open(), "anybody", *public, printed_link(server))
    crawl.everything(at_the_region(visitors), "region", "/region", "/region/programmes")
    sign_in(desk, SARA)
    come(phone, printed_link(server), JENS)
    crawl.everything(phone.context, "patient", "/waiting", "/appointments", "/install", "/confirmation")
    crawl.everything(desk.context, "staff", "/desk", "/settings", "/help", "/me", "/preview", "/patients?q=an")
    call_in(desk, JENS.name)
    for name, page, *addresses in (("patient", phone, "/waiting"), ("staff", desk, "/desk", "/desk/side")):
        for address in addresses:
            crawl.one(page.context, f"{name}, ringing", address, is_fragment=address != "/desk")
    answer(phone)
    is_talking(phone, desk)
    crawl.everything(desk.context, "staff, talking", "/desk")
    crawl.one(phone.context, "patient, talking", "/waiting")
    desk.get_by_role("button", name="Læg på").click()
    expect(desk.locator("outcome-sheet")).to_be_visible()
    crawl.one(desk.context, "staff, asking", "/desk")
    crawl.one(phone.context, "patient, after", "/waiting")
    faults = crawl.faults()
    assert not faults, f"{len(faults)} faults on {len(crawl.read)} pages:\n" + "\n".join(faults[:80])
