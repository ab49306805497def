"""One assumption's value with its range and its source, and a share's uncertainty. Numbers as people write them."""

import math
import re
from dataclasses import dataclass
from typing import Literal

from app.clinic.people import texts
from app.i18n import decimal_sign

Origin = Literal["measured", "codes", "pilot", "official", "guess"]
"""Where a proposed value comes from; a guess is the clinic's own to replace."""

_GROUPED = re.compile(r"\d{1,3}(\.\d{3})+")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with the lowest and highest it may be, and where it is from. `follows`: taken from the figures."""

    value: float
    low: float
    high: float
    source: str
    follows: bool = False


def interval(count: int, total: int) -> tuple[float, float]:
    """Return the 95 per cent interval (Wilson's) of a share, in per cent: within 0 to 100 even for small counts."""
    z = 1.96
    part, weight = count / total, 1 + z * z / total
    middle = (part + z * z / (2 * total)) / weight
    reach = z / weight * math.sqrt(part * (1 - part) / total + z * z / (4 * total * total))
    return round(100 * max(0.0, middle - reach), 1), round(100 * min(1.0, middle + reach), 1)


def read_number(text: str) -> float | None:
    """A number as Danes or Englishmen write it: 1.250,5 or 1250.5; None when it is none."""
    plain = re.sub(r"\s", "", texts.ascii_digits(text))
    if "," in plain:
        plain = plain.replace(",", "") if plain.rfind(".") > plain.rfind(",") else plain.replace(".", "")
        plain = plain.replace(",", ".")
    elif _GROUPED.fullmatch(plain):
        plain = plain.replace(".", "")
    return texts.decimal_number(plain)


def written(number: float) -> str:
    """A number as it stands in a field, at most two decimals, to be read again as it is."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return text.replace(".", decimal_sign())
