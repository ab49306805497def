"""Forms sent twice: by a double tap, by going back, or because the answer was lost on its way.

A form that makes something carries a secret of its own. The first one sent makes the thing and keeps where it led, in
one transaction; the same form with the same words is led there again. With other words it is another form: whoever goes
back to write something else means it.
"""

from datetime import datetime, timedelta

from app.clinic.people import installation
from app.clinic.people.tables import SentForm

KEPT_FOR = timedelta(days=1)


def key_of(secret: str, address: str, written: str) -> str:
    """Return the key of a form: its secret, its address and what was written in it."""
    return installation.digest("sent-form", f"{secret}\0{address}\0{written}")


async def answer_to(key: str, now: datetime) -> str | None:
    """What was kept of the same form sent before; None for the first, which holds everybody else of the same back until
    the surrounding change is over."""
    row = SentForm(id=key, sent_at=now)
    first = await SentForm.insert(row).on_conflict(target=SentForm.id, action="DO NOTHING").returning(SentForm.id)
    if first:
        return None
    known = await SentForm.objects().get(SentForm.id == key)
    return installation.unseal(known.answer) if known and known.answer else ""


async def keep(key: str, answer: str) -> None:
    """Remember where the form led; inside the same change."""
    await SentForm.update({SentForm.answer: installation.seal(answer)}).where(SentForm.id == key)


async def forget_old(now: datetime) -> None:
    """Delete entries too old to be sent again."""
    await SentForm.delete().where(SentForm.sent_at <= now - KEPT_FOR)
