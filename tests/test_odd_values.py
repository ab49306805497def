"""Odd values, in every route's path, query and body and in every field of every form, sent by somebody whom all doors
let in: no answer is a fault of ours. What is right of a page is left to the tests of that page."""

import asyncio
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
import structlog
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some
from litestar import Litestar

from app.clinic.calls import guests
from app.clinic.calls.tables import Guest
from app.web.forms import OURS
from tests.access_matrix import MATRIX
from tests.cast import Cast
from tests.conftest import Browser
from tests.test_access import Scene, _played, scene, template  # noqa: F401  fixtures

DAYS = ("0001-01-01", "9999-12-31")
NUMBERS = ("²", "9223372036854775808")
TEXTS = ("\0\u202e" + "é" * 2001 + "=?utf-8?q?a=0d=0ab?=%_{0.__class__}{link}",)
ODD = (
    *(*DAYS, *NUMBERS, *TEXTS, "", "-1", "٣", "1e400", "nan", "\ud83d", "[" * 9_000, "0001-01-01T00:00+14:00"),
    *("9999-12-31T23:59:59-12:00", "00000000-0000-0000-0000-000000000000", "//evil.example"),
)
NAMED = (
    (re.compile("day|since|until|from|held|due|valid|time|starts_at|before"), DAYS),
    (re.compile("minutes|number|order|places|_s$|version|fee|value|with|months"), NUMBERS),
)
BODIES = (
    *(b"a=" + b"x" * 1_000_000, b"", b"\xff\xfe\x00", b"null", b"[]", b"[" * 50_000, b"a=%ff&b=%00&a=1&a=2"),
    b'{"kind":"weight","value":"\\u0000","second":"","said_at":"0001-01-01T00:00:00+14:00"}',
    b'{"kind":"weight","value":"72","second":"","said_at":"9999-12-31T23:59:59-12:00"}',
    b'{"item":"x","done":true,"said_at":"0001-01-01T00:00:00+14:00"}',
    b'{"endpoint":"\\ud800","p256dh":"","auth":""}',
)
KINDS = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "")
MAX_FIELDS = 9
"""Of one form; the long ones have many of a kind."""
MAX_QUERY = 60_000
"""httpx sends no longer address."""


def fitting(name: str) -> tuple[str, ...]:
    """What is odd for a field of this name."""
    return next((values for pattern, values in NAMED if pattern.search(name)), TEXTS)


def bounded(examples: int) -> settings:
    """So many examples, the same every time."""
    checks = list(HealthCheck)
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=checks,
    )


@dataclass
class Odd:
    """A request to send; its body would be too long for hypothesis to write out."""

    method: str
    path: str
    content: bytes = field(default=b"", repr=False)
    headers: dict[str, str] = field(default_factory=dict)


@cache
def _query_names(module: str) -> frozenset[str]:
    """What the code of a module, and of the pages it builds on, reads out of an address."""
    source = Path(str(importlib.import_module(module).__file__)).read_text("utf-8")
    names = set(re.findall(r"""(?:query\(request\)|query|parameters|query_params)(?:\.get\(|\[)"(\w+)\"""", source))
    names |= set(re.findall(r"""\"(\w+)\" (?:not )?in request\.query_params""", source))
    beside = re.findall(r"^from (app\.routes\.[\w.]+) import", source, re.MULTILINE)
    return frozenset(names).union(*(_query_names(each) for each in beside if each != module))


def _modules(app: Litestar) -> dict[tuple[str, str], str]:
    """Where each route is handled."""
    return {
        (method, route.path_format): str(handler.fn.__module__)
        for route in app.routes
        for method, (handler, _parameters) in getattr(route, "route_handler_map", {}).items()
    }


@some.composite
def odd_addresses(draw: some.DrawFn, route: tuple[str, str], names: tuple[str, ...], known: dict[str, str]) -> Odd:
    """The route with something odd in its path, or in its query, or in both, and in its body."""
    value = some.sampled_from(ODD)
    path = {**known, "build": "none", "file_path": "none"}
    if "{" in route[1] and draw(some.booleans()):
        path = {name: quote(draw(value)[:3000].encode("utf-8", "replace"), safe="") or "-" for name in path}
    chosen = draw(some.lists(some.tuples(some.sampled_from(names), value), max_size=3))
    query = urlencode([(name, said.encode("utf-8", "surrogatepass")) for name, said in chosen])
    odd = Odd(route[0], f"{route[1].format_map(path)}?{query[:MAX_QUERY]}")
    if route[0] == "POST":
        odd.content = draw(some.sampled_from(BODIES))
        odd.headers["content-type"] = draw(some.sampled_from(KINDS))
    return odd


class Forms(HTMLParser):
    """The forms of a page that are posted, each with its address and its fields as they stand."""

    def __init__(self, path: str, text: str, *, ours: bool = False) -> None:
        super().__init__()
        self._left_out = () if ours else OURS
        self._select = ""
        self.path, self.found = path, list[tuple[str, dict[str, str]]]()
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """A form begins, or one of its fields."""
        known = dict(attributes)
        if tag == "form":
            self._inside = (known.get("method") or "").lower() == "post"
            if self._inside:
                self.found.append((known.get("action") or self.path, {}))
        elif (
            self._inside and tag in ("input", "textarea", "select") and known.get("name") not in (None, *self._left_out)
        ):
            is_off = known.get("type") in ("radio", "checkbox") and "checked" not in known
            name = str(known["name"])
            self._select = name if tag == "select" else ""
            if not is_off or name not in self.found[-1][1]:
                self.found[-1][1][name] = known.get("value") or ""
        elif self._inside and tag == "option" and "selected" in known and self._select:
            self.found[-1][1][self._select] = known.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        self._inside = self._inside and tag != "form"


@some.composite
def odd_forms(draw: some.DrawFn, address: str, fields: dict[str, str]) -> Odd:
    """The form as its page offers it, with one field or two as nobody means it."""
    odd = dict(fields)
    for name in draw(some.lists(some.sampled_from(sorted(fields)), min_size=1, max_size=2)):
        odd[name] = draw(some.sampled_from(ODD))
    return Odd("POST", address, _as_form(odd), {"content-type": KINDS[1]})


@contextmanager
def _faults() -> Iterator[list[str]]:
    """What is logged with a trace while inside."""
    with structlog.testing.capture_logs() as lines:
        found: list[str] = []
        yield found
        found += [repr(line["exc_info"]) for line in lines if line.get("exc_info")]


class Visitor:
    """Whom every door lets in, whatever was answered before; `wrong` is what ended in a fault of ours."""

    def __init__(self, browser: Browser) -> None:
        self.http, self.kept, self.wrong = browser.http, dict(browser.http.cookies), list[str]()

    async def ask(self, odd: Odd) -> None:
        """Send it, and note a fault."""
        self.http.cookies.update(self.kept)
        headers = {"x-csrftoken": self.kept["csrftoken"], **odd.headers}
        with _faults() as faults:
            answer = await self.http.request(odd.method, odd.path, content=odd.content, headers=headers)
        if answer.status_code >= 500 or faults:
            self.wrong.append(f"{answer.status_code} {odd!r:.300} {odd.content!r:.300} {faults}")

    async def try_all(self, strategies: Iterable[tuple[some.SearchStrategy[Odd], int]]) -> None:
        """Ask everything that these come upon, each so many times."""
        loop, many = asyncio.get_running_loop(), list(strategies)

        def wait_for(odd: Odd) -> None:
            asyncio.run_coroutine_threadsafe(self.ask(odd), loop).result()

        def walk() -> None:
            for strategy, examples in many:
                tried: Callable[[], None] = bounded(examples)(given(strategy)(lambda odd: wait_for(odd)))
                tried()

        await asyncio.to_thread(walk)
        self.found_nothing()

    def found_nothing(self) -> None:
        """Raises AssertionError with the requests that ended in a fault of ours."""
        assert not self.wrong, "\n".join(self.wrong)


@pytest.fixture
async def visitor(browser: Browser, cast: Cast, scene: Scene, now: datetime) -> Visitor:  # noqa: F811
    """Superuser, patient, guest and evaluator in one browser."""
    await browser.sign_in(cast.superuser)
    await browser.use_device_of(cast.patient)
    await browser.evaluate()
    guest = await Guest.objects().get(Guest.id == scene.values["guest_id"])
    assert guest is not None
    browser.http.cookies.set("naervaer-guest", await guests.come(guest, "", now))
    await browser.get("/login")
    return Visitor(browser)


def _as_form(fields: dict[str, str]) -> bytes:
    return urlencode({name: said.encode("utf-8", "surrogatepass") for name, said in fields.items()}).encode()


async def test_no_odd_address_is_a_fault_of_ours(visitor: Visitor, app: Litestar, scene: Scene) -> None:  # noqa: F811
    modules, known = _modules(app), {**scene.values, "build": "none", "file_path": "none"}
    for method, path in sorted(MATRIX):
        for name in re.findall(r"{(\w+)}", path):
            for value in (TEXTS[0][:300], NUMBERS[1], DAYS[1])[: 1 if name.endswith("_id") else 3]:
                odd = {**known, name: quote(value.encode("utf-8", "replace"), safe="")}
                await visitor.ask(Odd(method, path.format_map(odd)))
        names = _query_names(modules[method, path]) if (method, path) in modules and method == "GET" else ()
        for asked, value in ((each, value) for each in sorted(names) for value in fitting(each)):
            await visitor.ask(Odd(method, f"{path.format_map(known)}?{urlencode({asked: value})}"))
    visitor.found_nothing()


async def test_no_odd_body_is_a_fault_of_ours(visitor: Visitor, scene: Scene) -> None:  # noqa: F811
    routes = [route for route in sorted(MATRIX) if route[0] == "POST"]
    await visitor.try_all((odd_addresses(route, ("a", "place", "next"), scene.values), 2) for route in routes)


async def test_no_odd_field_of_a_form_is_a_fault_of_ours(visitor: Visitor, scene: Scene) -> None:  # noqa: F811
    forms: dict[str, dict[str, str]] = {}
    for path in sorted(path for method, path in MATRIX if method == "GET"):
        address = path.format_map({**scene.values, "build": "none", "file_path": "none"})
        page = await visitor.http.get(address)
        if page.headers.get("content-type", "").startswith("text/html"):
            for to, fields in Forms(address, page.text).found:
                if fields and not any(fields.keys() == known.keys() for known in forms.values()):
                    forms[to] = fields
    assert len(forms) > 40
    for to, fields in sorted(forms.items()):
        for name in list(fields)[:MAX_FIELDS]:
            for value in fitting(name):
                await visitor.ask(Odd("POST", to, _as_form({**fields, name: value}), {"content-type": KINDS[1]}))
    await visitor.try_all((odd_forms(to, fields), 1) for to, fields in sorted(forms.items()))
