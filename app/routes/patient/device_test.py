"""Trying camera, microphone, loudspeaker and line before the day, and what to do when one of them fails (C5)."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import device_tests, lines
from app.clinic.booking.access import appointment_for
from app.clinic.people import installation
from app.clinic.people.who import PatientWho
from app.routes.device_reports import report_of
from app.web.browsers import browser_of
from app.web.forms import read_form
from app.web.html import Asked, page, see_other
from app.web.once import once


@get("/appointments/{appointment_id:uuid}/device-test")
async def show_device_test(request: Asked, appointment_id: FromPath[UUID]) -> Response[Any]:
    """The test, under the last result and its remedies if there was trouble."""
    appointment = await appointment_for(request.user, appointment_id)
    test = (await device_tests.latest([appointment.id])).get(appointment.id)
    tried = device_tests.line_of(test) if test else None
    return page(
        request,
        "patient/device_test.html",
        appointment=appointment,
        test=test,
        tried=tried,
        weakness=lines.weakness(tried) if tried else None,
        address=installation.base_url() + f"/appointments/{appointment.id}",
        failed=device_tests.has_failed(test),
        browser=browser_of(request.headers.get("User-Agent", "")),
    )


@post("/appointments/{appointment_id:uuid}/device-test")
@once()
async def record_device_test(
    request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """Keep the verdicts; success leads back to the appointment, trouble to what can be done about it."""
    appointment = await appointment_for(request.user, appointment_id)
    form = await read_form(request)
    report = report_of(form, browser_of(request.headers.get("User-Agent", "")).words)
    test = await device_tests.record(appointment, cast(PatientWho, request.user).device, report, now)
    if device_tests.has_failed(test):
        return see_other(f"/appointments/{appointment.id}/device-test")
    return see_other(f"/appointments/{appointment.id}")
