"""What the demo clinic has learned with others: challenges, a meeting with minutes, shared texts, two programmes."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from app.clinic.booking.tables import AppointmentType
from app.clinic.calls.tables import Call
from app.clinic.change import change
from app.clinic.learning import challenges, evaluation_meetings, exchange, programmes
from app.clinic.learning.evaluation_meetings import Dates
from app.clinic.learning.facts import SeenAtDesk
from app.clinic.learning.programmes import Plan
from app.clinic.messages import own_phrases
from app.clinic.people import clinics, team
from app.clinic.people.tables import Clinic
from app.clinic.people.who import EvaluatorWho, StaffWho
from app.i18n import local

_PILOT = Plan(
    "Videokonference i almen lægepraksis",
    "pilot",
    date(2018, 12, 1),
    date(2020, 3, 31),
    "Lægerne oplever, at konsultationen går hurtigere og er bedre end telefonen. Teknikken giver usikkerhed, og "
    "booking er tung. Øvelse gør mester.",
)
_MILESTONES = (
    (date(2018, 12, 31), "Patientautentificering er udviklet og testet"),
    (date(2019, 2, 28), "0-koder er etableret"),
    (date(2019, 3, 31), "Pilotpraksis er udpeget"),
    (date(2019, 6, 1), "Pilotperiode og monitorering starter op"),
    (date(2020, 1, 31), "Pilotperiode og monitorering er gennemført"),
    (date(2020, 3, 31), "Business case og evalueringsrapport er godkendt af MedComs styregruppe"),
)
_ROLLOUT = ((30, "Klinikkerne er sat op"), (180, "Ti møder om måneden"), (345, "Halvårsmøde"), (450, "Evaluering"))
_MINUTES = {
    "present": "Mette, Anders, Lone, Sara",
    "well": "Patienterne er glade for at slippe for turen.\nBlodprøvesvar og blodtryk går hurtigere på video.",
    "different": "Vi skulle have testet linjen i rum 3, før vi begyndte.",
    "better": "Vis patienterne enhedstesten, når de booker.",
    "worries": "Hvad gør vi, når patienten ikke kan høre os?",
}


async def learn(clinic_id: UUID, now: datetime) -> None:
    """Everything a clinic has together after its first months."""
    staff = {
        each.name: StaffWho(each.id, clinic_id, each.name, each.role, each.is_superuser, "da", "")
        for each in await team.members(clinic_id)
    }
    await _challenges(clinic_id, staff, now)
    await _meeting(staff, now)
    await _neighbour(clinic_id, now)
    await _programmes(clinic_id, now)


async def _challenges(clinic_id: UUID, staff: dict[str, StaffWho], now: datetime) -> None:
    lone, sara, mette = (staff[name] for name in ("Lone Krogh", "Sara Juul", "Mette Holm"))
    desk = SeenAtDesk("Chrome, computer")
    headset = await challenges.note("Lyden hakker i rum 3", mette, desk, now - timedelta(days=24))
    found = await challenges.challenge_for(sara, headset.id)
    await challenges.answer(found, sara, "Rum 3 er på Wi-Fi. Kabel er bestilt.", now - timedelta(days=21))
    text = "Flere ældre patienter finder ikke linket i beskeden"
    await challenges.note(text, lone, desk, now - timedelta(days=9))
    solved = await challenges.note("Kameraet var optaget af et andet program", mette, desk, now - timedelta(days=40))
    await challenges.solve(await challenges.challenge_for(sara, solved.id), now - timedelta(days=39))


async def note_call(clinic_id: UUID, staff: StaffWho, now: datetime) -> None:
    """Note the day's held call as a challenge."""
    call = await Call.objects(Call.patient, Call.staff, Call.place, Call.appointment).get(
        (Call.clinic == clinic_id) & (Call.state == "ended")
    )
    if call is not None:
        await challenges.note_call(call, staff, SeenAtDesk("Chrome, computer", "connected", "weak"), now)


async def _meeting(staff: dict[str, StaffWho], now: datetime) -> None:
    day, sara = local(now).date() - timedelta(days=14), staff["Sara Juul"]
    meeting = await evaluation_meetings.call_meeting(
        sara, Dates(day, day - timedelta(days=90), day), now - timedelta(days=20)
    )
    for question, words in _MINUTES.items():
        await evaluation_meetings.write(meeting, sara, question, words, 0, now - timedelta(days=14))
    due = day + timedelta(days=30)
    for words, who in (("Sæt kabel i rum 3", "Sara Juul"), ("Skriv om enhedstesten i bekræftelsen", "Lone Krogh")):
        await evaluation_meetings.decide(meeting, words, staff[who].id, due, now - timedelta(days=14))
    first = (await evaluation_meetings.decisions(meeting))[0]
    await evaluation_meetings.mark(first, now - timedelta(days=3))


async def _neighbour(clinic_id: UUID, now: datetime) -> None:
    """A clinic of the same region, which shares what works for it."""
    own = await clinics.clinic_of(clinic_id)
    neighbour = Clinic(
        region=own.region,
        name="Lægerne Sønderby",
        slug="laegerne-soenderby",
        provider_number="054321",
        plan_b_phone="+4566778899",
        created_at=now - timedelta(days=200),
    )
    kind = AppointmentType(name="Videokonsultation", mode="video", minutes=15, bookable_online=True)
    kind.suits_video_when = "Du skal have svar på en prøve, tale om din medicin eller vise os et udslæt."
    async with change():
        await neighbour.save()
        kind.clinic = neighbour.id
        await kind.save()
    words = "{link}\nHusk din videotid hos {clinic} {when}. Prøv kamera og lyd i dag, så er du klar."
    await own_phrases.keep(neighbour.id, "reminder", "sms", "da", "", words, now - timedelta(days=60))
    for number, offer in enumerate(await exchange.offers(neighbour)):
        await exchange.share(neighbour, offer.piece.kind, offer.piece.id, now - timedelta(days=50 - 20 * number))
    [mine] = [each for each in await exchange.offers(own) if each.piece.kind == "conditions"]
    await exchange.share(own, "conditions", mine.piece.id, now - timedelta(days=12))


async def _programmes(clinic_id: UUID, now: datetime) -> None:
    """The national pilot with its plan, and a roll-out that is under way."""
    nation, today = EvaluatorWho(uuid4(), "Ea Lund", None, ""), local(now).date()
    pilot = await programmes.begin(nation, _PILOT, now)
    await programmes.choose_clinics(pilot, [clinic_id], now)
    for due_on, words in _MILESTONES:
        await programmes.add_milestone(pilot, words, due_on)
    for each in (await programmes.milestones([pilot]))[pilot.id]:
        await programmes.mark(each, each.due_on)
    begins = (today - timedelta(days=330)).replace(day=1)
    plan = Plan("Udbredelse af video i Syddanmark", "rollout", begins, today + timedelta(days=150))
    rollout = await programmes.begin(EvaluatorWho(uuid4(), "Bo Friis", "Region Syddanmark", ""), plan, now)
    await programmes.choose_clinics(rollout, [clinic_id], now)
    for days, words in (
        (30, "Klinikkerne er sat op"),
        (180, "Ti møder om måneden"),
        (345, "Halvårsmøde"),
        (450, "Evaluering"),
    ):
        await programmes.add_milestone(rollout, words, begins + timedelta(days=days))
    for each in (await programmes.milestones([rollout]))[rollout.id][:2]:
        await programmes.mark(each, each.due_on)
