"""Records of what the clinic learns together, for the addresses that name one (tests/test_access.py)."""

from datetime import datetime

from app.clinic.learning import challenges, evaluation_meetings
from app.clinic.learning.evaluation_meetings import Dates
from app.clinic.learning.facts import Seen
from tests.cast import Cast, who


async def learned(cast: Cast, now: datetime) -> dict[str, str]:
    """A challenge, an evaluation meeting and its decision."""
    noted = await challenges.note("The picture froze.", who(cast.doctor), Seen(), now)
    day = now.date()
    meeting = await evaluation_meetings.call_meeting(who(cast.doctor), Dates(day, day, day), now)
    await evaluation_meetings.decide(meeting, "A cable for the desk", None, None, now)
    [decision] = await evaluation_meetings.decisions(meeting)
    return {
        "challenge_id": str(noted.id),
        "meeting_id": str(meeting.id),
        "decision_id": str(decision.id),
        "question": "well",
    }
