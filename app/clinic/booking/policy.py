"""The clinic's policy for video: when it is offered, to which patients, and for what (A8).

It is shown on the clinic's public page and where bookings are reviewed. A clinic that has written none yet is shown the
guide's criteria and a starting catalogue to change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.clinic.booking.tables import PolicyLine
from app.clinic.change import change
from app.clinic.errors import Invalid
from app.clinic.people.tables import Clinic
from app.i18n import _

MAX_LINE_LENGTH, MAX_OFFER_LENGTH = 160, 500


@dataclass(frozen=True, slots=True)
class Policy:
    """`offer` says when and to whom in words, `criteria` which patients, `conditions` what for."""

    offer: str = ""
    criteria: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.offer or self.criteria or self.conditions)


async def policy_of(clinic: Clinic) -> Policy:
    """The clinic's policy; an empty one is false."""
    lines = await PolicyLine.objects().where(PolicyLine.clinic == clinic.id).order_by(PolicyLine.place)
    return Policy(
        clinic.offer,
        tuple(line.words for line in lines if line.kind == "criterion"),
        tuple(line.words for line in lines if line.kind == "condition"),
    )


def starter() -> Policy:
    """What the guide recommends to begin with, in the present language."""
    return Policy(
        offer=_("We offer video to our own patients, when the doctor does not need to examine you by hand."),
        criteria=(
            _("We know you well, and you are used to a smartphone or tablet"),
            _("We know your course of illness, and your treatment works well"),
            _("It could be done by phone, if the technology fails"),
        ),
        conditions=(
            _("Follow-up on depression or anxiety"),
            _("Answers to blood tests and other tests"),
            _("Adjusting blood pressure treatment"),
            _("Control of medicine and treatment"),
            _("Yearly control of diabetes, asthma or COPD between visits"),
            _("Stress and sick leave"),
            _("Rashes and other skin changes that show on a picture"),
            _("Colds, coughs and sore throats in adults"),
            _("Sleep problems"),
            _("Contraception"),
            _("Travel and vaccination advice"),
            _("Questions after a stay in hospital"),
        ),
    )


def read_lines(text: str, field: str) -> tuple[str, ...]:
    """One line each, without doubles and empty ones; raises Invalid when one is too long."""
    lines = dict.fromkeys(" ".join(line.split()).lstrip("-•* ") for line in text.splitlines())
    kept = tuple(line for line in lines if line)
    if any(len(line) > MAX_LINE_LENGTH for line in kept):
        raise Invalid(_("A line may have 160 characters at most."), field=field)
    return kept


async def keep(clinic: Clinic, policy: Policy) -> None:
    """Write the policy anew; raises Invalid when the offer is too long."""
    if len(policy.offer) > MAX_OFFER_LENGTH:
        raise Invalid(_("That is too long. Write it shorter."), field="offer")
    clinic.offer = policy.offer
    async with change():
        await clinic.save([Clinic.offer])
        await PolicyLine.delete().where(PolicyLine.clinic == clinic.id)
        for kind, lines in (("criterion", policy.criteria), ("condition", policy.conditions)):
            await _write(clinic.id, kind, lines)


async def _write(clinic: UUID, kind: str, lines: Sequence[str]) -> None:
    for place, words in enumerate(lines):
        await PolicyLine(clinic=clinic, kind=kind, words=words, place=place).save()
