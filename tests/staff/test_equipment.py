"""The desk's equipment test and the list of patients to help: what was found is said in words and in calls at once."""

import json
from datetime import timedelta

from app.clinic.booking import device_tests
from app.clinic.booking.device_tests import DeviceReport
from tests.booking.test_join_links import agree
from tests.cast import Cast
from tests.conftest import Browser

VERDICTS = {"camera": "ok", "microphone": "ok", "loudspeaker": "ok", "detail": ""}
LINE = {"reached": True, "rtt": 31.4, "jitter": 4, "lossUp": 0.2, "lossDown": 0, "up": 4900, "down": 9000}


async def test_the_line_is_told_in_calls_at_once(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.doctor)
    answer = await browser.post("/equipment", {**VERDICTS, "line": json.dumps(LINE)})
    assert answer.headers["location"] == "/equipment"
    page = await browser.get("/equipment")
    assert "4 videosamtaler på én gang" in page.text
    assert "4,9 Mbit/s op" in page.text
    assert cast.doctor.name in page.text


async def test_figures_that_are_none_are_refused(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.doctor)
    for line in ("nonsense", json.dumps({**LINE, "up": -1}), json.dumps({**LINE, "else": 1})):
        assert (await browser.post("/equipment", {**VERDICTS, "line": line})).status_code == 422
    assert await device_tests.latest_equipment(cast.clinic.id) is None


async def test_who_needs_help_can_be_rung_and_sent_the_link(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.secretary)
    assert "Ingen har brug for hjælp" in (await browser.get("/help-needed")).text
    appointment = await agree(cast, browser.clock.now + timedelta(days=1))
    await device_tests.record(
        appointment, None, DeviceReport("denied", "ok", "ok", "Safari, iPhone"), browser.clock.now
    )
    page = await browser.get("/help-needed")
    assert "Kameraet har ikke fået lov" in page.text
    assert 'href="tel:+4520123456"' in page.text
    assert f'action="/desk/appointments/{appointment.id}/link"' in page.text
    assert 'href="/help-needed"' in (await browser.get("/desk")).text
