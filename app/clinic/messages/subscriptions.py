"""Which browsers may be pushed: subscribing and taking it back, and whom a push would reach (D6, D8).

A subscription lives as long as its device is known: forgetting the phone forgets it. Where push services live is the
edge's to judge.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from piccolo.columns.combination import Where

from app.clinic.change import change
from app.clinic.messages.push_tables import PushSubscription
from app.clinic.people import installation
from app.clinic.people.who import PatientWho

MAX_PER_PATIENT = 8


class PushEndpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a browser hands over when its user allows pushing: an address and the keys to encrypt with (RFC 8291)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class PushTarget:
    """One browser that may be pushed."""

    id: UUID
    patient: UUID
    browser: PushEndpoint


async def subscribe(who: PatientWho, browser: PushEndpoint, now: datetime) -> None:
    """Allow pushes to this browser for this patient; a browser known already changes to this patient."""
    found = PushSubscription(
        patient=who.patient,
        device=who.device,
        endpoint_hash=_hash(browser.endpoint),
        sealed=installation.seal(msgspec.json.encode(browser).decode()),
        created_at=now,
    )
    async with change():
        await PushSubscription.delete().where(
            PushSubscription.endpoint_hash == found.endpoint_hash, PushSubscription.patient != who.patient
        )
        await PushSubscription.insert(found).on_conflict(
            target=PushSubscription.endpoint_hash,
            action="DO UPDATE",
            values=[PushSubscription.device, PushSubscription.sealed],
        )
        await _forget_all_but_newest(who.patient)


async def unsubscribe(who: PatientWho, endpoint: str) -> None:
    """This browser is pushed no more."""
    await PushSubscription.delete().where(
        PushSubscription.patient == who.patient, PushSubscription.endpoint_hash == _hash(endpoint)
    )


async def of(patient: UUID, now: datetime) -> list[PushTarget]:
    """Every browser a push to this patient goes to."""
    rows = await PushSubscription.objects().where(PushSubscription.patient == patient, *_alive(now))
    return [PushTarget(row.id, patient, opened(row)) for row in rows]


async def reachable(patients: Iterable[UUID], now: datetime) -> set[UUID]:
    """Those of these patients whom a push would reach."""
    asked = list(patients)
    if not asked:
        return set()
    rows = await PushSubscription.select(PushSubscription.patient).where(
        PushSubscription.patient.is_in(asked), *_alive(now)
    )
    return {row["patient"] for row in rows}


def opened(row: PushSubscription) -> PushEndpoint:
    """The browser as it was handed over; raises ValueError when it was sealed by another installation."""
    return msgspec.json.decode(installation.unseal(row.sealed), type=PushEndpoint)


async def _forget_all_but_newest(patient: UUID) -> None:
    """Keep only the patient's newest subscriptions: a browser that subscribes daily must not pile up rows."""
    rows = await (
        PushSubscription.select(PushSubscription.id)
        .where(PushSubscription.patient == patient)
        .order_by(PushSubscription.created_at, ascending=False)
    )
    too_many = [row["id"] for row in rows[MAX_PER_PATIENT:]]
    if too_many:
        await PushSubscription.delete().where(PushSubscription.id.is_in(too_many))


def _alive(now: datetime) -> tuple[Where, ...]:
    """Match subscriptions whose device is confirmed and not expired."""
    device = PushSubscription.device
    return (device.expires_at > now, device.revoked_at.is_null(), device.confirmed_at.is_not_null())


def _hash(endpoint: str) -> str:
    return installation.digest("push", endpoint)
