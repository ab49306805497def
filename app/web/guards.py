"""Who may come in: cookies read into `request.user`, one guard per audience, set on each audience's router."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult

from app.budgets import network_of
from app.clinic.booking import access as appointments
from app.clinic.calls import guests
from app.clinic.errors import NotAllowed, TooLate
from app.clinic.people import clinics, devices, evaluators, sessions
from app.clinic.people.who import EvaluatorWho, GuestWho, PatientWho, Person, StaffWho
from app.clinic.waiting import access as places
from app.i18n import _
from app.settings import Settings

Connection = ASGIConnection[Any, Any, Any, Any]


MAX_PERSONS = 6
"""Patients on one phone; further secrets in a cookie are ignored."""


class SignInFirst(Exception):
    """Staff only: whoever asks is shown the sign-in page and sent back afterwards."""


class EvaluatorSignInFirst(Exception):
    """Evaluators only: whoever asks is shown their sign-in page."""


class ConfirmFirst(Exception):
    """The device is known, but the date of birth has not been given on it."""


class LinkFirst(Exception):
    """The device is unknown: the way in is the link in the message, or the code."""


def now_of(connection: Connection) -> datetime:
    """The present moment by the application's clock."""
    moment: datetime = connection.app.state.clock()
    return moment


def _settings(connection: Connection) -> Settings:
    settings: Settings = connection.app.state.settings
    return settings


def cookie_name(settings: Settings, kind: str) -> str:
    """`__Host-` binds a cookie to this very host, but browsers take it over TLS only."""
    return f"__Host-naervaer-{kind}" if settings.https else f"naervaer-{kind}"


def session_cookie(settings: Settings, kind: str, secret: str, max_age: int) -> Cookie:
    """The cookie with a session's secret (`kind`: staff, device, guest, evaluator); `max_age` 0 takes it away."""
    return Cookie(
        key=cookie_name(settings, kind),
        value=secret,
        path="/",
        max_age=max_age,
        secure=settings.https,
        httponly=True,
        samesite="lax",
    )


async def staff_of(connection: Connection) -> StaffWho | None:
    """The member of staff whose session cookie this is."""
    secret = connection.cookies.get(cookie_name(_settings(connection), "staff"))
    return await sessions.who(secret, now_of(connection), active=_is_active(connection)) if secret else None


def _is_active(connection: Connection) -> bool:
    """Whether a person acts: opens a page or sends a form, unlike a socket or a part that refreshes itself."""
    method = connection.scope.get("method")
    return method is not None and (method != "GET" or "HX-Request" not in connection.headers)


def address_of(connection: Connection) -> str:
    """Where the request comes from, for rate limits; of an IPv6 address the network, since one home has a whole /64."""
    return network_of(connection.client.host if connection.client else "")


def device_secrets(connection: Connection) -> list[str]:
    """The secrets in the device cookie, the acting person's first: a phone may be a household's."""
    cookie = connection.cookies.get(cookie_name(_settings(connection), "device"), "")
    return [secret for secret in cookie.split(".") if secret]


async def patient_of(connection: Connection) -> PatientWho | None:
    """Return the patient acting on this device.

    Of several: the one whose appointment or place the address names, if confirmed here; else the first in the cookie
    whose device is still valid.
    """
    secrets = device_secrets(connection)[:MAX_PERSONS]
    known = await devices.who_all(secrets, now_of(connection))
    persons = [known[secret] for secret in secrets if secret in known]
    named = await _named(connection) if len(persons) > 1 else None
    return next((who for who in persons if who.confirmed and who.patient == named), next(iter(persons), None))


async def _named(connection: Connection) -> UUID | None:
    """Whose appointment or place (`?place=`) the address names; None when it names none there is."""
    if appointment := connection.path_params.get("appointment_id"):
        return await appointments.patient_of(appointment)
    try:
        place = UUID(connection.query_params.get("place", ""))
    except ValueError:
        return None
    return (await places.patients([place])).get(place)


async def guest_of(connection: Connection) -> GuestWho | None:
    """The guest of a call whose cookie this is."""
    secret = connection.cookies.get(cookie_name(_settings(connection), "guest"))
    return await guests.who(secret, now_of(connection)) if secret else None


async def _known(connection: Connection, who: Person | None) -> AuthenticationResult:
    """Load the clinic too: every page names it, and an error page says whom to call."""
    if who is not None:
        connection.state["clinic"] = await clinics.clinic_of(who.clinic)
    return AuthenticationResult(user=who, auth=None)


class StaffSessions(AbstractAuthenticationMiddleware):
    """`request.user` is the signed-in member of staff, or None."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        return await _known(connection, await staff_of(connection))


class PatientDevices(AbstractAuthenticationMiddleware):
    """`request.user` is the patient's device, or None."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        return await _known(connection, await patient_of(connection))


class GuestDevices(AbstractAuthenticationMiddleware):
    """`request.user` is the guest of a call, or None."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        return await _known(connection, await guest_of(connection))


class EvaluatorSessions(AbstractAuthenticationMiddleware):
    """`request.user` is the signed-in evaluator, or None. There is no clinic to come along."""

    async def authenticate_request(self, connection: Connection) -> AuthenticationResult:
        secret = connection.cookies.get(cookie_name(_settings(connection), "evaluator"))
        who = await evaluators.who(secret, now_of(connection)) if secret else None
        return AuthenticationResult(user=who, auth=None)


def _user(connection: Connection) -> object:
    """Return who asks; None where no middleware has authenticated, as for an unknown method."""
    return connection.scope.get("user")


def staff_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets signed-in staff pass; others raise SignInFirst."""
    if not isinstance(_user(connection), StaffWho):
        raise SignInFirst


def superuser_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets the clinic's superusers pass; raises SignInFirst, or NotAllowed with the reason."""

    staff_only(connection, _handler)
    if not connection.user.is_superuser:
        raise NotAllowed(_("Only your clinic's superuser can do this."))


def evaluator_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets signed-in evaluators pass; others raise EvaluatorSignInFirst."""
    if not isinstance(_user(connection), EvaluatorWho):
        raise EvaluatorSignInFirst


def device_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets known devices pass, confirmed or not; others raise LinkFirst."""
    if not isinstance(_user(connection), PatientWho):
        raise LinkFirst


def patient_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets confirmed devices pass; others raise LinkFirst or ConfirmFirst."""
    device_only(connection, _handler)
    if not connection.user.confirmed:
        raise ConfirmFirst


def guest_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets guests of a call pass; others, and who was shown out, raise TooLate with what to do."""
    if not isinstance(_user(connection), GuestWho):
        raise TooLate(_("You are not in this call any more. Is that a mistake? Then call the clinic."))
