"""The clinic's desk: everything staff do, behind one guard."""

from litestar import Router

from app.routes import handlers_of
from app.routes.staff import account, equipment, help, kit, me, outbox, patients, start, team
from app.routes.staff.calendar import appointments, bookings, page, reviews
from app.routes.staff.calls import actions, day_codes, guests, outcome, quality
from app.routes.staff.desk import opening, queue, queue_order
from app.routes.staff.desk import page as desk_pages
from app.routes.staff.learning import (
    challenges,
    documents,
    evaluation_meetings,
    exchange,
    figures,
    programmes,
    questionnaire,
)
from app.routes.staff.settings import calling_in, clinic, codes, hours, openings, phrases, preparation, support, types
from app.web.guards import StaffSessions, staff_only, superuser_only

doors = Router(
    "/",
    route_handlers=handlers_of(account),
    middleware=[StaffSessions],
)
desk = Router(
    "/",
    route_handlers=handlers_of(
        team,
        outbox,
        desk_pages,
        opening,
        queue,
        queue_order,
        bookings,
        reviews,
        appointments,
        patients,
        actions,
        figures,
        questionnaire,
        challenges,
        evaluation_meetings,
        exchange,
        programmes,
        outcome,
        day_codes,
        quality,
        guests,
        help,
        equipment,
        page,
        kit,
        start,
        me,
    ),
    middleware=[StaffSessions],
    guards=[staff_only],
)
own_clinic = Router(
    "/",
    route_handlers=handlers_of(
        clinic, openings, calling_in, hours, types, preparation, codes, support, phrases, documents
    ),
    middleware=[StaffSessions],
    guards=[superuser_only],
)
router = Router("/", route_handlers=[doors, desk, own_clinic])
