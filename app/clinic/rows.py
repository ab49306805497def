"""What every table is made of: Piccolo's own, but what it would build again for each query is built once.

A foreign key remembers the columns reached through it, and a table the list of columns its rows are read with; both
are the same for as long as the process lives. Without this most of a fragment's time goes into building SQL.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, Self, TypeVar, cast

from piccolo.columns import Column
from piccolo.columns import ForeignKey as PiccoloForeignKey
from piccolo.query import Objects, Select
from piccolo.querystring import QueryString
from piccolo.table import TABLE_REGISTRY
from piccolo.table import Table as PiccoloTable

Referenced = TypeVar("Referenced", bound=PiccoloTable)
Row = TypeVar("Row", bound=PiccoloTable)


class ForeignKey(PiccoloForeignKey[Referenced]):
    """Keeps the copy of each column reached through it, instead of a new one at every access; copies never change."""

    def __init__(self, references: type[Referenced] | str, **kwargs: Any) -> None:
        self._reached: dict[str, Column] = {}
        super().__init__(cast(type[Referenced], references), **kwargs)

    def copy(self) -> Self:
        """Return a copy without those kept columns: it may be reached by another path."""
        column = cast(Self, super().copy())
        column._reached = {}
        return column

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_"):
            return object.__getattribute__(self, name)
        reached = self._reached.get(name)
        if reached is not None:
            return reached
        try:
            value = object.__getattribute__(self, name)
        except AttributeError:
            # a table given by name, before its class existed, is resolved here
            return super().__getattribute__(name)
        if isinstance(value, Column):
            value = self._reached[name] = super().__getattribute__(name)
        return value


class _Rows(Objects[Row]):
    """Rows as objects; the column list is built once for each table and what is loaded with it."""

    @property
    def default_querystrings(self) -> Sequence[QueryString]:
        select = Select(table=self.table)
        select.as_of_delegate = self.as_of_delegate
        select.limit_delegate = self.limit_delegate
        select.where_delegate = self.where_delegate
        select.offset_delegate = self.offset_delegate
        select.output_delegate = self.output_delegate
        select.order_by_delegate = self.order_by_delegate
        select.lock_rows_delegate = self.lock_rows_delegate
        loaded = self.prefetch_delegate.fk_columns
        if loaded:
            select.output_delegate.output(nested=True)
        select.columns(_named(self.table, loaded))
        return select.querystrings


_NAMED: dict[tuple[type[PiccoloTable], tuple[str, ...]], QueryString] = {}


def _named(table: type[PiccoloTable], loaded: Sequence[PiccoloForeignKey[Any]]) -> QueryString:
    """Return the columns of the table and of those loaded with it, as a SELECT names them, and the joins needed."""
    key = table, tuple(each._meta.get_full_name() for each in loaded)
    if key not in _NAMED:
        columns = [*table._meta.columns]
        for each in loaded:
            for step in (each, *each._meta.call_chain):
                columns += step.all_columns()
        named = QueryString(", ".join(dict.fromkeys(each._meta.get_full_name() for each in columns)))
        # one column of each is enough to say what to join
        named.columns = [each.all_columns()[0] for each in loaded]
        _NAMED[key] = named
    return _NAMED[key]


@cache
def _names(table: type[PiccoloTable]) -> frozenset[str]:
    return frozenset(each._meta.name for each in table._meta.columns)


class Table(PiccoloTable):
    """A table whose rows are read without applying defaults: the database has supplied every value."""

    def __init__(
        self,
        _data: dict[Column, Any] | None = None,
        _ignore_missing: bool = False,
        _exists_in_db: bool = False,
        **kwargs: Any,
    ) -> None:
        if _data or kwargs.keys() != _names(type(self)):
            super().__init__(_data, _ignore_missing, _exists_in_db, **kwargs)
            return
        self._exists_in_db = _exists_in_db
        self._was_created: bool | None = None
        self.__dict__.update(kwargs)

    @classmethod
    def objects(cls, *prefetch: PiccoloForeignKey[Any] | list[PiccoloForeignKey[Any]]) -> Objects[Self]:
        return _Rows(table=cls, prefetch=prefetch)


# itself no table of the database
TABLE_REGISTRY.remove(Table)
