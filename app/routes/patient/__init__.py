"""The patient's own pages: behind the date of birth, but for the page that asks for it."""

from litestar import Router

from app.routes import handlers_of
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
    route_handlers=[*confirmation.threshold_handlers],
    middleware=[PatientDevices],
    guards=[device_only],
)
own = Router(
    "/",
    route_handlers=handlers_of(
        appointments, changes, confirmation, preparation, measurements, device_test, install, waiting, calls
    ),
    middleware=[PatientDevices],
    guards=[patient_only],
)
router = Router("/", route_handlers=[threshold, own])
