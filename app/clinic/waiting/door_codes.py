"""Coming to the open consultation from the clinic's page: phone and date of birth, then a code by SMS (D2).

Whoever asks is answered alike whether we know them or not: nobody learns here who is a patient of the clinic. What was
asked travels sealed in the address of the next page, so nothing is kept about people we don't know.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from app.budgets import DOOR_CODES
from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound, TooLate
from app.clinic.messages import outbox
from app.clinic.people import devices, installation, patients, rates, texts
from app.clinic.people.tables import Clinic, Patient, PatientDevice, SmsCode
from app.i18n import _, local

LIFE = timedelta(minutes=10)
MAX_TRIES = 5


class _Asked(msgspec.Struct, frozen=True):
    """What the sealed address holds."""

    code: UUID
    phone: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class Ask:
    """A request for a code, read from its sealed address."""

    code: SmsCode
    phone: str
    birth_date: date


async def ask(clinic: Clinic, phone: str, birth_date: date, now: datetime) -> str:
    """Send a code if phone (E.164) and date of birth are a registered patient's; return the next page's address.

    The page looks the same when they don't. Raise SlowDown after five codes in an hour for phone and date together, so
    that somebody who only knows the number keeps nobody out. A phone that no patient has gets no SMS.
    """
    await rates.spend(DOOR_CODES, now, person=(str(clinic.id), phone, birth_date.isoformat()))
    known = await patients.at_the_door(clinic.id, phone, birth_date, local(now).date())
    digits = f"{secrets.randbelow(1_000_000):06}"
    code = SmsCode(clinic=clinic.id, code_hash="", created_at=now, expires_at=now + LIFE)
    code.code_hash = _hash(code.id, digits)
    async with change():
        if known:
            code.patient = known[0].id
            await outbox.queue(
                outbox.Draft(
                    clinic, "sign_in_code", {"code": digits}, patient=known[0], recipient=phone, channels=("sms",)
                ),
                now,
            )
        await code.save()
    return installation.seal(msgspec.json.encode(_Asked(code.id, phone, birth_date)).decode())


async def opened(clinic: Clinic, sealed: str, now: datetime) -> Ask:
    """What was asked for. Raises NotFound for an address that is not ours, TooLate when its code is used or too old."""
    try:
        asked = msgspec.json.decode(installation.unseal(sealed), type=_Asked)
    except (ValueError, msgspec.DecodeError):
        raise NotFound(_("This address is cut off. Begin again from the clinic's page.")) from None
    code = await SmsCode.objects().get(SmsCode.id == asked.code)
    if code is None or code.clinic != clinic.id:
        raise NotFound(_("This address is cut off. Begin again from the clinic's page."))
    if code.used_at or code.expires_at <= now or code.tries >= MAX_TRIES:
        raise TooLate(_("The code can't be used any more. Ask for a new one."))
    return Ask(code, asked.phone, asked.birth_date)


async def patients_behind(ask: Ask, digits: str, now: datetime) -> list[Patient]:
    """Whom the code lets in: one, or several when siblings were born on the same day. The code stays good.

    Raises Invalid (code) for a wrong one, TooLate after the fifth.
    """
    async with change():
        claimed = await (
            SmsCode.update({SmsCode.tries: SmsCode.tries + 1})
            .where(SmsCode.id == ask.code.id, SmsCode.tries < MAX_TRIES, SmsCode.used_at.is_null())
            .returning(SmsCode.tries)
        )
        if not claimed:
            raise TooLate(_("The code can't be used any more. Ask for a new one."))
        is_right = ask.code.patient is not None and secrets.compare_digest(
            ask.code.code_hash, _hash(ask.code.id, digits)
        )
        if is_right:
            await SmsCode.update({SmsCode.tries: SmsCode.tries - 1}).where(SmsCode.id == ask.code.id)
    if is_right:
        return await patients.at_the_door(ask.code.clinic, ask.phone, ask.birth_date, local(now).date())
    if int(claimed[0]["tries"]) >= MAX_TRIES:
        raise TooLate(_("That was the fifth wrong code. Ask for a new one, or call the clinic."))
    raise Invalid(_("That code does not match. Look in the newest message."), field="code")


async def use(ask: Ask, digits: str, patient: UUID, now: datetime) -> tuple[PatientDevice, str]:
    """Use the code up for this one of those it lets in, and remember the device as theirs; returns its cookie secret.

    Raises as `patients_behind`, NotFound for anybody else, TooLate when the code was used a moment ago.
    """
    chosen = next((each for each in await patients_behind(ask, digits, now) if each.id == patient), None)
    if chosen is None:
        raise NotFound(_("There is no such patient."))
    async with change():
        used = await (
            SmsCode.update({SmsCode.used_at: now})
            .where(SmsCode.id == ask.code.id, SmsCode.used_at.is_null())
            .returning(SmsCode.id)
        )
        if not used:
            raise TooLate(_("The code can't be used any more. Ask for a new one."))
        return await devices.remember(chosen, now, confirmed=True)


async def forget_old(now: datetime) -> None:
    """Drop codes that can't be used any more."""
    await SmsCode.delete().where(SmsCode.expires_at <= now)


def _hash(code: UUID, digits: str) -> str:
    plain = "".join(each for each in texts.ascii_digits(digits) if each in "0123456789")
    return installation.digest("door-code", f"{code}\0{plain}")
