"""A patient's appointments, and the one page per appointment with its one large button (C1)."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import measurements, notices, preparation, self_booking
from app.clinic.booking.access import appointment_for
from app.clinic.booking.tables import Appointment
from app.clinic.errors import NotAllowed, TooLate
from app.clinic.messages import push_keys
from app.clinic.messages.phones import show_phone
from app.clinic.people import clinics, devices, installation, patients, team
from app.clinic.people.tables import Clinic, Staff
from app.clinic.people.who import PatientWho
from app.clinic.waiting import next_step, queue, room
from app.i18n import _, format_day, format_time
from app.web import household
from app.web.browsers import browser_of
from app.web.html import Asked, fragment, is_htmx, page, see_other


async def clinic_of(who: PatientWho) -> Clinic:
    """The patient's clinic; raises NotFound when it is gone."""
    return await clinics.clinic_of(who.clinic)


@get("/appointments")
async def show_appointments(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
    """What is agreed, and the open consultation's state: where the installed app opens."""
    who = cast(PatientWho, request.user)
    return page(
        request,
        "patient/appointments.html",
        appointments=await next_step.appointments_of(who, now),
        place=await queue.standing_place(who.patient),
        room=await room.room_of(who.clinic),
        others=await household.others(request, now),
        handoff=devices.handoff(who.device),
        now=now,
    )


@get("/appointments/{appointment_id:uuid}")
async def show_appointment(
    request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]
) -> Response[Any]:
    """The appointment; its own script asks for the `next` block alone when something has changed."""
    who = cast(PatientWho, request.user)
    appointment = await appointment_for(who, appointment_id)
    context = await _seen(who, appointment, now)
    if is_htmx(request):
        return fragment(request, "patient/appointment.html", "next", **context)
    readings = (await measurements.of([appointment]))[appointment.id]
    ticks = await preparation.ticks(appointment)
    shown = page(
        request,
        "patient/appointment.html",
        ticks=ticks,
        readings=readings,
        kept={
            **_kept(appointment, context["staff"], context["next"], await clinic_of(who)),
            "asked": " ".join(each.kind for each in readings),
            "lines": [asdict(each.line) for each in ticks],
        },
        handoff=devices.handoff(who.device),
        browser=browser_of(request.headers.get("User-Agent", "")),
        push_key=(await push_keys.keys(now)).public,
        gets_sms=await _gets_sms(appointment, now),
        **context,
    )
    return await household.act_as_shown(request, shown, now)


@post("/appointments/{appointment_id:uuid}/place")
async def enter(request: Asked, appointment_id: FromPath[UUID], now: NamedDependency[datetime]) -> Response[Any]:
    """Into the waiting room. Whoever may not enter is shown the appointment, which says why and what to do."""
    appointment = await appointment_for(request.user, appointment_id)
    patient = await patients.by_id(appointment.patient)
    try:
        place = await queue.enter(patient, appointment, now=now)
    except (NotAllowed, TooLate):
        return see_other(f"/appointments/{appointment.id}")
    return see_other(queue.page_of(place.id))


async def _gets_sms(appointment: Appointment, now: datetime) -> bool:
    """Whether there is a number to text when nobody answers the ring."""
    patient = await patients.by_id(appointment.patient)
    return "sms" in dict(await notices.ways_to(patient, now, appointment))


async def _seen(who: PatientWho, appointment: Appointment, now: datetime) -> dict[str, Any]:
    clinic = await clinic_of(who)
    staff = await team.somebody(appointment.clinic, appointment.staff)
    guardian = await patients.guardian(appointment.guardian) if appointment.guardian else None
    following = await next_step.of(appointment, clinic, now)
    new = await appointment_for(who, appointment.moved_to) if appointment.moved_to else None
    return {
        "appointment": appointment,
        "staff": staff,
        "guardian": guardian,
        "next": following,
        "moved_to": new,
        "may_cancel": self_booking.may_cancel(appointment, now),
        "may_move": await self_booking.may_move(appointment, now),
        "opens_in_s": following.opens_in_s(now),
        "address": installation.base_url() + f"/appointments/{appointment.id}",
        "now": now,
    }


def _kept(appointment: Appointment, staff: Staff | None, following: next_step.Next, clinic: Clinic) -> dict[str, str]:
    """What the phone keeps for when it has no network (C8): no more than the message already said."""
    return {
        "title": _("Video consultation with %(name)s") % {"name": staff.name if staff else clinic.name},
        "when": _day_and_time(appointment.starts_at),
        "opens": _day_and_time(following.opens_at),
        "startsAt": appointment.starts_at.isoformat(),
        "phone": clinic.plan_b_phone,
        "phoneWords": show_phone(clinic.plan_b_phone),
    }


def _day_and_time(moment: datetime) -> str:
    return _("%(day)s at %(time)s") % {"day": format_day(moment), "time": format_time(moment)}
