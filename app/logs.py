"""Structured logs without personal data: JSON lines for machines, colours for a developer's terminal.

What libraries say by `logging` comes out in the same form, so that every process of an installation speaks one format.
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable, Hashable, MutableMapping
from typing import Any

import structlog

_SAMPLE_S = 60.0
_MAX_KINDS = 500


class FaultsSampled:
    """Writes the same fault down once a minute: a trace is long, and whoever can cause one can fill a disk with it.

    The next one says how many were left out (`repeated`). The same fault is the same kind of exception from the same
    line under the same words; `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._written: dict[Hashable, tuple[float, int]] = {}

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Raises structlog.DropEvent for one to be left out."""
        error = _raised(event.get("exc_info"))
        if error is None:
            return event
        now, kind = self._clock(), (event.get("event"), type(error), _line_of(error))
        at, left_out = self._written.get(kind, (-_SAMPLE_S, 0))
        if now - at < _SAMPLE_S:
            self._written[kind] = at, left_out + 1
            raise structlog.DropEvent
        if len(self._written) >= _MAX_KINDS:
            self._written.clear()
        self._written[kind] = now, 0
        return {**event, "repeated": left_out} if left_out else event


def _raised(said: Any) -> BaseException | None:
    """The exception of a log line's exc_info: True, an exception, or what sys.exc_info gives."""
    if isinstance(said, BaseException):
        return said
    told: tuple[Any, BaseException | None, Any] = sys.exc_info() if said is True else said or (None, None, None)
    return told[1]


def _line_of(error: BaseException) -> tuple[str, int]:
    """File and line that raised it."""
    frames = list(traceback.walk_tb(error.__traceback__))
    return (frames[-1][0].f_code.co_filename, frames[-1][1]) if frames else ("", 0)


def configure(log_format: str) -> None:
    """Set up logging once per process; `log_format` is json or console."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if log_format == "console" else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        FaultsSampled(),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, renderer],
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
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
