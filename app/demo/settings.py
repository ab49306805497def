"""What the demo clinic has decided for itself: hours, policy, what patients may book, and whom it calls for help."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from app.clinic.booking import hours, measurements, policy, types
from app.clinic.booking.hours import Stretch, Week
from app.clinic.booking.types import TypeForm
from app.clinic.calls import service_codes
from app.clinic.people import clinics, support, team
from app.clinic.people.support import Contact
from app.clinic.people.who import StaffWho

_SUITS = {
    "Videokonsultation": "Du skal have svar på prøver, tale om medicin eller følge op på et forløb.",
    "Videosamtale": "Du har brug for en længere samtale, for eksempel om stress, sorg eller søvn.",
}

_FEES = {
    "0125": ("Videokonsultation (eksempel)", 16000),
    "0126": ("Videokonference (eksempel)", 32000),
    "0201": ("Telefonkonsultation (eksempel)", 3000),
}


async def decide(clinic_id: UUID, now: datetime) -> None:
    """Everything a superuser would have filled in by the end of the guide's third step."""
    clinic = await clinics.clinic_of(clinic_id)
    await policy.keep(clinic, policy.starter())
    await hours.set_opening(
        clinic_id, [*(Stretch(day, 8 * 60, 16 * 60) for day in range(4)), Stretch(4, 8 * 60, 14 * 60)]
    )
    people = {each.name: each.id for each in await team.members(clinic_id)}
    doctors = [people["Anders Bak"], people["Mette Holm"]]
    week = tuple(Stretch(day, 8 * 60, 12 * 60) for day in range(5))
    await hours.set_week(doctors[1], Week(week, tuple(Stretch(day, 9 * 60, 10 * 60) for day in (1, 3))))
    await team.choose_online(clinic_id, doctors)
    for kind in await types.all_types(clinic_id):
        suits = _SUITS.get(kind.name, "")
        minutes = str(kind.minutes)
        online = bool(suits) or kind.mode == "in_person"
        form = TypeForm(kind.name, kind.mode, minutes, kind.colour, kind.sort_key, online, suits)
        await types.write(clinic_id, form, kind)
        if kind.name == "Videokonsultation":
            await measurements.ask(kind, ["blood_pressure"])
    await _fees(clinic_id, now)
    await support.write(clinic_id, Contact("vendor", "Systemhuset", "+4570101010", "", "hverdage 8-16"), now)


async def _fees(clinic_id: UUID, now: datetime) -> None:
    """Fees for the demo to reckon with; a clinic writes its agreement's own."""
    sara = next(each for each in await team.members(clinic_id) if each.is_superuser)
    staff = StaffWho(sara.id, clinic_id, sara.name, sara.role, sara.is_superuser, "da", "")
    for known in await service_codes.codes_of(clinic_id):
        words, fee_oere = _FEES[known.code]
        await service_codes.write(staff, replace(known, words=words, fee_oere=fee_oere, id=None), now, known)
