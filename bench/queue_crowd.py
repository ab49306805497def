"""The crowd the queue's bench works with: one clinic full of waiting patients, and desks in it and in others.

Written straight into an empty database; sessions and devices as their owners' cookies would open them.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from piccolo.table import Table

from app.clinic import database
from app.clinic.people import devices, installation
from app.clinic.people.tables import Clinic, Patient, PatientDevice, Staff, StaffSession
from app.clinic.waiting.tables import Place, WaitingRoom
from app.migrate import migrate
from app.piccolo_app import TABLES

SECRET = "a secret for the bench only, 32 characters"
DESKS_PER_CLINIC = 4


@dataclass(frozen=True)
class Waiting:
    """A waiting patient's place and cookie."""

    place: UUID
    cookie: str


@dataclass(frozen=True)
class Desk:
    """A doctor at a desk."""

    clinic: UUID
    cookie: str


@dataclass(frozen=True)
class Crowd:
    """Everybody; `desks` begins with those of the clinic where all the patients wait, `slug`."""

    slug: str
    waiting: list[Waiting]
    desks: list[Desk]
    joiners: list[str]


async def gather(url: str, base_url: str, waiting: int, desks: int, joiners: int) -> Crowd:
    """Make the database and the crowd in it."""
    installation.install(SECRET, base_url)
    engine = database.open_engine(url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    try:
        await migrate()
        return await _fill(waiting, desks, joiners)
    finally:
        await database.stop(engine)


async def standing(url: str) -> list[UUID]:
    """The places of everybody who waits, in the order to be served."""
    engine = database.open_engine(url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    try:
        rows = await Place.select(Place.id).where(Place.state == "waiting").order_by(Place.entered_at)
        return [row["id"] for row in rows]
    finally:
        await database.stop(engine)


async def _fill(waiting: int, desks: int, joiners: int) -> Crowd:
    now = datetime.now(UTC)
    clinics = [
        Clinic(name=f"Clinic {at}", slug=f"clinic-{at}", provider_number=f"{at:06}", plan_b_phone="+4566112233")
        for at in range(-(-desks // DESKS_PER_CLINIC))
    ]
    await _insert(clinics)
    await _insert([WaitingRoom(clinic=each.id, is_open=True, opened_at=now) for each in clinics])
    people = [_patient(clinics[0].id, f"Patient {at:05}") for at in range(waiting)]
    coming = [_patient(clinics[0].id, f"Joiner {at:05}") for at in range(joiners)]
    await _insert([*people, *coming])
    places = [_place(each, now - timedelta(seconds=waiting - at), now) for at, each in enumerate(people)]
    await _insert(places)
    cookies = [f"naervaer-device={secret}" for secret in await _devices([*people, *coming], now)]
    return Crowd(
        slug=clinics[0].slug,
        waiting=[Waiting(place.id, cookie) for place, cookie in zip(places, cookies, strict=False)],
        desks=await _desks(clinics, desks, now),
        joiners=cookies[waiting:],
    )


def _patient(clinic: UUID, name: str) -> Patient:
    return Patient(clinic=clinic, name=name, name_folded=name.lower(), birth_date=date(1960, 1, 1), phone="+4520123456")


def _place(patient: Patient, entered_at: datetime, now: datetime) -> Place:
    return Place(
        clinic=patient.clinic, patient=patient.id, reason="Hoste", entered_at=entered_at, state_at=now, seen_at=now
    )


async def _devices(patients: list[Patient], now: datetime) -> list[str]:
    secrets = [uuid4().hex for _ in patients]
    rows = []
    for patient, secret in zip(patients, secrets, strict=True):
        device = installation.digest("device", secret)
        handoff = installation.digest("handoff", devices.handoff(device))
        rows.append(
            PatientDevice(
                id=device,
                patient=patient.id,
                handoff_hash=handoff,
                confirmed_at=now,
                created_at=now,
                seen_at=now,
                expires_at=now + devices.LIFE,
            )
        )
    await _insert(rows)
    return secrets


async def _desks(clinics: list[Clinic], desks: int, now: datetime) -> list[Desk]:
    made, staff, sessions = [], [], []
    for at in range(desks):
        clinic, secret = clinics[at // DESKS_PER_CLINIC].id, uuid4().hex
        doctor = Staff(clinic=clinic, name=f"Doctor {at}", role="doctor", email=f"doctor-{at}@example.dk")
        staff.append(doctor)
        sessions.append(
            StaffSession(
                id=installation.digest("staff-session", secret),
                staff=doctor.id,
                created_at=now,
                seen_at=now,
                expires_at=now + timedelta(hours=8),
            )
        )
        made.append(Desk(clinic, f"naervaer-staff={secret}"))
    await _insert(staff)
    await _insert(sessions)
    return made


async def _insert(rows: list[Any]) -> None:
    table: type[Table] = type(rows[0])
    for at in range(0, len(rows), 500):
        await table.insert(*rows[at : at + 500])
        await asyncio.sleep(0)
