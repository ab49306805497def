"""The only way to a call: for its clinic's staff, its patient and its guests; for anybody else it does not exist."""

from uuid import UUID

from app.clinic.calls.tables import Call
from app.clinic.errors import NotFound
from app.clinic.people.who import GuestWho, PatientWho, StaffWho, Who
from app.i18n import _


async def call_for(who: Who, call_id: UUID) -> Call:
    """The call with patient, staff, place and appointment loaded; raises NotFound for anybody it does not concern."""
    call = await Call.objects(Call.patient, Call.staff, Call.place, Call.appointment).get(Call.id == call_id)
    if call is None or not concerns(who, call):
        raise NotFound(_("There is no such call."))
    return call


async def call_of_place(place_id: UUID) -> Call | None:
    """Return the place's latest call, loaded as by `call_for`, or None. Check access to the place first."""
    return (
        await Call.objects(Call.patient, Call.staff, Call.place, Call.appointment)
        .where(Call.place == place_id)
        .order_by(Call.rang_at, ascending=False)
        .first()
    )


def concerns(who: Who, call: Call) -> bool:
    """Whether this call is any of their business: staff of the clinic see all its calls, others their own."""
    if isinstance(who, StaffWho):
        return bool(call.clinic == who.clinic)
    if isinstance(who, PatientWho):
        return bool(who.confirmed and call.patient.id == who.patient)
    return isinstance(who, GuestWho) and bool(who.call == call.id)


def may_enter(who: Who, call: Call) -> bool:
    """Whether they are one of the two whose call it is: the one who called in, or the patient."""
    if isinstance(who, StaffWho):
        return concerns(who, call) and bool(call.staff.id == who.id)
    return isinstance(who, PatientWho) and concerns(who, call)
