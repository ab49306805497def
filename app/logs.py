"""Structured logs without personal data: JSON lines for machines, colours for a developer's terminal.

What libraries say by `logging` comes out in the same form, so that every process of an installation speaks one format.
A trace tells where and which kind of error, never an error's own text when that may quote what somebody wrote. The
same fault is told once a minute, with how often it came meanwhile: a database that is away is one line, not thousands.
"""

import logging
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, MutableMapping
from types import TracebackType
from typing import Any

import structlog

TOLD_EVERY_S = 60.0
MAX_FAULTS = 1000
"""How many different faults are remembered; beyond that all are logged anew."""

_QUOTE_NOTHING = (AttributeError, TypeError, NameError, ImportError, RuntimeError, OSError, sqlite3.Error)
"""Errors whose text is about the program and the machine. All others may quote values: keys, forms, rows."""

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(log_format: str) -> None:
    """Set up logging once per process; `log_format` is json or console."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.ExceptionRenderer(lambda exc_info: trace(exc_info[1])),
    ]
    structlog.configure(
        processors=[tell_once_a_minute, *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    handler.addFilter(_tell_once_a_minute)
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


class Sampler:
    """Lets the same fault pass once in TOLD_EVERY_S; `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[object, tuple[float, int]] = {}

    def untold(self, fault: object) -> int | None:
        """Return how often the fault was dropped since it was last logged; None when it is to be dropped now."""
        now = self._clock()
        told_at, quiet = self._told.get(fault, (now - TOLD_EVERY_S, 0))
        if now - told_at < TOLD_EVERY_S:
            self._told[fault] = (told_at, quiet + 1)
            return None
        if len(self._told) >= MAX_FAULTS:
            self._told.clear()
        self._told[fault] = (now, 0)
        return quiet


_sampler = Sampler()


def tell_once_a_minute(_logger: Any, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop a warning or error already logged within the minute; the next one has the number in `repeated`.

    A structlog processor.
    """
    if level not in ("warning", "error", "critical"):
        return event
    error = _error_of(event.get("exc_info"))
    fault: object = _fault(error) if error else tuple(sorted((name, str(value)) for name, value in event.items()))
    untold = _sampler.untold(fault)
    if untold is None:
        raise structlog.DropEvent
    if untold:
        event["repeated"] = untold
    return event


def _tell_once_a_minute(record: logging.LogRecord) -> bool:
    """The same as a filter of Python's own logging."""
    error = _error_of(record.exc_info)
    untold = _sampler.untold(_fault(error) if error else (record.name, record.getMessage()))
    if untold:
        record.msg = f"{record.msg} (repeated: {untold})"
    return untold is not None


def _error_of(exc_info: Any) -> BaseException | None:
    """The error of what structlog and logging both take as `exc_info`."""
    if isinstance(exc_info, BaseException):
        return exc_info
    error: BaseException | None = exc_info[1] if isinstance(exc_info, tuple) else sys.exc_info()[1]
    return error if exc_info else None


def _fault(error: BaseException) -> object:
    """Return what identifies a fault: the error's class and where it was raised."""
    where = [(each.f_code.co_filename, line) for each, line in traceback.walk_tb(error.__traceback__)]
    return type(error), *where[-1:]


def trace(error: BaseException | None) -> str:
    """Return the stack and causes of an error, with its text only if that quotes no values."""
    if error is None:
        return ""
    parts = ["Traceback (most recent call last):\n", *traceback.format_tb(error.__traceback__), _named(error)]
    if isinstance(error, BaseExceptionGroup):
        parts += [f"\n  of which\n{trace(each)}" for each in error.exceptions]
    if error.__cause__ is not None:
        parts.insert(0, f"{trace(error.__cause__)}\n\nwhich led to\n\n")
    elif error.__context__ is not None and not error.__suppress_context__:
        parts.insert(0, f"{trace(error.__context__)}\n\nwhile it was handled\n\n")
    return "".join(parts)


def _named(error: BaseException) -> str:
    """Return the error's class and, if safe, its text; for a database error its code and which table and column."""
    kind = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    facts = [f"{name}={value}" for name in _FACTS if isinstance(value := getattr(error, name, None), str)]
    if isinstance(error, _QUOTE_NOTHING):
        facts.insert(0, str(error))
    return f"{kind}: {', '.join(facts)}" if facts else kind


_FACTS = ("sqlstate", "table_name", "column_name", "constraint_name")
"""What asyncpg's errors tell beside the text, whose DETAIL quotes the row."""
