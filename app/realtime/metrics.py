"""`GET /metrics`, in Prometheus' text format: the relay's totals and what goes on now, without a person or an address.

Not there until METRICS_SECRET is set; then for whoever sends it as a bearer token.
"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Any, cast

from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException, PermissionDeniedException
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from app.realtime.relay import AnyRelay
from app.settings import Settings

NOW = {
    "rooms": "Calls now",
    "parties": "People in calls now",
    "tests": "Device tests of lines now",
    "tasks": "Background tasks of the relay now",
    "loop_lag_ms": "How late the relay's loop was at worst in the last second, in milliseconds",
}
TOTALS = {
    "datagrams": "Datagrams received",
    "sent": "Datagrams sent",
    "send_blocked": "Not sent: the socket was full or knew no way",
    "unknown_source": "Dropped: from strangers",
    "malformed": "Dropped: of no known form",
    "refused_checks": "Connectivity checks with a wrong password",
    "limited": "Dropped: over a browser's or a stranger's share",
    "srtp_rejected": "Dropped: forged or replayed",
    "unknown_ssrc": "Dropped: of no agreed stream",
    "oversize": "Not sent: too long",
    "no_common_codec": "Not sent: nothing the receiver can read",
    "lost_up": "Packets that browsers sent and that never came",
    "lost_down": "Packets that the receivers missed",
    "nacks_sent": "Packets asked for again",
    "recovered": "Packets that came after they were asked for again",
    "retransmitted": "Packets sent again",
    "retransmit_refused": "Packets not sent again: over a browser's share",
    "retransmit_gone": "Packets not sent again: kept no longer, or never come",
    "unanswered": "Not sent: to an address that answers no request of ours",
    "key_frames_asked": "Key frames asked for",
    "faults": "Mistakes of ours, each in the log",
}


class RelayFigures(Collector):
    """The relay's counters by the names docs/operations.md explains."""

    def __init__(self, counters: Mapping[str, int]) -> None:
        self._counters = counters

    def collect(self) -> Iterator[Metric]:
        """What only grows as counters, what is so now as gauges."""
        for name, value in self._counters.items():
            if name in NOW:
                yield GaugeMetricFamily(f"relay_{name}", NOW[name], value)
            else:
                yield CounterMetricFamily(f"relay_{name}", TOTALS.get(name, name), value)


@get("/metrics", sync_to_thread=False)
def show_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """404 without a secret of ours, 403 without it in the request."""
    secret = cast(Settings, request.app.state.settings).metrics_secret
    if not secret:
        raise NotFoundException
    scheme, _space, given = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), secret.encode()):
        raise PermissionDeniedException
    written, media_type = choose_encoder(request.headers.get("Accept", ""))
    figures = RelayFigures(cast(AnyRelay, request.app.state.relay).counters)
    return Response(written(figures), headers={"Content-Type": media_type})


router = Router("/", route_handlers=[show_metrics])
