"""The clinic's staff page: who works here, inviting a colleague, taking an account out of use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import calendar
from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid
from app.clinic.messages import outbox
from app.clinic.people import clinics, team
from app.clinic.people.tables import Staff
from app.clinic.people.who import StaffWho
from app.web.forms import Form, read_form
from app.web.guards import superuser_only
from app.web.html import Asked, page, see_other
from app.web.once import once


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody just taken out of use, and when the appointments begin that are still booked with them."""

    staff: Staff
    booked: list[datetime]


@get("/team")
async def show_team(request: Asked) -> Response[Any]:
    """Everybody in the clinic; superusers may invite and retire."""
    return await _team_page(request)


async def _team_page(
    request: Asked,
    *,
    status: int = 200,
    form: Form | None = None,
    error: object = None,
    invitation: str = "",
    left: Left | None = None,
) -> Response[Any]:
    assert isinstance(request.user, StaffWho)
    context = {"form": form or Form({}), "error": error, "invitation": invitation, "left": left}
    members = await team.members(request.user.clinic)
    return page(request, "staff/team.html", status=status, members=members, roles=team.ROLES, **context)


async def _send(staff: Staff, address: str, now: datetime) -> None:
    clinic = await clinics.clinic_of(staff.clinic)
    async with change():
        values = {"name": staff.name, "link": address}
        await outbox.queue(
            outbox.Draft(clinic, "staff_invitation", values, channels=["email"], recipient=staff.email), now
        )


async def _invited_already(request: Asked, _address: str) -> Response[Any]:
    """Whoever was invited is in the list, and the link on its way; it is shown once only."""
    return see_other("/team", request)


@post("/team", guards=[superuser_only])
@once(_invited_already)
async def invite(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """Invite a colleague by e-mail; the link is shown as well, for whoever sits beside them."""
    assert isinstance(request.user, StaffWho)
    form = await read_form(request)
    colleague = team.Colleague(form["name"], form["role"], form["email"], form.ticked("is_superuser"))
    try:
        staff, address = await team.invite(colleague, request.user, now)
    except (Invalid, Conflict) as error:
        return await _team_page(request, status=422, form=form, error=error)
    await _send(staff, address, now)
    return await _team_page(request, invitation=address)


@post("/team/{staff_id:uuid}/invitation", guards=[superuser_only])
@once(_invited_already)
async def invite_again(request: Asked, staff_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """A fresh invitation for somebody who lost theirs or forgot the password."""
    assert isinstance(request.user, StaffWho)
    staff, address = await team.invite_again(staff_id, request.user, now)
    request.app.state.live.cut_off(staff_id)
    await _send(staff, address, now)
    return await _team_page(request, invitation=address)


@post("/team/{staff_id:uuid}/retirement", guards=[superuser_only])
async def retire(request: Asked, staff_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Take an account out of use and close its open pages; whose appointments then need another is said."""
    assert isinstance(request.user, StaffWho)
    staff = await team.retire(staff_id, request.user)
    request.app.state.live.cut_off(staff_id)
    booked = await calendar.coming_with(staff.id, now)
    return await _team_page(request, left=Left(staff, booked)) if booked else see_other("/team", request)
