"""The three ways a message can fail to be carried; each says what is to become of it."""


class NotCarried(Exception):
    """Why it was not carried: a code of `app.clinic.messages.states`, and the other side's own words."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


class RefusedForGood(NotCarried):
    """The other side refused, and would refuse again."""


class TryLater(NotCarried):
    """It was certainly not sent, and another try may succeed; wait at least `after_s`, as the other side asked."""

    def __init__(self, code: str, detail: str = "", after_s: float = 0) -> None:
        super().__init__(code, detail)
        self.after_s = after_s


class PerhapsCarried(NotCarried):
    """It may have left us: it must not be sent again unasked."""
