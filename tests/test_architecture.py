"""The rules of docs/architecture.md, held: who may import whom, how long things may be, what is documented."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from app.settings import Settings

ROOT = Path(__file__).parents[1]
ROOMS = ("people", "messages", "booking", "waiting", "calls", "learning")
SHARED = ("change", "database", "errors", "events", "migrate")
OURS = ("app", "tests", "e2e", "bench", "migrations")
MOST_LINES, MOST_FUNCTION_LINES = 400, 45


def _python(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in (ROOT / folder).rglob("*.py") if "node_modules" not in path.parts)


def _imported(path: Path) -> set[str]:
    """Every module the file imports, with what it takes from it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _imports(path: Path, *packages: str) -> set[str]:
    return {name for name in _imported(path) if any(name == p or name.startswith(f"{p}.") for p in packages)}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room: str) -> None:
    later = [f"app.clinic.{other}" for other in ROOMS[ROOMS.index(room) + 1 :]]
    for path in _python(f"app/clinic/{room}"):
        assert not _imports(path, *later), path


def test_the_domain_knows_no_edge() -> None:
    edges = ("app.routes", "app.realtime", "app.pwa", "app.delivery", "app.html", "app.main", "app.settings")
    libraries = ("litestar", "jinja2", "aiortc", "webpush", "uvicorn", "httpx", "aiosmtplib")
    for path in _python("app/clinic"):
        assert not _imports(path, *edges, *libraries), path


def test_only_the_domain_knows_piccolo() -> None:
    for path in _python("app"):
        if "clinic" not in path.parts and not path.name.startswith("piccolo_"):
            assert not _imports(path, "piccolo"), path


def test_only_the_relay_knows_aiortc() -> None:
    for path in _python("app"):
        if "relay" not in path.parts:
            assert not _imports(path, "aiortc", "aioice", "pylibsrtp"), path


def test_edges_do_not_import_each_other() -> None:
    """Realtime may ask who somebody is; otherwise the edges meet only in main.py and in the domain."""
    for edge, others in {
        "app/delivery": ("app.routes", "app.realtime", "app.pwa"),
        "app/pwa": ("app.realtime", "app.delivery"),
        "app/routes": ("app.realtime", "app.delivery"),
    }.items():
        for path in _python(edge):
            assert not _imports(path, *others), path
    for path in _python("app/realtime"):
        assert not {name for name in _imports(path, "app.routes") if not name.startswith("app.routes.guards")}, path


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    texts = [*_python(*OURS), *(ROOT / "static").rglob("*.js"), *(ROOT / "static").rglob("*.css")]
    long = {
        str(path.relative_to(ROOT)): lines
        for path in texts
        if "vendor" not in path.parts and (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES
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
            if node.end_lineno - node.lineno + 1 > MOST_FUNCTION_LINES and "one piece because" not in "\n".join(lines):
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
