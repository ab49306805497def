"""Until what age a guardian acts for a child unasked (C7), as the law has it on the day.

At fifteen one consents to treatment oneself, and the guardians' own access ends. An older patient can still be helped
by a guardian: staff are told, and agree on it with the patient.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Limit:
    """The age that holds from that day on."""

    years: int
    since: date = date.min


LIMITS = (Limit(15),)
"""By date. A change of the law adds a line, so days before it keep the old limit."""


def limit_on(day: date) -> int:
    """The age, in whole years, from which a guardian no longer acts unasked."""
    return [limit.years for limit in LIMITS if limit.since <= day][-1]


def is_outgrown(birth_date: date | None, day: date) -> bool:
    """Whether somebody born then has reached the age limit on `day`; False when the birth date isn't known."""
    if birth_date is None:
        return False
    birthday_is_to_come = (day.month, day.day) < (birth_date.month, birth_date.day)
    return day.year - birth_date.year - birthday_is_to_come >= limit_on(day)
