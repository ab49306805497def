"""What is built once for all queries reads the same rows by the same SQL as Piccolo's own; this fails when Piccolo's
changes."""

from typing import Any

import pytest
from piccolo.columns import ForeignKey
from piccolo.engine.base import Engine
from piccolo.query import Objects
from piccolo.querystring import QueryString
from piccolo.table import Table

from app.clinic.booking.tables import Appointment
from app.clinic.calls.tables import Call
from app.clinic.people.tables import Clinic, Patient, Staff
from app.piccolo_app import TABLES
from tests.cast import Cast


def _sql(query: Objects[Any]) -> tuple[str, list[Any]]:
    [string] = query.querystrings
    return QueryString.compile_string(string, query.engine_type)


def _loaded(table: type[Table]) -> list[list[ForeignKey[Any]]]:
    """Nothing, each foreign key alone, all of them, and those one step further."""
    keys = table._meta.foreign_key_columns
    further = [getattr(key, step._meta.name) for key in keys for step in key.all_related()]
    return [[], *([key] for key in keys), keys, further]


def test_the_sql_is_piccolos_own(database: Engine[Any]) -> None:
    for table in TABLES:
        for loaded in _loaded(table):
            key = loaded[-1].all_columns()[0] if loaded else table._meta.primary_key
            ours, theirs = (
                _sql(query.where(key.is_not_null()).order_by(key).limit(2).offset(1))
                for query in (table.objects(*loaded), Objects[Any](table, prefetch=loaded))
            )
            assert _columns(ours[0]) == _columns(theirs[0]), table
            assert ours[0].partition(" FROM ")[2] == theirs[0].partition(" FROM ")[2]
            assert ours[1] == theirs[1]


def test_the_list_of_columns_is_built_once(database: Engine[Any]) -> None:
    [one], [other] = (Call.objects(Call.patient, Call.place).querystrings for _time in range(2))
    assert one.args[1] is other.args[1]


def _columns(sql: str) -> list[str]:
    """Each once: Piccolo names what is loaded on the way to something further twice."""
    return list(dict.fromkeys(sql.partition(" FROM ")[0].removeprefix("SELECT ").split(", ")))


async def test_a_row_is_what_piccolo_makes_of_it(cast: Cast) -> None:
    [row] = await Clinic.select().where(Clinic.id == cast.clinic.id)
    ours = Clinic(**row, _exists_in_db=True)
    theirs = object.__new__(Clinic)
    Table.__init__(theirs, **row, _exists_in_db=True)
    assert vars(ours) == vars(theirs)
    assert vars(await Clinic.objects().get(Clinic.id == cast.clinic.id)) == vars(theirs)


async def test_a_new_row_has_its_defaults_and_refuses_what_it_lacks(database: Engine[Any]) -> None:
    assert Clinic(name="Skoven").id != Clinic(name="Skoven").id
    with pytest.raises(ValueError, match="Unrecognized"):
        Clinic(name="Skoven", no_such_column=1)


def test_a_column_reached_through_a_foreign_key_is_copied_once() -> None:
    assert Call.patient.name is Call.patient.name
    assert Call.patient.name is not Patient.name
    assert Call.appointment._.staff._.name is not Call.staff.name
    assert _path(Call.appointment._.staff._.name) == ["call.appointment", "appointment.staff"]
    assert _path(Call.staff.name) == ["call.staff"]
    assert _path(Appointment.staff.name) == ["appointment.staff"]
    assert _path(Staff.name) == []


def test_a_column_under_another_name_leaves_the_first_as_it_was() -> None:
    assert Call.patient.name.as_alias("who")._alias == "who"
    assert Call.patient.name._alias is None


def test_what_a_foreign_key_does_not_lead_to_is_told() -> None:
    with pytest.raises(AttributeError):
        Call.patient.no_such_column  # noqa: B018


def _path(column: Any) -> list[str]:
    return [f"{step._meta.table._meta.tablename}.{step._meta.name}" for step in column._meta.call_chain]
