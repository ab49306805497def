"""The few errors the domain raises; each edge turns them into its own kind of answer in one place.

Somebody else's record is *not found*, never *not allowed*: whether it exists is nobody else's business.
"""


class ClinicError(Exception):
    """What went wrong, in a sentence for the person who asked, already in their language."""

    def __init__(self, words: str = "", *, field: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.field = field


class NotFound(ClinicError):
    """There is no such thing, or it belongs to somebody else."""


class NotAllowed(ClinicError):
    """The thing is theirs to see, but not to do this with."""


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
