"""The open door: pages anybody may see."""

from litestar import Router

from app.routes import handlers_of
from app.routes.public import (
    booking,
    clinic,
    door,
    door_page,
    feeds,
    front,
    guide,
    health,
    links,
    questionnaire,
    setup,
    well_known,
)
from app.web.guards import PatientDevices

router = Router(
    "/",
    route_handlers=handlers_of(
        front, health, well_known, setup, links, clinic, door_page, feeds, booking, door, questionnaire, guide
    ),
    middleware=[PatientDevices],
)
