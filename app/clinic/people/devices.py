"""Patients' phones and tablets that have been confirmed once by date of birth, and the hand-off to the installed app.

Safari and an installed app share no cookies, so identity travels in the app's start address: the hand-off secret, good
for the life of the device's session, usable many times, revocable, and worth nothing without the date of birth (H2).
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from piccolo.columns import Column
from piccolo.columns.combination import Or, Where

from app.clinic.change import announce, change
from app.clinic.database import batched
from app.clinic.errors import Invalid, TooLate
from app.clinic.events import DevicesForgotten
from app.clinic.outages import noting_along_the_way
from app.clinic.people import guardianship, installation
from app.clinic.people.tables import Patient, PatientDevice
from app.clinic.people.who import PatientWho
from app.i18n import _, local

LIFE = timedelta(days=180)
MAX_TRIES = 3
_SEEN_EVERY = timedelta(hours=1)
_LOOKED_BACK = 3
"""In years. Devices of patients who outgrew their guardians before that were revoked at the time."""


async def remember(
    patient: Patient, now: datetime, *, confirmed: bool, handed_from: str = ""
) -> tuple[PatientDevice, str]:
    """A new device of this patient and its cookie secret; `handed_from` is the device whose hand-off led here."""
    secret = installation.new_token()
    device_id = installation.digest("device", secret)
    device = PatientDevice(
        id=device_id,
        patient=patient.id,
        handoff_hash=installation.digest("handoff", handoff(device_id)),
        handed_from=handed_from,
        confirmed_at=now if confirmed else None,
        created_at=now,
        seen_at=now,
        expires_at=now + LIFE,
    )
    async with change():
        await device.save()
    return device, secret


def handoff(device_id: str) -> str:
    """The secret that leads the installed app back to this device's patient."""
    return installation.derive("handoff", device_id)


async def by_handoff(secret: str, now: datetime) -> PatientDevice | None:
    """The device this hand-off came from, or None when it is unknown, revoked or expired."""
    device = await PatientDevice.objects(PatientDevice.patient).get(
        PatientDevice.handoff_hash == installation.digest("handoff", secret)
    )
    return device if device is not None and _is_alive(device, now) else None


async def who(secret: str, now: datetime) -> PatientWho | None:
    """Whose device holds this cookie, or None when it is unknown, revoked or expired."""
    return (await who_all([secret], now)).get(secret)


async def who_all(secrets: Collection[str], now: datetime) -> dict[str, PatientWho]:
    """Whose devices hold these cookies, by the secret; the unknown, revoked and expired are left out."""
    found: dict[str, PatientWho] = {}
    secret_of = {installation.digest("device", secret): secret for secret in secrets}
    for some in batched(secret_of):
        for row in await PatientDevice.select(*_WHO).where(PatientDevice.id.is_in(some), *_living(now)):
            if now - row["seen_at"] > _SEEN_EVERY:
                seen: dict[Column | str, Any] = {PatientDevice.seen_at: now, PatientDevice.expires_at: now + LIFE}
                with noting_along_the_way():
                    await PatientDevice.update(seen).where(PatientDevice.id == row["id"])
            found[secret_of[row["id"]]] = PatientWho(
                row["id"],
                row["patient"],
                row["patient.clinic"],
                row["patient.name"],
                row["confirmed_at"] is not None,
                row["patient.language"],
            )
    return found


_WHO = (
    PatientDevice.id,
    PatientDevice.patient,
    PatientDevice.patient.clinic,
    PatientDevice.patient.name,
    PatientDevice.patient.language,
    PatientDevice.confirmed_at,
    PatientDevice.seen_at,
)


def _living(now: datetime) -> tuple[Where, Where]:
    return PatientDevice.expires_at > now, PatientDevice.revoked_at.is_null()


async def alive(ids: Collection[str], now: datetime) -> set[str]:
    """Those of these devices (`PatientWho.device`) that `who` would still know."""
    found: set[str] = set()
    for some in batched(ids):
        rows = await PatientDevice.select(PatientDevice.id).where(PatientDevice.id.is_in(some), *_living(now))
        found |= {row["id"] for row in rows}
    return found


def _is_alive(device: PatientDevice, now: datetime) -> bool:
    return device.expires_at > now and not device.revoked_at


async def confirm(device_id: str, birth_date: date, now: datetime) -> None:
    """Confirm by date of birth. Raises Invalid with what to do, and TooLate when the third was wrong: revoked.

    A try is claimed before it is judged, so that many at once are still three. Wrong dates given after a hand-off
    count on the device the hand-off came from, and the third revokes that hand-off too.
    """
    async with change():
        device = await PatientDevice.objects(PatientDevice.patient).get(PatientDevice.id == device_id)
        if device is None or not _is_alive(device, now):
            raise TooLate(_("This device is no longer known. Open the link in your message again."))
        counted = device.handed_from or device.id
        tries = await _claim_try(counted)
        is_right = bool(tries) and device.patient.birth_date == birth_date
        if is_right:
            await PatientDevice.update({PatientDevice.wrong_tries: 0}).where(PatientDevice.id == counted)
            await PatientDevice.update({PatientDevice.confirmed_at: now}).where(PatientDevice.id == device_id)
        elif tries in (0, MAX_TRIES):
            await PatientDevice.update({PatientDevice.revoked_at: now}).where(
                (PatientDevice.id == counted) | (PatientDevice.id == device_id)
            )
    if is_right:
        return
    if tries in (0, MAX_TRIES):
        raise TooLate(_("That was the third wrong date. Open the link in your message again, or call the clinic."))
    raise Invalid(_("That date does not match. Check day, month and year."), field="birth_date")


async def _claim_try(device_id: str) -> int:
    """Which try this is, from 1; 0 when there is none left."""
    rows = await (
        PatientDevice.update({PatientDevice.wrong_tries: PatientDevice.wrong_tries + 1})
        .where(PatientDevice.id == device_id, PatientDevice.wrong_tries < MAX_TRIES, PatientDevice.revoked_at.is_null())
        .returning(PatientDevice.wrong_tries)
    )
    return int(rows[0]["wrong_tries"]) if rows else 0


async def revoke(device_id: str, now: datetime) -> None:
    """Forget the device and all that its hand-off led to, the installed app among them: "this is not my phone"."""
    device = await PatientDevice.objects(PatientDevice.patient).get(PatientDevice.id == device_id)
    if device is not None:
        root = device.handed_from or device.id
        await _forget(device.patient, (PatientDevice.id == root) | (PatientDevice.handed_from == root), now)


async def revoke_all(patient: Patient, now: datetime) -> None:
    """Forget every device of this patient: each needs a new link, or a code at the door, to be let in again."""
    await _forget(patient, PatientDevice.patient == patient.id, now)


async def _forget(patient: Patient, which: Where | Or, now: datetime) -> None:
    async with change():
        gone = await (
            PatientDevice.update({PatientDevice.revoked_at: now})
            .where(which, PatientDevice.revoked_at.is_null())
            .returning(PatientDevice.id)
        )
        announce(DevicesForgotten(patient.clinic, frozenset(row["id"] for row in gone)))


async def forget_old(now: datetime) -> None:
    """Drop devices that have expired, and those that were never confirmed within a day."""
    unconfirmed = PatientDevice.confirmed_at.is_null() & (PatientDevice.created_at < now - timedelta(days=1))
    await PatientDevice.delete().where((PatientDevice.expires_at <= now) | unconfirmed)


async def forget_outgrown(now: datetime) -> None:
    """Revoke what was confirmed before its patient outgrew the guardians: the phone may be one of theirs (C7)."""
    day = local(now).date()
    turned = day.year - guardianship.limit_on(day)
    rows = await PatientDevice.select(
        PatientDevice.id, PatientDevice.confirmed_at, PatientDevice.patient.birth_date
    ).where(
        *_living(now),
        PatientDevice.confirmed_at.is_not_null(),
        PatientDevice.patient.birth_date >= date(turned - _LOOKED_BACK, 1, 1),
        PatientDevice.patient.birth_date <= date(turned, 12, 31),
    )
    outgrown = [row["id"] for row in rows if _is_a_childs(row, day)]
    for some in batched(outgrown):
        await PatientDevice.update({PatientDevice.revoked_at: now}).where(PatientDevice.id.is_in(some))


def _is_a_childs(row: dict[str, Any], day: date) -> bool:
    born, confirmed_on = row["patient.birth_date"], local(row["confirmed_at"]).date()
    return guardianship.is_outgrown(born, day) and not guardianship.is_outgrown(born, confirmed_on)
