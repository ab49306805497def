"""Staff look through what patients booked online: each is approved, or converted to video or to the clinic (B5).

As in the guide's flow chart "Når patienten booker": the requirements for video are asked here, whoever does not meet
them is seen at the clinic, and the patient gets a message either way. A conversion can be taken back for ten seconds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from piccolo.columns import Column
from piccolo.custom_types import Combinable

from app.clinic.booking import calendar_events, notices, requirements, types
from app.clinic.booking.appointments import NotSuited
from app.clinic.booking.requirements import Checked
from app.clinic.booking.tables import BOOKED, Appointment
from app.clinic.change import announce, change
from app.clinic.errors import Conflict, Invalid, TooLate
from app.clinic.events import AppointmentChanged
from app.clinic.messages import outbox, undo
from app.clinic.people import patients
from app.clinic.people.tables import Patient
from app.i18n import _, local

Mode = Literal["video", "in_person"]
_STILL_SHOWN = timedelta(hours=1)
_RECENTLY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Review:
    """One booking to look at, with what video requires of its patient, and whether a guardian is no longer enough."""

    appointment: Appointment
    checked: Checked
    outgrown: int

    @property
    def suits_video(self) -> bool:
        """Whether the appointment can be on video: everything is met, the phone for plan B too."""
        return self.checked.suits_video and self.checked.met("phone")


async def to_review(clinic: UUID, now: datetime) -> list[Review]:
    """What patients booked online and nobody has looked at, the soonest first, with patient, staff and type."""
    waiting = (
        await Appointment.objects(Appointment.patient, Appointment.staff, Appointment.type)
        .where(_unseen(clinic, now))
        .order_by(Appointment.starts_at)
    )
    return [await _looked_at(each) for each in waiting]


async def _looked_at(appointment: Appointment) -> Review:
    patient = appointment.patient
    checked = requirements.check(patient, await patients.guardians_of(patient.id))
    return Review(appointment, checked, requirements.outgrown(patient, local(appointment.starts_at).date()))


async def count(clinic: UUID, now: datetime) -> int:
    """How many wait for review."""
    return int(await Appointment.count().where(_unseen(clinic, now)))


async def given_up(clinic: UUID, now: datetime) -> list[Appointment]:
    """Coming times that patients have cancelled or moved themselves in the last week, the newest first."""
    return (
        await Appointment.objects(Appointment.patient, Appointment.staff, Appointment.moved_to)
        .where(
            Appointment.clinic == clinic,
            Appointment.ended_by_patient.eq(True),
            Appointment.starts_at > now,
            Appointment.ended_at > now - _RECENTLY,
        )
        .order_by(Appointment.ended_at, ascending=False)
    )


async def approve(appointment: Appointment, now: datetime) -> None:
    """It is right as it is: the patient gets the confirmation, with the link when it is on video.

    Raises NotSuited when video's requirements are not met, TooLate when it no longer stands, Conflict when a colleague
    was first.
    """
    async with change():
        if appointment.mode == "video":
            await _check_suits(appointment)
        seen = await _claim(appointment, now, appointment.mode)
        purpose: notices.Purpose = "confirmation" if seen.mode == "video" else "in_person_confirmed"
        await notices.tell(seen, purpose, now, hold=True)
        announce(AppointmentChanged(seen.clinic, seen.id))


async def convert(appointment: Appointment, now: datetime) -> Mode:
    """From the clinic to video, or from video to the clinic, with the message that says so; answers what it is now.

    Raises as `approve`. It works for any booked appointment, not only for those to review.
    """
    async with change():
        purpose = await message_of_conversion(appointment)
        mode: Mode = "in_person" if appointment.mode == "video" else "video"
        if mode == "video":
            await _check_suits(appointment)
        before, old_type = appointment.mode, appointment.type
        converted = await _claim(appointment, now, mode)
        converted.mode_before, converted.type_before = before, old_type
        converted.converted_before, converted.converted_at = converted.converted_at, now
        converted.type = await types.nearest(converted.clinic, mode, converted.minutes, otherwise=old_type)
        remembered = [Appointment.mode_before, Appointment.type_before, Appointment.converted_before]
        await converted.save([Appointment.type, Appointment.converted_at, *remembered])
        await outbox.supersede(converted.id, now)
        await notices.tell(converted, purpose, now, hold=True)
        announce(AppointmentChanged(converted.clinic, converted.id))
    return mode


async def take_back(appointment: Appointment, now: datetime) -> None:
    """Undo what was just decided, so that the decision before it stands; raises TooLate once the patient has been
    told."""
    decided_at = appointment.reviewed_at
    was_conversion = appointment.converted_at == decided_at
    nothing_left = was_conversion and not appointment.mode_before
    if decided_at is None or nothing_left or undo.are_over(decided_at, now):
        raise TooLate(_("It is too late to undo: the patient has been told."))
    values: dict[Column | str, Any] = {
        Appointment.reviewed_at: appointment.reviewed_before,
        Appointment.reviewed_before: None,
    }
    said: tuple[notices.Purpose, ...] = ("confirmation", "in_person_confirmed")
    if was_conversion:
        said = ("to_video", "to_in_person", "in_person_instead")
        values |= {
            Appointment.mode: appointment.mode_before,
            Appointment.mode_before: "",
            Appointment.type: appointment.type_before,
            Appointment.converted_at: appointment.converted_before,
            **calendar_events.revised(now),
        }
    async with change():
        taken = await (
            Appointment.update(values)
            .where(
                Appointment.id == appointment.id,
                Appointment.state == BOOKED,
                Appointment.reviewed_at == decided_at,
            )
            .returning(Appointment.id)
        )
        if not taken or not await notices.take_back(appointment, *said, since=decided_at):
            raise TooLate(_("It is too late to undo: the patient has been told."))
        await outbox.stand_again(appointment.id, decided_at)
        announce(AppointmentChanged(appointment.clinic, appointment.id))


async def message_of_conversion(appointment: Appointment) -> notices.Purpose:
    """Return which message a conversion sends; to the clinic, it says so when video is not possible for the patient."""
    if appointment.mode != "video":
        return "to_video"
    return "to_in_person" if (await _checked(appointment)).suits_video else "in_person_instead"


async def _check_suits(appointment: Appointment) -> None:
    checked = await _checked(appointment)
    if not checked.suits_video:
        raise NotSuited(_("The patient does not meet what video requires, so the time must be at the clinic."))
    if not checked.met("phone"):
        raise Invalid(_("Confirm the phone number with the patient: it is plan B if video fails."), field="phone")


async def _checked(appointment: Appointment) -> Checked:
    patient = await Patient.objects().get(Patient.id == getattr(appointment.patient, "id", appointment.patient))
    assert patient is not None
    return requirements.check(patient, await patients.guardians_of(patient.id))


async def _claim(appointment: Appointment, now: datetime, mode: str) -> Appointment:
    """Mark the booking as reviewed with this mode; only one of several who try at once succeeds."""
    was_seen = (
        Appointment.reviewed_at.is_null()
        if appointment.reviewed_at is None
        else Appointment.reviewed_at == appointment.reviewed_at
    )
    rows = await (
        Appointment.update(
            {
                Appointment.reviewed_at: now,
                Appointment.reviewed_before: appointment.reviewed_at,
                Appointment.mode: mode,
                **(calendar_events.revised(now) if mode != appointment.mode else {}),
            }
        )
        .where(
            Appointment.id == appointment.id,
            Appointment.state == BOOKED,
            Appointment.mode == appointment.mode,
            was_seen,
        )
        .returning(*Appointment.all_columns())
    )
    if rows:
        return Appointment(**rows[0], _exists_in_db=True)
    if await Appointment.exists().where(Appointment.id == appointment.id, Appointment.state == BOOKED):
        raise Conflict(_("A colleague has just looked at this booking."))
    raise TooLate(_("This appointment no longer stands."))


def _unseen(clinic: UUID, now: datetime) -> Combinable:
    return (
        (Appointment.clinic == clinic)
        & Appointment.booked_online.eq(True)
        & Appointment.reviewed_at.is_null()
        & (Appointment.state == BOOKED)
        & (Appointment.starts_at > now - _STILL_SHOWN)
    )
