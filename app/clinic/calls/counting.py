"""What counts: every figure about calls starts from `counted()`, so that a test call can't slip into one (A7)."""

from uuid import UUID

from piccolo.query import Objects

from app.clinic.calls.tables import Call


def counted(clinic: UUID | None = None) -> Objects[Call]:
    """The calls that were held or tried and are over: of one clinic, or of all. Test calls are never among them.

    Add `.where(…)`, `.order_by(…)`; never ask the table itself for a figure.
    """
    query = Call.objects().where(Call.is_test.eq(False), Call.state.is_in(["ended", "unanswered"]))
    return query if clinic is None else query.where(Call.clinic == clinic)
