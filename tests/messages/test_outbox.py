"""The outbox: what is queued, what staff may read of it, and sending it again."""

import asyncio
from datetime import datetime, timedelta

import pytest

from app.clinic.change import change, listening
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.events import Event, MessageChanged
from app.clinic.messages import deliveries, outbox, outbox_view
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Guardian, Patient
from tests.cast import Cast, who

LINK = "http://testserver.local/j/aB3-_aB3-_aB3-_aB3-_xy"


async def confirm(cast: Cast, now: datetime) -> list[Message]:
    values: dict[str, str | datetime] = {"link": LINK, "code": "K7M2-9QXA", "starts_at": now + timedelta(hours=2)}
    return await outbox.queue(
        outbox.Draft(cast.clinic, "confirmation", values, patient=cast.patient, about=cast.patient.id), now
    )


async def test_a_patient_with_phone_and_email_is_told_by_both(cast: Cast, now: datetime) -> None:
    messages = await confirm(cast, now)
    assert {(message.channel, message.recipient) for message in messages} == {
        ("sms", "+4520123456"),
        ("email", "jens@example.dk"),
    }
    assert {message.state for message in messages} == {"queued"}


async def test_the_words_are_in_the_patients_language_and_danish_time(cast: Cast, now: datetime) -> None:
    await confirm(cast, now)
    sms = next(message for message in await outbox_view.read(who(cast.doctor), now) if message.channel == "sms")
    assert sms.body.startswith(f"{LINK}\n")
    assert "i dag kl. 11.00" in sms.body
    assert sms.link == LINK
    assert sms.after_link.startswith("Videotid") or sms.after_link.startswith("Du har en videotid")


async def test_nothing_readable_is_kept_in_the_database(cast: Cast, now: datetime) -> None:
    for message in await confirm(cast, now):
        row = await Message.select().where(Message.id == message.id).first()
        assert row is not None
        assert LINK not in str(row)
        assert "K7M2" not in str(row)


async def test_a_patient_nobody_can_reach_gives_no_message(cast: Cast, now: datetime) -> None:
    cast.patient.phone = cast.patient.email = ""
    assert await confirm(cast, now) == []


async def test_another_recipient_decides_the_channel(cast: Cast, now: datetime) -> None:
    [sms] = await outbox.queue(
        outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child, recipient=cast.guardian.phone), now
    )
    [mail] = await outbox.queue(
        outbox.Draft(cast.clinic, "staff_invitation", {"link": LINK}, recipient="ny@nordby.example"), now
    )
    assert (sms.channel, sms.recipient) == ("sms", "+4531223344")
    assert (mail.channel, mail.recipient) == ("email", "ny@nordby.example")


async def test_only_the_wanted_channels_are_used(cast: Cast, now: datetime) -> None:
    [message] = await outbox.queue(
        outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.patient, channels=("sms",)), now
    )
    assert message.channel == "sms"


async def _book_in_vain(cast: Cast, now: datetime) -> None:
    async with change():
        await confirm(cast, now)
        raise RuntimeError("the booking failed")


async def test_a_message_of_a_change_that_failed_was_never_queued(cast: Cast, now: datetime) -> None:
    heard: list[Event] = []
    async with listening(heard.append):
        with pytest.raises(RuntimeError):
            await _book_in_vain(cast, now)
    assert await Message.count() == 0
    assert heard == []


async def test_queueing_is_announced_after_the_commit(cast: Cast, now: datetime) -> None:
    heard: list[Event] = []
    async with listening(heard.append):
        messages = await confirm(cast, now)
    assert heard == [MessageChanged(cast.clinic.id, message.id) for message in messages]


async def test_staff_read_their_own_clinics_messages_newest_first(cast: Cast, now: datetime) -> None:
    await confirm(cast, now)
    await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now + timedelta(minutes=1))
    read = await outbox_view.read(who(cast.secretary), now)
    assert [message.name for message in read] == ["Alma Lind", "Jens Hansen", "Jens Hansen"]
    assert await outbox_view.read(who(cast.outsider), now) == []


async def test_older_messages_are_read_page_by_page(cast: Cast, now: datetime) -> None:
    for minute in range(3):
        await outbox.queue(
            outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now + timedelta(minutes=minute)
        )
    first = await outbox_view.read(who(cast.doctor), now, limit=2)
    rest = await outbox_view.read(who(cast.doctor), now, before=first[-1].created_at)
    assert len(first) == 2
    assert [message.created_at for message in rest] == [now]


async def test_somebody_elses_message_is_not_found(cast: Cast, now: datetime) -> None:
    [message, _] = await confirm(cast, now)
    assert (await outbox.message_for(who(cast.doctor), message.id)).id == message.id
    with pytest.raises(NotFound):
        await outbox.message_for(who(cast.outsider), message.id)


async def _carry(message: Message, now: datetime, verb: str = "sent") -> None:
    envelope = await deliveries.claim("sms", now) or await deliveries.claim("email", now)
    assert envelope is not None
    assert envelope.id == message.id
    if verb == "sent":
        await deliveries.sent(envelope, "gw-1", now)
    elif verb == "shown":
        await deliveries.shown(envelope, now)
    else:
        await deliveries.failed(envelope, "number_refused", now)


async def test_a_code_on_its_way_is_nobodys_at_the_desk(cast: Cast, now: datetime) -> None:
    [code] = await outbox.queue(
        outbox.Draft(cast.clinic, "sign_in_code", {"code": "123456"}, patient=cast.patient, channels=("sms",)), now
    )
    await _carry(code, now)
    [read] = await outbox_view.read(who(cast.superuser), now)
    assert read.hidden
    assert read.body == ""


async def test_a_code_that_only_the_outbox_can_hand_over_is_readable(cast: Cast, now: datetime) -> None:
    [code] = await outbox.queue(
        outbox.Draft(cast.clinic, "sign_in_code", {"code": "123456"}, patient=cast.patient, channels=("sms",)), now
    )
    await _carry(code, now, "shown")
    [read] = await outbox_view.read(who(cast.secretary), now)
    assert "123456" in read.body


async def test_a_colleagues_invitation_is_the_superusers_to_hand_over(cast: Cast, now: datetime) -> None:
    [invitation] = await outbox.queue(
        outbox.Draft(cast.clinic, "staff_invitation", {"link": LINK}, recipient="ny@nordby.example", language="da"), now
    )
    await _carry(invitation, now, "shown")
    [seen_by_doctor] = await outbox_view.read(who(cast.doctor), now)
    [seen_by_superuser] = await outbox_view.read(who(cast.superuser), now)
    assert seen_by_doctor.hidden
    assert seen_by_superuser.link == LINK


async def test_a_failed_message_is_sent_again_and_no_longer_a_trouble(cast: Cast, now: datetime) -> None:
    sms = next(message for message in await confirm(cast, now) if message.channel == "sms")
    await _carry(sms, now, "failed")
    assert await outbox.count_trouble(cast.clinic.id) == 1
    later = now + timedelta(minutes=2)
    failed = await outbox.message_for(who(cast.doctor), sms.id)
    copy = await outbox.send_again(failed, "sms", later)
    assert copy.id != sms.id
    assert outbox.opened(copy).body == outbox.opened(sms).body
    assert await outbox.count_trouble(cast.clinic.id) == 0
    told = await outbox_view.read(who(cast.doctor), later)
    assert [(message.channel, message.state) for message in told if message.channel == "sms"] == [
        ("sms", "queued"),
        ("sms", "replaced"),
    ]


async def test_a_message_goes_by_the_other_channel_in_that_channels_words(cast: Cast, now: datetime) -> None:
    sms = next(message for message in await confirm(cast, now) if message.channel == "sms")
    await _carry(sms, now)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    copy = await outbox.send_again(sms, "email", now + timedelta(minutes=1))
    assert copy.recipient == "jens@example.dk"
    assert copy.subject
    assert outbox.opened(copy).body.startswith(f"{LINK}\n\nHej")
    assert "tirsdag den 24. november kl. 11.00" in outbox.opened(copy).body


async def test_a_double_click_sends_once(cast: Cast, now: datetime) -> None:
    [sms] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    await _carry(sms, now)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    later = now + timedelta(minutes=1)
    await outbox.send_again(sms, "sms", later)
    with pytest.raises(Conflict):
        await outbox.send_again(sms, "sms", later + timedelta(seconds=1))
    assert await Message.count() == 2


async def test_two_who_press_at_once_send_once(cast: Cast, now: datetime) -> None:
    [sms] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    await _carry(sms, now)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    later = now + timedelta(minutes=1)
    presses = (outbox.send_again(sms, "sms", later) for _each in range(4))
    tried = await asyncio.gather(*presses, return_exceptions=True)
    assert sorted(type(each).__name__ for each in tried) == ["Conflict"] * 3 + ["Message"]
    assert await Message.count() == 2


async def test_what_would_only_confuse_is_not_sent_again(cast: Cast, now: datetime) -> None:
    [turn] = await outbox.queue(outbox.Draft(cast.clinic, "your_turn", {"link": LINK}, patient=cast.child), now)
    late = now + timedelta(minutes=6)
    with pytest.raises(TooLate):
        await outbox.send_again(turn, "sms", late)
    await _carry(turn, now)
    [read] = await outbox_view.read(who(cast.doctor), late)
    assert not read.can_be_sent_again


async def test_a_link_that_was_lost_is_sent_again_until_the_appointment_is_over(cast: Cast, now: datetime) -> None:
    values: dict[str, str | datetime] = {"link": LINK, "starts_at": now + timedelta(days=5)}
    [sms] = await outbox.queue(outbox.Draft(cast.clinic, "confirmation", values, patient=cast.child), now)
    await _carry(sms, now)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    copy = await outbox.send_again(sms, "sms", now + timedelta(days=4))
    assert copy.state == "queued"
    with pytest.raises(TooLate):
        await outbox.send_again(sms, "sms", now + timedelta(days=5, hours=1))


async def test_an_unreadable_message_does_not_hide_the_others(cast: Cast, now: datetime) -> None:
    [broken] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    await Message.update({Message.body_encrypted: "A" * 60}).where(Message.id == broken.id)
    await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.second_patient), now)
    read = await outbox_view.read(who(cast.doctor), now)
    assert sorted(message.body == "" for message in read) == [False, True]


async def test_what_was_said_to_a_guardian_goes_to_the_guardian_by_the_other_channel(cast: Cast, now: datetime) -> None:
    await Guardian.update({Guardian.email: "karen@example.dk", Guardian.phone: "+4528282828"}).where(
        Guardian.id == cast.guardian.id
    )
    await Patient.update({Patient.email: "alma@example.dk"}).where(Patient.id == cast.child.id)
    [sms] = await outbox.queue(
        outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child, recipient="+4528282828"), now
    )
    await _carry(sms, now)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    copy = await outbox.send_again(sms, "email", now + timedelta(minutes=1))
    assert copy.recipient == "karen@example.dk"


async def test_what_is_still_on_its_way_is_not_sent_again(cast: Cast, now: datetime) -> None:
    [sms] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    with pytest.raises(Conflict):
        await outbox.send_again(sms, "sms", now + timedelta(minutes=1))


async def test_the_other_channel_needs_an_address(cast: Cast, now: datetime) -> None:
    [sms] = await outbox.queue(outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child), now)
    with pytest.raises(Invalid):
        await outbox.send_again(sms, "email", now + timedelta(minutes=1))
    [read] = await outbox_view.read(who(cast.doctor), now)
    assert read.other_channel is None


async def test_what_no_longer_holds_is_not_sent_again_until_it_stands_again(cast: Cast, now: datetime) -> None:
    told = await confirm(cast, now)
    await _carry(told[0], now, "failed")
    later = now + timedelta(minutes=1)
    async with change():
        await outbox.supersede(cast.patient.id, later)
    assert await outbox.count_trouble(cast.clinic.id) == 0
    read = await outbox_view.read(who(cast.doctor), later)
    assert {(each.state, each.can_be_sent_again) for each in read} == {("replaced", False)}
    assert any("Not sent" in each.reason for each in read)
    with pytest.raises(TooLate):
        await outbox.send_again(await outbox.message_for(who(cast.doctor), told[0].id), "sms", later)
    async with change():
        await outbox.stand_again(cast.patient.id, later)
    assert await outbox.count_trouble(cast.clinic.id) == 1


async def test_it_is_sent_again_to_the_corrected_phone(cast: Cast, now: datetime) -> None:
    sms = next(message for message in await confirm(cast, now) if message.channel == "sms")
    await _carry(sms, now, "failed")
    await Patient.update({Patient.phone: "+4526998876"}).where(Patient.id == cast.patient.id)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    assert (await outbox.send_again(sms, "sms", now + timedelta(minutes=1))).recipient == "+4526998876"


async def test_what_a_guardian_was_told_goes_to_the_guardian_s_corrected_phone(cast: Cast, now: datetime) -> None:
    await Patient.update({Patient.eid: "guardian", Patient.phone: ""}).where(Patient.id == cast.child.id)
    [sms] = await outbox.queue(
        outbox.Draft(cast.clinic, "sent_away", {}, patient=cast.child, recipient=cast.guardian.phone), now
    )
    await _carry(sms, now, "failed")
    await Guardian.update({Guardian.phone: "+4528282828"}).where(Guardian.id == cast.guardian.id)
    sms = await outbox.message_for(who(cast.doctor), sms.id)
    assert (await outbox.send_again(sms, "sms", now + timedelta(minutes=1))).recipient == "+4528282828"
