"""The patient's own pages: behind the date of birth, but for the page that asks for it."""

from litestar import Router

from app.routes.patient import (
    appointments,
    calls,
    changes,
    confirmation,
    device_test,
    install,
    measurements,
    preparation,
    waiting,
)
from app.web.guards import PatientDevices, device_only, patient_only

threshold = Router(
    "/",
    route_handlers=[confirmation.show_confirmation, confirmation.confirm, confirmation.forget],
    middleware=[PatientDevices],
    guards=[device_only],
)
own = Router(
    "/",
    route_handlers=[
        appointments.show_appointments,
        appointments.show_appointment,
        appointments.enter,
        changes.show_cancellation,
        changes.cancel,
        changes.show_move,
        changes.move,
        confirmation.change_person,
        preparation.tick,
        measurements.show_measurements,
        measurements.measure,
        device_test.show_device_test,
        device_test.record_device_test,
        install.show_install,
        waiting.show_waiting,
        waiting.leave,
        waiting.note_reading,
        waiting.begin_questionnaire,
        calls.answer,
        calls.end,
    ],
    middleware=[PatientDevices],
    guards=[patient_only],
)
router = Router("/", route_handlers=[threshold, own])
