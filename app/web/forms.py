"""Reading forms and addresses: every value tidy, nothing trusted, and the filled-in form kept for when it comes back.

A browser sends each line break of a text as two characters but counts one; here it is one, so that what a field let
somebody write is never found too long.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clinic.errors import NotFound
from app.clinic.people import birth_dates, texts
from app.i18n import local
from app.web.html import Asked

MAX_FIELD_LENGTH = 2000
"""Characters of one field; nothing a form asks for is longer."""

OURS = ("_csrf_token", "_once")
"""Fields that every form has besides its own."""


class Form(Mapping[str, str]):
    """A posted form; a missing field is an empty string, a repeated one its last value."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        return self._values.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def ticked(self, name: str) -> bool:
        """Whether a checkbox was on."""
        return self[name] not in ("", "0", "false", "off")


async def read_form(request: Asked, longest: int = MAX_FIELD_LENGTH) -> Form:
    """The request's form fields, without files and without our own; none is longer than this."""
    fields = await request.form()
    written = {name: value for name, value in fields.items() if isinstance(value, str) and name not in OURS}
    return Form({texts.tidy(name): _read(name, value)[:longest] for name, value in written.items()})


def read_query(request: Asked) -> Form:
    """What stands behind the ? of the address, read like a form."""
    fields = request.query_params.items()
    return Form({texts.tidy(name): texts.tidy(value)[:MAX_FIELD_LENGTH] for name, value in fields})


def _read(name: str, value: str) -> str:
    """Tidy a value; passwords stay as typed, since composing their letters would lock out whoever set them earlier."""
    if "password" in name:
        return value.replace("\0", "").replace("\r\n", "\n").strip()
    return texts.tidy(value)


def an_id(text: str, words: str) -> UUID:
    """An id out of a form or query; raises NotFound in these words."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(words) from None


def read_birth_date(form: Form, now: datetime) -> Any:
    """The date in the form's three boxes; raises Invalid."""
    return birth_dates.read(form["day"], form["month"], form["year"], local(now).date())
