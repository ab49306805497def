"""Every test begins with the same database, whatever the one before left in it."""

from typing import Any

import pytest
from piccolo.engine.base import Engine

from app.clinic.people.tables import Clinic, Patient, Staff
from app.piccolo_app import TABLES
from tests.cast import Cast


async def _counted() -> dict[str, int]:
    return {table.__name__: await table.count() for table in TABLES}


FROM_THE_START = ("PushKey", "InstallationMark")
"""What migrating itself writes down."""

BEFORE: list[dict[str, int]] = []


@pytest.mark.parametrize("time", range(3))
async def test_what_a_test_does_to_the_cast_is_undone(cast: Cast, time: int) -> None:
    BEFORE.append(await _counted())
    assert BEFORE[-1] == BEFORE[0]
    assert vars(await Staff.objects().get(Staff.id == cast.doctor.id)) == vars(cast.doctor)
    await Patient.update({Patient.name: "Somebody else"}, force=True)
    await Staff.delete(force=True)
    await Clinic(name="Another", slug="another", provider_number="999999").save()


@pytest.mark.parametrize("time", range(2))
async def test_what_a_test_adds_is_gone(database: Engine[Any], time: int) -> None:
    counted = await _counted()
    assert {name: rows for name, rows in counted.items() if rows} == dict.fromkeys(FROM_THE_START, 1)
    await Clinic(name="Another", slug="another", provider_number="999999").save()
