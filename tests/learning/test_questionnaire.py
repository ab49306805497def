"""The questionnaire: word for word the pilot's, voluntary, resumable, and nothing leads from an answer to a patient."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls.access import call_for
from app.clinic.calls.tables import Call
from app.clinic.errors import Invalid, NotAllowed, NotFound, TooLate
from app.clinic.learning import questionnaire, report
from app.clinic.learning.questions import questions
from app.clinic.learning.tables import Answer, Questionnaire, QuestionnaireOffer
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.i18n import use_language
from tests.calls.test_call import waiting
from tests.cast import Cast, who
from tests.conftest import Browser
from tests.learning.test_postcards import held


async def begun(cast: Cast, now: datetime) -> Questionnaire:
    secret = await questionnaire.begin_after(await held(cast, now), now)
    found = await questionnaire.by_secret(secret)
    assert found is not None
    return found


def test_the_questions_and_answers_are_the_pilots() -> None:
    with use_language("da"):
        asked = {each.key: each for each in questions()}
    assert [words for _value, words in asked["preparing"].options] == ["Mere", "Uændret", "Mindre", "Ved ikke"]
    assert [words for _value, words in asked["sound"].options] == ["God", "Dårlig", "Ved ikke"]
    assert asked["contact"].ask == (
        "Lykkedes det at få kontakt til lægen i forbindelse med din seneste videokonsultation?"
    )
    assert [words for _value, words in asked["advantages"].options] == [
        "Videokonsultation med lægen har ingen fordele",
        "Jeg sparer tid på transport",
        "Jeg sparer penge på transport",
        "Jeg skal ikke tage fri fra arbejde, eller kan tage fri fra arbejde i kortere tid",
        "Jeg slipper for fysiske udfordringer (f.eks. parkering, trapper, elevatorer mv.)",
        "Jeg føler mig mere tryg i mine hjemlige omgivelser",
        "Andet; uddyb venligst",
    ]
    assert [words for _value, words in asked["disadvantages"].options] == [
        "Videokonsultation med lægen har ingen ulemper",
        "Det er for upersonligt",
        "Det er svært at følge med i/forstå, hvad der bliver sagt",
        "Det er for besværligt at finde ud af teknikken",
        "Lægen har sværere ved at forstå min situation, når det foregår via en skærm",
        "Andet; uddyb venligst",
    ]


async def test_answers_are_kept_without_anything_that_leads_to_the_patient(cast: Cast, now: datetime) -> None:
    answers = await begun(cast, now)
    await questionnaire.say(answers, "advantages", ["transport_time", "other"], "Jeg har angst for at være ude")
    kept = {column._meta.name for table in (Questionnaire, Answer) for column in table._meta.columns}
    assert kept == {
        *("id", "clinic", "region", "month", "kind", "secret_hash", "reached", "shown"),
        *("questionnaire", "question", "choice", "words"),
    }
    ids = {cast.patient.id, *(row["id"] for row in await Call.select(Call.id))}
    ids |= {row["id"] for row in await QuestionnaireOffer.select(QuestionnaireOffer.id)}
    for row in [*await Questionnaire.select(), *await Answer.select()]:
        assert not ids & {value for value in row.values() if isinstance(value, UUID)}


async def hand_in(cast: Cast, number: int, questions_seen: int | None = None) -> Questionnaire:
    """A questionnaire whose every answer says the number; one that is left early is not handed in."""
    answers = Questionnaire(
        clinic=cast.clinic.id, region=cast.clinic.region, month=date(2026, 11, 1), secret_hash=f"{number}"
    )
    await answers.save()
    for asked in questions()[:questions_seen]:
        chosen = [asked.options[0][0]] if asked.options else []
        await questionnaire.say(answers, asked.key, chosen, f"nummer {number:02}")
    return answers


async def words_shown(cast: Cast) -> set[str]:
    return {words for each in await report.of_clinic(cast.clinic.id) for words in each.words}


async def test_the_clinic_is_shown_five_patients_answers_at_a_time(cast: Cast) -> None:
    await hand_in(cast, 99, questions_seen=2)
    for number in range(1, 13):
        await hand_in(cast, number)
        whole = number // 5 * 5
        assert await report.respondents(cast.clinic.id) == whole
        assert await words_shown(cast) == {f"nummer {shown:02}" for shown in range(1, whole + 1)}
        told = await report.of_clinic(cast.clinic.id)
        assert {each.total for each in told} <= {whole}


async def test_what_was_left_early_is_shown_with_others_once_it_is_closed(cast: Cast, now: datetime) -> None:
    for number in range(4):
        await hand_in(cast, number, questions_seen=2)
    await questionnaire.forget_old(now + timedelta(days=60))
    assert await report.respondents(cast.clinic.id) == 0
    await hand_in(cast, 4, questions_seen=2)
    assert await report.respondents(cast.clinic.id) == 0
    await questionnaire.forget_old(now + timedelta(days=60))
    assert await report.respondents(cast.clinic.id) == 5


async def test_the_page_says_that_answers_are_shown_five_at_a_time(browser: Browser, cast: Cast) -> None:
    for number in range(6):
        await hand_in(cast, number)
    await browser.sign_in(cast.doctor)
    shown = (await browser.get("/figures/questionnaire")).text
    assert "5 patienter har svaret. Svarene vises for fem patienter ad gangen" in shown


async def test_one_call_has_one_questionnaire(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    await questionnaire.begin_after(call, now)
    with pytest.raises(TooLate):
        await questionnaire.begin_after(call, now)
    assert await Questionnaire.count() == 1


async def test_it_is_resumed_where_it_was_left_and_closed_at_the_end(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    secret = await questionnaire.begin_after(call, now)
    for number, each in enumerate(questions()):
        found = await questionnaire.by_secret(secret)
        assert found is not None
        assert found.reached == number
        await questionnaire.say(found, each.key, [each.options[0][0]] if each.options else [], "fint")
    assert await questionnaire.by_secret(secret) is None


async def test_an_answer_can_be_changed_and_a_question_skipped(cast: Cast, now: datetime) -> None:
    answers = await begun(cast, now)
    await questionnaire.say(answers, "contact", ["no"], "Linket var skåret over")
    await questionnaire.say(answers, "contact", ["yes"], "")
    await questionnaire.say(answers, "easy", [], "")
    assert await questionnaire.said(answers.id, "contact") == (["yes"], "")
    assert await Answer.count() == 1


@pytest.mark.parametrize(
    ("key", "choices"), [("contact", ["perhaps"]), ("sound", ["good", "bad"]), ("advantages", ["none", "safer"])]
)
async def test_what_cannot_be_chosen_is_refused(cast: Cast, now: datetime, key: str, choices: list[str]) -> None:
    answers = await begun(cast, now)
    with pytest.raises(Invalid):
        await questionnaire.say(answers, key, choices, "")
    with pytest.raises(NotFound):
        await questionnaire.say(answers, "weight", [], "")


async def test_who_was_not_asked_gets_a_message_by_day_and_only_one(cast: Cast, now: datetime) -> None:
    await held(cast, now)
    await held(cast, now, patient=cast.passant)
    assert await questionnaire.offer_due(now + timedelta(hours=1)) == 0
    assert await questionnaire.offer_due(now + timedelta(hours=15)) == 0, "nobody is woken at night"
    assert await questionnaire.offer_due(now + timedelta(hours=4)) == 1
    assert await questionnaire.offer_due(now + timedelta(hours=5)) == 0
    (message,) = await Message.objects().where(Message.purpose == "questionnaire")
    token = outbox.opened(message).values["link"].rpartition("/")[2]
    await questionnaire.begin(token, now + timedelta(hours=6))
    with pytest.raises(TooLate):
        await questionnaire.begin(token, now + timedelta(hours=6))
    with pytest.raises(NotFound):
        await questionnaire.begin("cut", now)


async def test_a_clinic_that_does_not_ask_offers_nothing(cast: Cast, now: datetime) -> None:
    call = await held(cast, now)
    with pytest.raises(NotAllowed):
        await questionnaire.choose(who(cast.doctor), False)
    await questionnaire.choose(who(cast.superuser), False)
    assert not await questionnaire.may_begin(call, now)
    assert await questionnaire.offer_due(now + timedelta(hours=4)) == 0
    await questionnaire.choose(who(cast.superuser), True)
    assert await questionnaire.may_begin(call, now)
    assert not await questionnaire.may_begin(call, now + questionnaire.KEPT_FOR + timedelta(hours=1))


async def test_nobody_is_asked_about_a_call_they_never_answered(cast: Cast, now: datetime) -> None:
    called = await calls.call_in((await waiting(cast, now)).id, who(cast.doctor), now)
    await calls.hang_up(called, who(cast.doctor), now)
    assert not await questionnaire.may_begin(await call_for(who(cast.doctor), called.id), now)


async def answer_all(browser: Browser, address: str) -> Any:
    """Follow the questionnaire to its end with the first answer each time; the last page."""
    for _question in questions():
        page = await browser.get(address)
        assert page.status_code == 200
        reply = await browser.post(address, {"choice": ["yes"]} if "contact" in address else {})
        address = reply.headers["Location"]
    return await browser.get(address)


async def test_a_patient_answers_right_after_the_call(browser: Browser, cast: Cast) -> None:
    call = await held(cast, browser.clock.now)
    await browser.use_device_of(cast.patient)
    assert "/waiting/questionnaire" in (await browser.get("/waiting")).text
    begun = await browser.post("/waiting/questionnaire")
    assert begun.headers["Location"] == "/questionnaire"
    assert "/waiting/questionnaire" not in (await browser.get("/waiting")).text
    first = (await browser.get("/questionnaire")).headers["Location"]
    assert first == "/questionnaire/contact"
    refused = await browser.post(first, {"choice": "perhaps"})
    assert refused.status_code == 422
    last = await answer_all(browser, first)
    assert "Tak for dine svar" in last.text
    assert (await Answer.objects().get(Answer.question == "contact")) is not None
    assert await questionnaire.may_begin(call, browser.clock.now) is False
