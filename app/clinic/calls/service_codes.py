"""Which service code fits a consultation, by the day it was held. Agreements change, so the codes are dated (F8)."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Kind = Literal["video", "conference", "phone"]


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """A code of the agreement and the days it may be used on, both included; None means no limit that way."""

    kind: Kind
    code: str
    valid_from: date | None = None
    valid_until: date | None = None


CODES = (
    ServiceCode("video", "0125"),
    ServiceCode("conference", "0126"),
    ServiceCode("phone", "0201"),
)


def suggested(kind: Kind, on: date) -> str:
    """The code for a consultation of this kind on that day, or an empty text when the agreement has none."""
    for code in CODES:
        begun = code.valid_from is None or code.valid_from <= on
        if code.kind == kind and begun and (code.valid_until is None or on <= code.valid_until):
            return code.code
    return ""
