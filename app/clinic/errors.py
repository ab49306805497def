"""The few errors the domain raises; each edge turns them into its own kind of answer in one place.

Somebody else's record is *not found*, never *not allowed*: whether it exists is nobody else's business.
"""

from typing import Literal

Lack = Literal["database", "disk"]


class ClinicError(Exception):
    """What went wrong, in a sentence for the person who asked, already in their language."""

    def __init__(self, words: str = "", *, field: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.field = field


class NotFound(ClinicError):
    """There is no such thing, or it belongs to somebody else."""


class NotAllowed(ClinicError):
    """They may see it, but not do this with it."""


class TooLate(ClinicError):
    """It was possible once: the link expired, the appointment passed, the call ended."""


class Conflict(ClinicError):
    """Somebody else was first."""


class Invalid(ClinicError):
    """What was written can't be used; `field` names the form's field."""


class SlowDown(ClinicError):
    """Too many tries; `words` says how long to wait, and `after_s` says it to machines."""

    def __init__(self, words: str = "", *, after_s: int = 60) -> None:
        super().__init__(words)
        self.after_s = after_s


class Unavailable(Exception):
    """The database does not answer ("database") or its disk takes nothing more, full or read-only ("disk").

    Nobody's mistake, and over by itself. What was saved is kept; whether the last change was saved is not known when
    the database fell silent in it.
    """

    def __init__(self, lack: Lack) -> None:
        super().__init__(lack)
        self.lack: Lack = lack
