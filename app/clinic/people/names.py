"""Names and titles of people, clinics and things, as one tidy line."""

from app.clinic.errors import Invalid
from app.clinic.people.texts import one_line
from app.i18n import _

MAX_LENGTH = 120


def read_name(text: str, words: str, field: str = "name", *, longest: int = MAX_LENGTH) -> str:
    """The name as it is kept; raises Invalid in these words when it is empty or too long."""
    name = one_line(text)
    if not 1 <= len(name) <= longest:
        raise Invalid(words, field=field)
    check_for_mail(name, field)
    return name


def check_for_mail(text: str, field: str) -> None:
    """Raises Invalid for what a mail's head would take for its own code (RFC 2047)."""
    if "=?" in text:
        raise Invalid(_("The signs =? can't stand together there."), field=field)
