"""The clinic's desk: everything staff do, behind one guard."""

from litestar import Router

from app.routes.guards import StaffSessions, staff_only
from app.routes.staff import account, team

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
    route_handlers=[team.show_team, team.invite, team.invite_again, team.retire],
    middleware=[StaffSessions],
    guards=[staff_only],
)
router = Router("/", route_handlers=[doors, desk])
