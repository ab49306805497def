"""Whether the process is well, for whoever watches it (I4)."""

from datetime import datetime

from litestar import Response, get
from litestar.di import NamedDependency

from app.web.html import Asked


@get("/health/live")
async def show_alive() -> Response[str]:
    """Answer 200 whatever is missing: a process that does not answer should be restarted."""
    return _answer("ok\n", 200)


@get(["/health", "/health/ready"])
async def show_ready(request: Asked, now: NamedDependency[datetime]) -> Response[str]:
    """Answer 503 and name what is missing: no visitor should be sent here meanwhile."""
    missing = await request.app.state.health.missing(now)
    return _answer(f"missing: {', '.join(missing)}\n", 503) if missing else _answer("ok\n", 200)


def _answer(text: str, status: int) -> Response[str]:
    headers = {"Cache-Control": "no-store", **({"Retry-After": "5"} if status == 503 else {})}
    return Response(text, status_code=status, media_type="text/plain", headers=headers)
