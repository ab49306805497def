"""Offering the questionnaire, and taking its answers: voluntary, resumable, and kept apart from who answers (F2).

A call has an offer that can be begun once. What it begins is a questionnaire of its own with a secret only the browser
knows: nothing stored leads from the one to the other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.booking import notices
from app.clinic.calls.tables import ENDED, Call
from app.clinic.change import change, each_alone
from app.clinic.errors import Invalid, NotAllowed, NotFound, TooLate
from app.clinic.learning import report
from app.clinic.learning.book import month_of
from app.clinic.learning.questions import MAX_WORDS_LENGTH, Question, question, questions
from app.clinic.learning.tables import Answer, LearningChoice, Meeting, Questionnaire, QuestionnaireOffer
from app.clinic.messages import outbox
from app.clinic.people import installation
from app.clinic.people.regions import region_on
from app.clinic.people.tables import Clinic
from app.clinic.people.who import StaffWho
from app.i18n import _, local

ASK_AFTER = timedelta(hours=2)
ASK_WITHIN = timedelta(hours=48)
_DAYTIME = range(9, 20)
KEPT_FOR = timedelta(days=14)


async def asks(clinic: UUID) -> bool:
    """Whether the clinic asks its patients."""
    choice = await LearningChoice.objects().get(LearningChoice.clinic == clinic)
    return choice is None or bool(choice.asks_patients)


async def choose(staff: StaffWho, asks_patients: bool) -> None:
    """Ask patients from now on, or don't; raises NotAllowed for others than superusers."""
    if not staff.is_superuser:
        raise NotAllowed(_("Only your clinic's superuser can do this."))
    async with change():
        changed = (
            await LearningChoice.update({LearningChoice.asks_patients: asks_patients})
            .where(LearningChoice.clinic == staff.clinic)
            .returning(LearningChoice.id)
        )
        if not changed:
            await LearningChoice(clinic=staff.clinic, asks_patients=asks_patients).save()


def is_worth_asking(call: Call) -> bool:
    """Whether to ask the call's patient: also after a failed call, to learn why it failed; never after a test call."""
    return bool(call.state == ENDED and call.answered_at and not call.is_test)


async def may_begin(call: Call, now: datetime) -> bool:
    """Whether the call's patient can be offered the questionnaire now: once, and while it is fresh in mind."""
    too_late = call.ended_at is None or call.ended_at + KEPT_FOR <= now
    if too_late or not is_worth_asking(call) or not await asks(_clinic_of(call)):
        return False
    return not await QuestionnaireOffer.exists().where(
        QuestionnaireOffer.call == call.id, QuestionnaireOffer.opened.eq(True)
    )


async def begin_after(call: Call, now: datetime) -> str:
    """Begin right after the call; the secret that leads back to it. Raises TooLate when it can't be begun any more."""
    async with change():
        if not await may_begin(call, now):
            raise _too_late()
        if not await QuestionnaireOffer.exists().where(QuestionnaireOffer.call == call.id):
            await QuestionnaireOffer(call=call.id).save()
        return await _begin(call, now)


async def call_offered(token: str) -> Call:
    """The call whose message carried this token; raises NotFound."""
    offer = await QuestionnaireOffer.objects(QuestionnaireOffer.call).get(
        QuestionnaireOffer.token_hash == installation.digest("questionnaire-offer", token)
    )
    if offer is None:
        raise NotFound(_("This link to a questionnaire is not right. Perhaps it was cut on its way."))
    call: Call = offer.call
    return call


async def begin(token: str, now: datetime) -> str:
    """Begin from the message's link; as `begin_after`, and raises NotFound for an unknown link."""
    return await begin_after(await call_offered(token), now)


async def _begin(call: Call, now: datetime) -> str:
    won = (
        await QuestionnaireOffer.update({QuestionnaireOffer.opened: True})
        .where(QuestionnaireOffer.call == call.id, QuestionnaireOffer.opened.eq(False))
        .returning(QuestionnaireOffer.id)
    )
    if not won:
        raise _too_late()
    clinic, secret = _clinic_of(call), installation.new_token()
    held_on = local(call.rang_at).date()
    meeting = await Meeting.objects().get(Meeting.call == call.id)
    await Questionnaire(
        clinic=clinic,
        region=await region_on(clinic, held_on),
        month=month_of(held_on),
        kind=meeting.kind if meeting else "consultation",
        secret_hash=_hash(secret),
    ).save()
    return secret


def _too_late() -> TooLate:
    return TooLate(_("The questionnaire has been begun already, or the clinic does not ask any more. Thank you!"))


def _clinic_of(call: Call) -> UUID:
    clinic: UUID = call.clinic
    return clinic


def _hash(secret: str) -> str:
    return installation.digest("questionnaire", secret)


async def by_secret(secret: str) -> Questionnaire | None:
    """The questionnaire this browser has begun and not finished, with its clinic, or None."""
    if not secret:
        return None
    return await Questionnaire.objects(Questionnaire.clinic).get(Questionnaire.secret_hash == _hash(secret))


def next_question(reached: int) -> Question | None:
    """The first question not seen yet; None when all are."""
    left = questions()[reached:]
    return left[0] if left else None


async def said(questionnaire: UUID, key: str) -> tuple[list[str], str]:
    """What was answered to that question: the choices and the words."""
    found = await Answer.objects().where(Answer.questionnaire == questionnaire, Answer.question == key)
    return [each.choice for each in found if each.choice], next((each.words for each in found if each.words), "")


async def say(begun: Questionnaire, key: str, choices: Sequence[str], words: str) -> Question | None:
    """Keep the answer, over an earlier one, and go on to the next question: None when that was the last.

    Nothing chosen is an answer too: every question is voluntary. Raises NotFound for an unknown question and Invalid
    for what can't be chosen.
    """
    asked = question(key)
    if asked is None:
        raise NotFound(_("There is no such question."))
    chosen = _checked(asked, choices)
    words = " ".join(words.split())[:MAX_WORDS_LENGTH] if asked.words else ""
    place = [each.key for each in questions()].index(key) + 1
    async with change():
        await Answer.delete().where(Answer.questionnaire == begun.id, Answer.question == key)
        for index, choice in enumerate(chosen or ([""] if words else [])):
            carries = words if choice in ("", "other") or (index == 0 and not asked.many) else ""
            await Answer(questionnaire=begun.id, question=key, choice=choice, words=carries).save()
        if place > begun.reached:
            await Questionnaire.update({Questionnaire.reached: place}).where(Questionnaire.id == begun.id)
        following = next_question(place)
        if following is None:
            await Questionnaire.update({Questionnaire.secret_hash: None}).where(Questionnaire.id == begun.id)
            await report.release(getattr(begun.clinic, "id", begun.clinic))
    return following


def _checked(asked: Question, choices: Sequence[str]) -> list[str]:
    allowed = [value for value, _words in asked.options]
    chosen = [value for value in allowed if value in choices]
    if set(choices) - set(allowed) or (len(chosen) > 1 and not asked.many):
        raise Invalid(_("Choose one of the answers shown."), field="choice")
    if asked.none in chosen and len(chosen) > 1:
        raise Invalid(_("You have chosen both that there are none, and some. Choose one of the two."), field="choice")
    return chosen


async def offer_due(now: datetime) -> int:
    """Send the questionnaire to those whose call ended a while ago and who have not begun it; answers how many.

    Only by day, once for each call, and to the guardian who answers for the patient. Safe in several processes.
    """
    if local(now).hour not in _DAYTIME:
        return 0
    offered = QuestionnaireOffer.select(QuestionnaireOffer.call)
    due = await Call.objects(Call.patient, Call.appointment, Call.clinic).where(
        Call.state == ENDED,
        Call.is_test.eq(False),
        Call.answered_at.is_not_null(),
        Call.ended_at <= now - ASK_AFTER,
        Call.ended_at > now - ASK_WITHIN,
        Call.id.not_in(offered),
    )
    return sum(await each_alone(due, lambda call: _offer(call, now)))


async def _offer(call: Call, now: datetime) -> int:
    clinic: Clinic = call.clinic
    if not await asks(clinic.id):
        return 0
    ways = (await notices.ways_to(call.patient, now, call.appointment))[:1]
    token = installation.new_token()
    async with change():
        if await QuestionnaireOffer.exists().where(QuestionnaireOffer.call == call.id):
            return 0
        await QuestionnaireOffer(call=call.id, token_hash=installation.digest("questionnaire-offer", token)).save()
        for channel, recipient in ways:
            values = {"link": f"{installation.base_url()}/q/{token}"}
            await outbox.queue(
                outbox.Draft(
                    clinic,
                    "questionnaire",
                    values,
                    patient=call.patient,
                    channels=[channel],
                    about=call.id,
                    recipient=recipient,
                ),
                now,
            )
    return len(ways)


async def forget_old(now: datetime) -> None:
    """Close questionnaires begun long ago and left: the answers count, but can't be continued."""
    before = month_of(local(now - KEPT_FOR).date())
    await Questionnaire.update({Questionnaire.secret_hash: None}).where(Questionnaire.month < before)
    await report.release_all()
