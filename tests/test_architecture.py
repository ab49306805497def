"""The rules of docs/architecture.md, held: who may import whom, how long things may be, what is documented."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("people", "messages", "booking", "waiting", "calls", "learning", "reporting")
SHARED = ("change", "database", "errors", "events", "rows")
OURS = ("app", "tests", "e2e", "bench", "migrations")
MAX_LINES, MAX_FUNCTION_LINES, MAX_MODULES = 400, 45, 25


def _python(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


@cache
def _imported(path: Path) -> frozenset[str]:
    """Every module the file imports, with what it takes from it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def _imports(path: Path, *packages: str) -> set[str]:
    return {name for name in _imported(path) if any(name == p or name.startswith(f"{p}.") for p in packages)}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_module(path): path for path in _python("app")}


def _modules_of(names: Iterable[str]) -> set[str]:
    """Our own modules among imported names: the longest part of each that is one."""
    found = set()
    for name in names:
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found.add(name)
    return found - {"", "app"}


@cache
def _next(module: str) -> set[str]:
    return _modules_of(_imported(MODULES[module]))


@cache
def _reached(module: str) -> dict[str, tuple[str, ...]]:
    """Every module of ours that importing this one loads, and by which way."""
    ways: dict[str, tuple[str, ...]] = {}
    ahead: list[tuple[str, tuple[str, ...]]] = [(module, ())]
    while ahead:
        at, way = ahead.pop()
        for nearer in sorted(_next(at) - ways.keys()):
            ways[nearer] = (*way, nearer)
            ahead.append((nearer, ways[nearer]))
    return ways


def _within(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    later = [f"app.clinic.{other}" for other in ROOMS[ROOMS.index(room) + 1 :]]
    for path in _python(f"app/clinic/{room}"):
        assert not _imports(path, *later), path


def test_the_domain_reaches_no_edge_and_no_settings() -> None:
    """Followed through: what its imports import counts too."""
    inside = ("app.clinic", "app.i18n", "app.budgets")
    libraries = ("litestar", "jinja2", "aiortc", "webpush", "uvicorn", "httpx", "aiosmtplib")
    for module, path in MODULES.items():
        if _within(module, "app.clinic"):
            assert not _imports(path, *libraries), path
            astray = {to: way for to, way in _reached(module).items() if not _within(to, *inside)}
            assert not astray, module


def test_only_the_domain_knows_piccolo() -> None:
    for path in _python("app"):
        if "clinic" not in path.parts and not path.name.startswith(("piccolo_", "migrate")):
            assert not _imports(path, "piccolo"), path


def test_no_query_is_built_outside_the_domain() -> None:
    """Edges ask the domain; a table's columns may be read, not queried."""
    tables = {name for module in MODULES if _within(module, "app.clinic") for name in _tables(module)}
    for path in _python("app"):
        if "clinic" in path.parts or "demo" in path.parts or path.name.startswith(("piccolo_", "migrate")):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            names = re.findall(r"\b([A-Z]\w+)\.(?:select|objects|count|exists|insert|update|delete|raw)\(", line)
            assert not tables & set(names), f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
            assert "._meta" not in line, f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def _tables(module: str) -> set[str]:
    """The names of the Piccolo tables a module describes."""
    return {
        node.name
        for node in ast.parse(MODULES[module].read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id == "Table" for base in node.bases)
    }


def test_states_are_compared_by_their_names() -> None:
    """An appointment's, a place's and a call's stand beside their table: a name misspelt is an error, a word is not."""
    written_out = re.compile(r"""\b(?:Appointment|appointment|Place|place|Call|call)\.state(?: [!=]= |: )["']""")
    for path in _python("app"):
        if "demo" not in path.parts:
            assert not written_out.search(path.read_text("utf-8")), path


def test_only_the_relay_knows_aiortc() -> None:
    for path in _python("app"):
        if "relay" not in path.parts:
            assert not _imports(path, "aiortc", "aioice", "pylibsrtp"), path


def test_the_relay_is_entered_by_its_door_only() -> None:
    """Whoever stands outside `realtime/relay/` takes names from the package, never from its modules."""
    for module, path in MODULES.items():
        if not _within(module, "app.realtime.relay"):
            inner = {name for name in _modules_of(_imported(path)) if name.startswith("app.realtime.relay.")}
            assert not inner, module


def test_edges_do_not_import_each_other() -> None:
    """They meet in `web/`, in the domain, and in main.py, which knows everybody."""
    edges = ("app.routes", "app.realtime", "app.pwa", "app.delivery")
    for module in MODULES:
        mine = [edge for edge in edges if _within(module, edge)]
        others = [edge for edge in edges if edge not in mine]
        if mine or _within(module, "app.web"):
            astray = {to: way for to, way in _reached(module).items() if _within(to, *others, "app.main")}
            assert not astray, module


AUDIENCES = ("public", "patient", "guest", "staff", "region")
PREVIEW = "app.routes.staff.start"
"""Staff see what their patients see: the one module that shows another audience's pages."""


def test_audiences_do_not_import_each_other() -> None:
    for module in MODULES:
        mine = [audience for audience in AUDIENCES if _within(module, f"app.routes.{audience}")]
        if not mine or module == PREVIEW:
            continue
        others = [f"app.routes.{audience}" for audience in AUDIENCES if audience not in mine]
        astray = {to: way for to, way in _reached(module).items() if _within(to, *others) and PREVIEW not in way}
        assert not astray, module


TWICE: dict[str, str] = {}
"""Public class names that may stand in several modules, each with its reason."""


def test_no_public_class_name_stands_for_two_things() -> None:
    places: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(module)
    assert {name: where for name, where in places.items() if len(where) > 1 and name not in TWICE} == {}


def test_no_folder_holds_more_modules_than_one_can_know() -> None:
    folders = Counter(path.parent for path in _python("app") if path.name != "__init__.py")
    assert {str(folder): count for folder, count in folders.items() if count > MAX_MODULES} == {}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    texts = [*_python(*OURS), *(ROOT / "static").rglob("*.js"), *(ROOT / "static").rglob("*.css")]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in texts
        if "vendor" not in path.parts and (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES
    }
    assert not long


def test_no_function_is_longer_than_a_screen() -> None:
    """A longer one says why beside it, in a comment with the words «one piece because»."""
    long = []
    for path in _python(*OURS):
        text = path.read_text("utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.end_lineno is None:
                continue
            lines = text.splitlines()[node.lineno - 2 : node.end_lineno]
            if node.end_lineno - node.lineno + 1 > MAX_FUNCTION_LINES and "one piece because" not in "\n".join(lines):
                long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert not long


def test_every_setting_is_documented() -> None:
    operations = (ROOT / "docs/operations.md").read_text("utf-8")
    assert [field.name for field in fields(Settings) if f"`{field.name.upper()}`" not in operations] == []


def test_only_one_module_touches_the_browsers_storage() -> None:
    """Browsers may refuse it; the classic scripts of the head ask for themselves."""
    own = {"storage.js", "theme-early.js", "load-again.js"}
    for path in (ROOT / "static/js").rglob("*.js"):
        if path.name not in own:
            assert not re.search(r"\b(local|session)Storage\b", path.read_text("utf-8")), path


def test_templates_have_no_inline_style_or_script() -> None:
    forbidden = re.compile(
        r"""\sstyle=|<style|<script(?![^>]*\ssrc=)|\son[a-z]+=["']|javascript:|hx-on""", re.IGNORECASE
    )
    for path in (ROOT / "app/templates").rglob("*.html"):
        found = forbidden.search(path.read_text("utf-8"))
        assert found is None, f"{path.name}: {found and found.group(0)}"


def test_nothing_in_pages_or_scripts_names_another_host() -> None:
    allowed = ("http://www.w3.org/", "https://www.w3.org/")
    for path in [*(ROOT / "app/templates").rglob("*"), *(ROOT / "static").rglob("*")]:
        if path.suffix not in (".html", ".js", ".css") or "vendor" in path.parts:
            continue
        for address in re.findall(r"https?://[^\s\"'`<>)]+", path.read_text("utf-8")):
            assert address.startswith(allowed), f"{path.name}: {address}"
