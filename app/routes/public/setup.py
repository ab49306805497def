"""The first start: one page that makes the clinic and its first superuser, behind the secret the terminal printed."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import hours, types
from app.clinic.booking.hours import Stretch
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.messages.phones import read_phone
from app.clinic.people import regions, sessions, setup, team
from app.clinic.people.setup import FirstClinic
from app.i18n import _, local
from app.web.forms import Form, read_form
from app.web.guards import now_of, session_cookie
from app.web.html import Asked, page, see_other


async def _admit(request: Asked, secret: str) -> None:
    """Raises NotFound for a wrong secret and TooLate once there is a clinic."""
    wanted = request.app.state.settings.setup_secret or secrets.token_hex()
    if not secrets.compare_digest(secret.encode(), wanted.encode()):
        raise NotFound(_("This address is not right. It is printed in the terminal where the server was started."))
    if not await setup.is_needed():
        raise TooLate(_("The clinic has been set up already. Sign in instead."))


def _form_page(request: Asked, form: Form, error: object = None, status: int = 200) -> Response[Any]:
    names = [(name, name) for name in regions.names_on(local(now_of(request)).date())]
    known = names if (form["region"], form["region"]) in names else [("", ""), *names]
    context = {"form": form, "error": error, "regions": known, "roles": team.ROLES}
    return page(request, "public/setup.html", status=status, **context)


@get("/setup/{secret:str}")
async def show_setup(request: Asked, secret: FromPath[str]) -> Response[Any]:
    """The empty form."""
    await _admit(request, secret)
    return _form_page(request, Form({"role": "doctor"}))


@post("/setup/{secret:str}")
async def create_clinic(request: Asked, secret: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Make both, sign the superuser in and show the desk; mistakes bring the form back filled in."""
    try:
        await _admit(request, secret)
    except TooLate:
        # the same form once more: the clinic is there, and whoever made it goes in
        return see_other("/desk")
    form = await read_form(request)
    try:
        week = _read_week(form["opening_hours"])

        async def furnish(clinic: UUID) -> None:
            await types.add_starters(clinic)
            await hours.set_opening(clinic, week)

        staff = await setup.create(_read(form), now, furnish)
    except (Invalid, Conflict) as error:
        return _form_page(request, form, error, 422)
    answer = see_other("/desk")
    cookie = session_cookie(
        request.app.state.settings,
        "staff",
        await sessions.open_session(staff, now),
        int(sessions.MAX_AGE.total_seconds()),
    )
    answer.set_cookie(cookie)
    return answer


def _read_week(text: str) -> list[Stretch]:
    """The hours of a weekday, of all five; raises Invalid, field `opening_hours`."""
    try:
        week = [stretch for weekday in range(5) for stretch in hours.read_day(weekday, text, "open")]
        hours.check(week, "open")
    except Invalid as error:
        raise Invalid(error.words, field="opening_hours") from None
    return week


def _read(form: Form) -> FirstClinic:
    try:
        phone = read_phone(form["plan_b_phone"])
    except Invalid as error:
        raise Invalid(error.words, field="plan_b_phone") from None
    return FirstClinic(
        clinic_name=form["clinic_name"],
        region=form["region"],
        provider_number=form["provider_number"],
        plan_b_phone=phone,
        address=form["address"],
        name=form["name"],
        role=form["role"] if form["role"] in team.ROLES else "doctor",
        email=form["email"],
        password=form["password"],
        languages=form["languages"],
    )
