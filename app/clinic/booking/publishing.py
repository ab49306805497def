"""The publishing kit (A10): what a clinic tells its patients about video, in each channel, with its own data filled in.

The words lie in `app/locale/<language>/kit.toml`.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal

import msgspec

from app import i18n
from app.clinic.booking import policy
from app.clinic.messages import gsm7
from app.clinic.messages.phones import show_phone
from app.clinic.messages.phrases import shortened
from app.clinic.people import installation
from app.clinic.people.tables import Clinic

Channel = Literal["website", "email", "sms", "facebook", "screen", "answering", "leaflet"]
_SHOWN = {"website": 8, "facebook": 4}
"""How many of the clinic's conditions a channel has room for."""


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One channel's words, with places for the clinic's own data."""

    channel: Channel
    body: str


class Kit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A language's texts."""

    text: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """One channel's text as it can be copied; `segments` is how many SMS it takes, 0 elsewhere."""

    channel: Channel
    body: str
    segments: int = 0


@cache
def _templates(language: str) -> tuple[Template, ...]:
    path = i18n.LOCALE / language / "kit.toml"
    if not path.exists():
        path = i18n.LOCALE / i18n.DEFAULT / "kit.toml"
    return msgspec.convert(tomllib.loads(path.read_text()), Kit).text


def page_address(clinic: Clinic) -> str:
    """The whole address of the clinic's page for patients."""
    return f"{installation.base_url()}/k/{clinic.slug}"


async def kit_of(clinic: Clinic, language: str) -> list[Text]:
    """Every channel's text in this language; a clinic without a policy yet lends the guide's list."""
    known = await policy.policy_of(clinic)
    with i18n.use_language(language):
        conditions = known.conditions or policy.starter().conditions
    return [_filled(template, clinic, conditions) for template in _templates(language)]


def _filled(template: Template, clinic: Clinic, conditions: tuple[str, ...]) -> Text:
    what = "\n".join(f"- {line}" for line in conditions[: _SHOWN.get(template.channel, 0)])
    values = {"phone": show_phone(clinic.plan_b_phone), "address": page_address(clinic), "what": what}
    body = template.body.strip().format_map({**values, "clinic": clinic.name})
    if template.channel != "sms":
        return Text(template.channel, body)
    body = gsm7.to_gsm7(body)
    if gsm7.segments(body) > 1:
        body = gsm7.to_gsm7(template.body.strip().format_map({**values, "clinic": shortened(clinic.name, 30)}))
    return Text(template.channel, body, gsm7.segments(body))
