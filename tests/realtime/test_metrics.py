"""The relay's figures for a monitoring system, and for nobody else."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from app.realtime.metrics import written
from app.realtime.relay import Relay
from app.settings import Settings
from tests.conftest import BASE_URL, Clock


@pytest.mark.parametrize(
    ("secret", "sent", "status"),
    [("", "Bearer ", 404), ("s3cret", "", 403), ("s3cret", "Bearer other", 403), ("s3cret", "Bearer s3cret", 200)],
)
async def test_only_who_has_the_secret_reads_them(
    settings: Settings, clock: Clock, secret: str, sent: str, status: int
) -> None:
    from app.main import create_app

    app: Litestar = create_app(replace(settings, metrics_secret=secret), clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(cast(Any, app)), base_url=BASE_URL) as client:
        answer = await client.get("/metrics", headers={"Authorization": sent} if sent else {})
    assert answer.status_code == status
    if status == 200:
        assert "# TYPE relay_parties gauge\nrelay_parties 0\n" in answer.text
        assert "# TYPE relay_sent_total counter\nrelay_sent_total 0\n" in answer.text


def test_every_figure_is_explained() -> None:
    told = set(re.findall(r"`(\w+)`", Path("docs/operations.md").read_text()))
    figures = Relay("127.0.0.1", 0, ["127.0.0.1"]).counters
    assert {line.split()[0].removeprefix("relay_") for line in written(figures).split("\n")[1::2]} <= told


def test_what_only_grows_is_a_counter() -> None:
    assert written({"nacks_sent": 3, "loop_lag_ms": 2}).split("\n") == [
        "# TYPE relay_nacks_sent_total counter",
        "relay_nacks_sent_total 3",
        "# TYPE relay_loop_lag_ms gauge",
        "relay_loop_lag_ms 2",
        "",
    ]
