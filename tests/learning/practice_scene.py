"""Records of what the clinic learns together, for the addresses that name one (tests/test_access.py)."""

from datetime import datetime
from uuid import uuid4

from app.clinic.booking.tables import AppointmentType
from app.clinic.learning import challenges, evaluation_meetings, exchange, programmes
from app.clinic.learning.evaluation_meetings import Dates
from app.clinic.learning.facts import SeenAtDesk
from app.clinic.learning.programmes import Plan
from app.clinic.people.tables import Clinic
from app.clinic.people.who import EvaluatorWho
from tests.cast import Cast, who


async def learned(cast: Cast, now: datetime) -> dict[str, str]:
    """A challenge, an evaluation meeting and its decision; a shared text and a programme."""
    noted = await challenges.note("The picture froze.", who(cast.doctor), SeenAtDesk(), now)
    day = now.date()
    meeting = await evaluation_meetings.call_meeting(who(cast.doctor), Dates(day, day, day), now)
    await evaluation_meetings.decide(meeting, "A cable for the desk", None, None, now)
    [decision] = await evaluation_meetings.decisions(meeting)
    return {
        "challenge_id": str(noted.id),
        "meeting_id": str(meeting.id),
        "decision_id": str(decision.id),
        "question": "well",
        **await _shared(cast, now),
        **await _programme(now),
    }


async def _shared(cast: Cast, now: datetime) -> dict[str, str]:
    """When its type suits video, read by another clinic; and what the clinic adopted from that one."""
    for kind, clinic in ((cast.video_type, cast.clinic), (await _type_of(cast.other_clinic), cast.other_clinic)):
        kind.suits_video_when = "A rash, a cough, an answer to a test."
        await kind.save()
        await exchange.share(clinic, "suits", kind.id, now)
    [found] = await exchange.found(cast.clinic, now)
    adoption = await exchange.adopt(cast.clinic, who(cast.superuser), found.shared, None, now)
    return {
        "shared_kind": "suits",
        "piece_id": str(cast.video_type.id),
        "shared_id": str(found.shared.id),
        "adoption_id": str(adoption.id),
    }


async def _type_of(clinic: Clinic) -> AppointmentType:
    kind = AppointmentType(clinic=clinic.id, name="Video", mode="video", minutes=15)
    await kind.save()
    return kind


async def _programme(now: datetime) -> dict[str, str]:
    """A national pilot with a milestone."""
    ea = EvaluatorWho(uuid4(), "Ea Lund", None, "")
    pilot = await programmes.begin(ea, Plan("Pilot", "pilot", now.date(), now.date()), now)
    await programmes.add_milestone(pilot, "Codes are there", now.date())
    [milestone] = (await programmes.milestones([pilot]))[pilot.id]
    return {"programme_id": str(pilot.id), "milestone_id": str(milestone.id)}
