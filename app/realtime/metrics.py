"""`GET /metrics`, in Prometheus' text format: the relay's totals and what goes on now, without a person or an address.

Not there until METRICS_SECRET is set; then for whoever sends it as a bearer token.
"""

import hmac
from typing import Any, cast

from litestar import Request, Router, get
from litestar.exceptions import NotFoundException, PermissionDeniedException

from app.realtime.relay import AnyRelay
from app.settings import Settings

NOW = frozenset({"rooms", "parties", "tests", "tasks", "loop_lag_ms"})


@get("/metrics", media_type="text/plain; version=0.0.4", sync_to_thread=False)
def show_metrics(request: Request[Any, Any, Any]) -> str:
    """404 without a secret of ours, 403 without it in the request."""
    secret = cast(Settings, request.app.state.settings).metrics_secret
    if not secret:
        raise NotFoundException
    if not hmac.compare_digest(request.headers.get("Authorization", "").encode(), f"Bearer {secret}".encode()):
        raise PermissionDeniedException
    return written(cast(AnyRelay, request.app.state.relay).counters)


def written(counters: dict[str, int]) -> str:
    """The relay's counters by the names docs/operations.md explains."""
    lines = []
    for name, value in counters.items():
        metric, kind = (f"relay_{name}", "gauge") if name in NOW else (f"relay_{name}_total", "counter")
        lines += [f"# TYPE {metric} {kind}", f"{metric} {value}"]
    return "\n".join([*lines, ""])


router = Router("/", route_handlers=[show_metrics])
