"""Several persons on one phone: a couple's tablet, or a parent's own appointments and the children's (C7).

The device cookie holds a secret for each of them, the one who acts first. Opening another's link or page, or choosing
the other person, changes the order; the date of birth was given once for each and is not asked again. A page that is
open stays its person's, whoever acts: its addresses name their appointment or place.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response

from app.clinic.people import devices
from app.clinic.people.who import PatientWho
from app.web.guards import MAX_PERSONS, Connection, device_secrets, session_cookie
from app.web.html import Asked


async def others(connection: Connection, now: datetime) -> list[PatientWho]:
    """Who else has given their date of birth on this phone, the one who acted last first."""
    if len(device_secrets(connection)) < 2:
        return []
    acting = connection.user.patient if isinstance(connection.user, PatientWho) else None
    return [who for _secret, who in await _persons(connection, now) if who.confirmed and who.patient != acting]


async def secret_of(connection: Connection, patient: UUID, now: datetime) -> str | None:
    """The secret of this patient on this phone; None when the date of birth was never given on it."""
    persons = await _persons(connection, now)
    return next((secret for secret, who in persons if who.confirmed and who.patient == patient), None)


async def put_first(request: Asked, answer: Response[Any], secret: str, now: datetime) -> Response[Any]:
    """The answer with a cookie by which this person acts, and the others of the phone are kept behind."""
    new = await devices.who(secret, now)
    behind = [kept for kept, who in await _persons(request, now) if new is None or who.patient != new.patient]
    return _remember(request, answer, [secret, *behind][:MAX_PERSONS])


async def act_as_shown(request: Asked, answer: Response[Any], now: datetime) -> Response[Any]:
    """The answer; the person its page is about acts on this phone from now on."""
    secrets = device_secrets(request)
    if len(secrets) < 2 or not isinstance(request.user, PatientWho):
        return answer
    shown = await secret_of(request, request.user.patient, now)
    return answer if shown in (None, secrets[0]) else await put_first(request, answer, shown, now)


async def without(request: Asked, answer: Response[Any], gone: PatientWho, now: datetime) -> Response[Any]:
    """Set the cookie on the answer without this person."""
    return _remember(
        request, answer, [secret for secret, who in await _persons(request, now) if who.patient != gone.patient]
    )


async def _persons(connection: Connection, now: datetime) -> list[tuple[str, PatientWho]]:
    secrets = device_secrets(connection)[:MAX_PERSONS]
    known = await devices.who_all(secrets, now)
    return [(secret, known[secret]) for secret in secrets if secret in known]


def _remember(request: Asked, answer: Response[Any], secrets: list[str]) -> Response[Any]:
    life = int(devices.LIFE.total_seconds()) if secrets else 0
    answer.set_cookie(session_cookie(request.app.state.settings, "device", ".".join(secrets), life))
    return answer
