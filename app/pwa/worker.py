"""The service worker's script. It must live at the root to mind every page, and must change with every build.

It keeps static files and two pages that hold nobody's data; the patient's own pages it never keeps. It shows pushes.
"""

import json
from functools import cache
from typing import Any

from litestar import Response, get

from app.web.html import STATIC, asset, build

PAGES = ("/offline", "/guide")
STYLES = ("css/app.css", "css/components.css", "css/patient.css")
FILES = (*STYLES, "fonts/atkinson-hyperlegible-next-core.woff2", "icons.svg", "images/favicon.svg")
SCRIPTS = ("js/ui", "js/patient", "js/pwa")


@cache
def kept() -> list[str]:
    """Addresses of the static files an opened page needs when there is no network."""
    scripts = [str(path.relative_to(STATIC)) for folder in SCRIPTS for path in sorted((STATIC / folder).glob("*.js"))]
    return [asset(path) for path in (*FILES, *scripts) if not path.endswith(("worker.js", "staff.js"))]


@cache
def _script() -> str:
    icon = asset("images/icon-192.png")
    said = json.dumps({"build": build(), "pages": PAGES, "files": kept(), "icon": icon})
    return f"self.NAERVAER = {said};\n{(STATIC / 'js/pwa/worker.js').read_text()}"


@get("/sw.js", sync_to_thread=False)
def show_worker() -> Response[Any]:
    """The script with this build's list of files; browsers look for a newer one by themselves."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"}
    return Response(_script(), media_type="text/javascript", headers=headers)
