"""The relay's figures for a monitoring system, and for nobody else."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from app.realtime.metrics import NOW, TOTALS, RelayFigures
from app.realtime.relay import Relay
from app.settings import Settings
from tests.conftest import BASE_URL, Clock


@pytest.mark.parametrize(
    ("secret", "sent", "status"),
    [
        ("", "Bearer ", 404),
        ("s3cret", "", 403),
        ("s3cret", "Bearer other", 403),
        ("s3cret", "Basic s3cret", 403),
        ("s3cret", "Bearer s3cret", 200),
        ("s3cret", "bearer s3cret", 200),
    ],
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
        assert "# TYPE relay_parties gauge\nrelay_parties 0.0\n" in answer.text
        assert "# TYPE relay_sent_total counter\nrelay_sent_total 0.0\n" in answer.text
        assert "# HELP relay_sent_total Datagrams sent\n" in answer.text
        assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"


def _read(counters: dict[str, int]) -> dict[str, Metric]:
    """What Prometheus' own parser makes of them, by name."""
    written = generate_latest(RelayFigures(counters)).decode()
    return {family.name: family for family in text_string_to_metric_families(written)}


def test_every_figure_is_explained_where_it_is_read_and_where_it_is_run() -> None:
    told = set(re.findall(r"`(\w+)`", Path("docs/operations.md").read_text()))
    figures = Relay("127.0.0.1", 0, ["127.0.0.1"]).counters
    assert figures.keys() == NOW.keys() | TOTALS.keys()
    read = _read(figures)
    assert len(read) == len(figures) and all(family.documentation for family in read.values())
    assert {sample.name.removeprefix("relay_") for family in read.values() for sample in family.samples} <= told


def test_what_only_grows_is_a_counter() -> None:
    read = _read({"nacks_sent": 3, "loop_lag_ms": 2})
    assert {name: family.type for name, family in read.items()} == {
        "relay_nacks_sent": "counter",
        "relay_loop_lag_ms": "gauge",
    }
    assert [(s.name, s.value) for family in read.values() for s in family.samples] == [
        ("relay_nacks_sent_total", 3),
        ("relay_loop_lag_ms", 2),
    ]
