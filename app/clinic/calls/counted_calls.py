"""What counts: every figure about calls starts from `counted()`, so that a test call can't slip into one (A7).

And how long a call was: what figures and service codes go by.
"""

from uuid import UUID

from piccolo.query import Objects

from app.clinic.calls.tables import ENDED, UNANSWERED, Call


def counted(clinic: UUID | None = None) -> Objects[Call]:
    """The calls that were held or tried and are over: of one clinic, or of all. Test calls are never among them.

    Add `.where(…)`, `.order_by(…)`; never ask the table itself for a figure.
    """
    query = Call.objects().where(Call.is_test.eq(False), Call.state.is_in([ENDED, UNANSWERED]))
    return query if clinic is None else query.where(Call.clinic == clinic)


def talked_s(call: Call) -> int | None:
    """How long they talked, in seconds of real time also when the clock was changed meanwhile."""
    since = call.connected_at or call.answered_at
    if not since or not call.ended_at:
        return None
    return max(0, int((call.ended_at - since).total_seconds()))


def whole_minutes(seconds: int | None) -> int:
    """The length rounded to whole minutes, half a minute up; -1 for none."""
    return -1 if seconds is None else (seconds + 30) // 60
