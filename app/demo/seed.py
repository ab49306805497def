"""One clinic with a full cast and a day of appointments in every state, so that every screen has something to show.

Everything is done by the domain's own verbs, at the times they would have happened. Seeding again adds a new day when
the last one is over, and tells the addresses anew.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.clinic.booking import appointments, checklist, device_tests, join_links, preparation, self_booking
from app.clinic.booking.appointments import BookingForm
from app.clinic.booking.self_booking import Wish
from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.calls.outcome import OutcomeForm
from app.clinic.change import change
from app.clinic.learning import postcards
from app.clinic.learning.book import Postcard
from app.clinic.messages.tables import Message
from app.clinic.people import passwords, patients, setup
from app.clinic.people.patients import NewPatient
from app.clinic.people.setup import FirstClinic
from app.clinic.people.tables import Clinic, Guardian, Patient, Staff
from app.clinic.people.who import StaffWho
from app.clinic.waiting import queue, room
from app.clinic.waiting.tables import Place
from app.demo import evaluation, figures, practice
from app.demo import settings as demo_settings
from app.i18n import use_language
from app.settings import Settings

PASSWORD = "fire blå heste i regn"  # noqa: S105  printed for whoever tries the demo
SLUG = "laegehuset-nordby"

_TEAM = (
    ("Mette Holm", "doctor", "mette@nordby.example"),
    ("Anders Bak", "doctor", "anders@nordby.example"),
    ("Lone Krogh", "secretary", "lone@nordby.example"),
)
_TYPES = (
    ("Videokonsultation", "video", 15, "petrol", "1"),
    ("Videosamtale", "video", 30, "plum", "2"),
    ("Konsultation i klinikken", "in_person", 15, "sand", "3"),
    ("Videokonference", "conference", 30, "sky", "4"),
)
_PATIENTS = (
    NewPatient("Jens Hansen", cpr="251248-9996", phone="+4520123456", email="jens@example.dk"),
    NewPatient("Birthe Sørensen", birth_date=date(1946, 2, 9), phone="+4526998877"),
    NewPatient("Alma Lind", birth_date=date(2017, 5, 3), phone="+4531223344", eid="guardian"),
    NewPatient("Poul Mikkelsen", birth_date=date(1953, 11, 30), phone="+4540112233"),
    NewPatient("Inger Kjær", birth_date=date(1939, 8, 17), phone="+4551667788"),
    NewPatient("Yusuf Demir", birth_date=date(1988, 3, 21), phone="+4528445566", email="yusuf@example.dk"),
    NewPatient("Signe Østergaard", birth_date=date(1994, 12, 2), phone="+4523778899"),
    NewPatient("Mikkel Dam", birth_date=date(1979, 6, 11), phone="+4530909192"),
    NewPatient("Emily Carter", birth_date=date(1985, 4, 14), phone="+447911123456", language="en"),
    NewPatient("Kirsten Abel", birth_date=date(1961, 1, 25), phone="+4522110033", has_device=False),
)
_COLLEAGUE = NewPatient(
    "Anders Bak (testopkald)", birth_date=date(1980, 1, 1), phone="+4540506070", registration="passant", is_test=True
)


@dataclass(frozen=True, slots=True)
class _Day:
    """What a day is made of: who works, who comes, what can be booked."""

    clinic: Clinic
    staff: dict[str, StaffWho]
    patients: dict[str, Patient]
    types: list[AppointmentType]
    guardian: Guardian

    async def book(
        self, who: str, staff: str, at: datetime, told: datetime, reason: str = "", kind: int = 0
    ) -> Appointment:
        """Book an appointment as the secretary, at the time `told`."""
        patient = self.patients[who]
        form = BookingForm(
            patient=patient.id,
            type=self.types[kind].id,
            staff=self.staff[staff].id,
            starts_at=at,
            reason=reason,
            guardian=self.guardian.id if who == "Alma Lind" else None,
            despite_overlap=True,
        )
        return await appointments.book(form, self.staff["Lone Krogh"], told)


async def seed(settings: Settings, now: datetime) -> str:
    """Make the clinic on the first start and a day when there is none; answers what to print."""
    with use_language("da"):
        if await setup.is_needed():
            await _make_clinic(now)
        day = await _gather()
        coming = await _coming(day, now)
        if coming is None:
            coming = await _make_day(day, now)
        link = await _link(coming, now)
    return _addresses(settings, link)


async def _make_clinic(now: datetime) -> None:
    first = FirstClinic(
        clinic_name="Lægehuset Nordby",
        region="Region Syddanmark",
        provider_number="012345",
        plan_b_phone="+4566112233",
        address="Strandgade 12, 5000 Odense C",
        name="Sara Juul",
        role="nurse",
        email="sara@nordby.example",
        password=PASSWORD,
    )
    superuser = await setup.create(first, now)
    clinic = superuser.clinic
    password_hash = await passwords.hash_password(PASSWORD)
    async with change():
        for name, role, email in _TEAM:
            await Staff(clinic=clinic, name=name, role=role, email=email, password_hash=password_hash).save()
        for name, mode, minutes, colour, sort_key in _TYPES:
            await AppointmentType(
                clinic=clinic, name=name, mode=mode, minutes=minutes, colour=colour, sort_key=sort_key
            ).save()
        for new in (*_PATIENTS, _COLLEAGUE):
            patient = await patients.add(_id(clinic), new, now)
            if new.name == "Alma Lind":
                await patients.add_guardian(patient, "Karen Lind", "mor", phone=new.phone)
    await demo_settings.decide(_id(clinic), now)
    await figures.remember(_id(clinic), first.provider_number, password_hash, now)
    await evaluation.evaluate(_id(clinic), now)
    await practice.learn(_id(clinic), now)


def _id(reference: object) -> UUID:
    return reference if isinstance(reference, UUID) else reference.id  # type: ignore[attr-defined]


async def _gather() -> _Day:
    clinic = await Clinic.objects().get(Clinic.slug == SLUG)
    if clinic is None:
        raise SystemExit("This database holds another clinic; the demo needs one of its own.")
    staff = await Staff.objects().where(Staff.clinic == clinic.id)
    people = await Patient.objects().where(Patient.clinic == clinic.id)
    known = {patient.name: patient for patient in people}
    guardian = (await patients.guardians_of(known["Alma Lind"].id))[0]
    return _Day(
        clinic=clinic,
        staff={
            each.name: StaffWho(each.id, clinic.id, each.name, each.role, each.is_superuser, "da", "") for each in staff
        },
        patients=known,
        types=await AppointmentType.objects()
        .where(AppointmentType.clinic == clinic.id)
        .order_by(AppointmentType.sort_key),
        guardian=guardian,
    )


async def _coming(day: _Day, now: datetime) -> Appointment | None:
    """The demo patient's appointment that may be entered soon or now, if the last seeded day still has one."""
    return (
        await Appointment.objects()
        .where(
            Appointment.patient == day.patients["Jens Hansen"].id,
            Appointment.state == "booked",
            Appointment.starts_at > now - timedelta(minutes=30),
        )
        .order_by(Appointment.starts_at)
        .first()
    )


async def _make_day(day: _Day, now: datetime) -> Appointment:
    """Patients held, waiting, absent, expected, late and gone; answers the demo patient's appointment."""

    def at(minutes: int) -> datetime:
        return (now + timedelta(minutes=minutes)).replace(second=0, microsecond=0)

    yesterday = now - timedelta(days=1)
    coming = await day.book("Jens Hansen", "Mette Holm", at(10), yesterday, "Blodtryk")
    await _held(day, at(-95), yesterday)
    await practice.note_call(day.clinic.id, day.staff["Mette Holm"], at(-80))
    await _waiting(day, "Birthe Sørensen", "Mette Holm", at(2), now - timedelta(minutes=8), yesterday)
    await _waiting(day, "Alma Lind", "Anders Bak", at(12), now - timedelta(minutes=3), yesterday, passed=False)
    absent = await _waiting(day, "Poul Mikkelsen", "Anders Bak", at(-5), now - timedelta(minutes=16), yesterday)
    absent.seen_at = absent.gone_at = now - timedelta(minutes=4)
    absent.presence = "absent"
    await absent.save()
    await day.book("Inger Kjær", "Anders Bak", at(-6), yesterday, "Opfølgning på medicin")
    await day.book("Kirsten Abel", "Mette Holm", at(60), yesterday, "Sårskift", kind=2)
    await day.book("Emily Carter", "Mette Holm", at(75), yesterday, "Follow-up")
    await day.book("Yusuf Demir", "Anders Bak", at(24 * 60 + 45), yesterday, "Prøvesvar")
    await _online(day, "Yusuf Demir", 0, "Svar på blodprøve", yesterday)
    await _online(day, "Signe Østergaard", 2, "Forny min medicin", yesterday)
    off = await day.book("Mikkel Dam", "Anders Bak", at(90), yesterday)
    await appointments.cancel(off, yesterday + timedelta(hours=2))
    await room.open_up(day.staff["Lone Krogh"], day.staff["Lone Krogh"].id, now - timedelta(minutes=20))
    walk_in = await queue.enter(
        day.patients["Mikkel Dam"], None, reason="Udslæt på armen", now=now - timedelta(minutes=11)
    )
    await _keep_present(walk_in, now)
    # what was said yesterday was sent yesterday; without carriers that means shown
    await Message.update({Message.state: "shown"}).where(Message.clinic == day.clinic.id, Message.state == "queued")
    return coming


async def _online(day: _Day, who: str, kind: int, reason: str, told: datetime) -> None:
    """Add an online booking that waits for review."""
    wanted, doctor = day.types[kind], day.staff["Anders Bak"].id
    after = told + timedelta(days=2)
    free = await self_booking.free_slots(day.clinic, wanted.mode, wanted.minutes, [doctor], told, after=after)
    wish = Wish(wanted.id, doctor, free[3].starts_at, reason, has_device=True)
    await self_booking.book(wish, day.patients[who], day.clinic, told)


async def _waiting(
    day: _Day, who: str, staff: str, at: datetime, came: datetime, told: datetime, *, passed: bool = True
) -> Place:
    """A prepared patient in the waiting room."""
    appointment = await day.book(who, staff, at, told, "Kontrol")
    await preparation.tick_all(appointment, {item: passed or item != "paper" for item in checklist.ITEMS}, came)
    verdict = "ok" if passed else "denied"
    report = device_tests.DeviceReport("ok", verdict, "ok", browser="Safari, iPhone")
    await device_tests.record(appointment, None, report, came)
    place = await queue.enter(day.patients[who], appointment, now=came)
    await _keep_present(place, came)
    return place


async def _keep_present(place: Place, now: datetime) -> None:
    """The demo's patients have no phone that says "here": they count as heard of until the evening."""
    await Place.update({Place.seen_at: now + timedelta(hours=12)}).where(Place.id == place.id)


async def _held(day: _Day, at: datetime, told: datetime) -> None:
    """A consultation held this morning, from booking to outcome."""
    doctor = day.staff["Mette Holm"]
    appointment = await day.book("Signe Østergaard", "Mette Holm", at, told, "Samtale", kind=1)
    place = await queue.enter(day.patients["Signe Østergaard"], appointment, now=at)
    held = await calls.call_in(place.id, doctor, at + timedelta(minutes=2))
    await calls.answer(held, at + timedelta(minutes=2, seconds=8))
    await calls.connected(held.id, at + timedelta(minutes=2, seconds=10))
    await calls.hang_up(held, doctor, at + timedelta(minutes=14))
    await figures.note_lines(await call_for(doctor, held.id), doctor.id)
    form = OutcomeForm("completed", solved="solved", instead_of="in_person")
    card = Postcard("consultation", "good", "good", "no")
    await postcards.hand_in(await call_for(doctor, held.id), doctor, form, card, at + timedelta(minutes=15))


async def _link(appointment: Appointment, now: datetime) -> str:
    """A link to the demo patient's appointment, beside the one in the message."""
    async with change():
        return (await join_links.issue(appointment, now)).url


def _addresses(settings: Settings, link: str) -> str:
    base = settings.base_url
    return f"""
  Nærvær runs, with a demo clinic.

  The clinic's desk    {base}/desk
                       mette@nordby.example (doctor)      anders@nordby.example (doctor)
                       lone@nordby.example (secretary)    sara@nordby.example (nurse, superuser)
                       password for all: {PASSWORD}

  A patient's link     {link}
                       Jens Hansen, born 25-12-1948
  The clinic's page    {base}/k/{SLUG}
  Messages             {base}/outbox (what would have been sent, with QR codes)
  The nation's figures {base}/region
                       {figures.EMAIL} (evaluator), the same password

  Open the patient's link in a second browser or a private window.
"""
