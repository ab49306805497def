"""The clinic's desk: everything staff do, behind one guard."""

from litestar import Router

from app.routes.guards import StaffSessions, staff_only
from app.routes.staff import account, appointments, bookings, calls, outbox, patients, queue, team
from app.routes.staff import desk as desk_pages

doors = Router(
    "/",
    route_handlers=[
        account.show_sign_in,
        account.sign_in,
        account.sign_out,
        account.show_invitation,
        account.accept_invitation,
    ],
    middleware=[StaffSessions],
)
desk = Router(
    "/",
    route_handlers=[
        team.show_team,
        team.invite,
        team.invite_again,
        team.retire,
        outbox.show_outbox,
        outbox.send_again,
        desk_pages.show_desk,
        desk_pages.show_queue,
        desk_pages.show_opening,
        desk_pages.show_side,
        queue.change_opening,
        queue.undo_closing,
        queue.show_announcement,
        queue.announce,
        queue.admit,
        queue.show_word,
        queue.say_word,
        queue.remove,
        queue.put_back,
        bookings.show_new,
        bookings.check,
        bookings.book,
        appointments.cancel,
        appointments.restore,
        appointments.send_link,
        appointments.show_move,
        appointments.move,
        patients.show_search,
        patients.find,
        patients.show_new,
        patients.add,
        patients.show_correction,
        patients.correct,
        calls.end,
        calls.take_back,
        calls.continue_by_phone,
        calls.ring_again,
        calls.show_calls,
        calls.show_outcome,
        calls.note_outcome,
        calls.put_off,
    ],
    middleware=[StaffSessions],
    guards=[staff_only],
)
router = Router("/", route_handlers=[doors, desk])
