"""The open door: pages anybody may see."""

from litestar import Router

from app.routes.public import (
    booking,
    clinic,
    door,
    door_page,
    feeds,
    front,
    guide,
    links,
    questionnaire,
    setup,
    well_known,
)
from app.web.guards import PatientDevices

router = Router(
    "/",
    route_handlers=[
        front.front,
        front.health,
        well_known.show_security_contact,
        well_known.show_robots,
        well_known.show_favicon,
        setup.show_setup,
        setup.create_clinic,
        links.show_link,
        links.confirm_link,
        links.show_code,
        links.confirm_code,
        clinic.show_clinic,
        clinic.enter,
        clinic.show_logo,
        door_page.show_door_page,
        feeds.show_feed,
        booking.show_types,
        booking.show_times,
        booking.show_confirmation,
        booking.book,
        door.show_door,
        door.ask_for_code,
        door.show_code,
        door.use_code,
        questionnaire.show_offer,
        questionnaire.begin,
        questionnaire.show_next,
        questionnaire.show_question,
        questionnaire.answer,
        guide.show_guide,
        guide.show_offline,
    ],
    middleware=[PatientDevices],
)
