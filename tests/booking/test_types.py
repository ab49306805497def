"""Appointment types: their order, and what a new clinic begins with (A4)."""

import pytest

from app.clinic.booking import types
from app.clinic.booking.tables import AppointmentType
from app.clinic.errors import NotFound
from tests.cast import Cast


async def test_the_sort_key_decides_the_order(cast: Cast) -> None:
    await AppointmentType(clinic=cast.clinic.id, name="Straks", mode="video", sort_key="0").save()
    await AppointmentType(clinic=cast.clinic.id, name="Gammel", mode="video", sort_key="0", active=False).save()
    names = [each.name for each in await types.bookable(cast.clinic.id)]
    assert names == ["Straks", "Videokonsultation", "Konsultation"]
    assert [each.name for each in await types.bookable(cast.clinic.id, "in_person")] == ["Konsultation"]


async def test_a_type_belongs_to_its_clinic(cast: Cast) -> None:
    assert (await types.type_for(cast.clinic.id, cast.video_type.id)).name == "Videokonsultation"
    with pytest.raises(NotFound):
        await types.type_for(cast.other_clinic.id, cast.video_type.id)


async def test_a_new_clinic_can_book_on_video_at_once(cast: Cast) -> None:
    await types.add_starters(cast.other_clinic.id)
    begun = await types.bookable(cast.other_clinic.id)
    assert [each.mode for each in begun] == ["video", "video", "in_person", "conference"]
    assert (await types.in_person_type(cast.other_clinic.id, begun[0])).mode == "in_person"


async def test_patients_book_only_the_types_the_clinic_chose(cast: Cast) -> None:
    assert await types.online(cast.clinic.id) == []
    await AppointmentType.update({AppointmentType.bookable_online: True}).where(
        AppointmentType.id == cast.video_type.id
    )
    assert [each.name for each in await types.online(cast.clinic.id)] == ["Videokonsultation"]
