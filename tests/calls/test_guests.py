"""Third parties of a call: invited by a link, let in by staff, and once removed without a way back."""

import asyncio
import re
from datetime import datetime, timedelta

import pytest

from app.clinic.calls import call as calls
from app.clinic.calls import guests
from app.clinic.calls.guests import Invitation
from app.clinic.calls.tables import Call, Guest
from app.clinic.errors import Conflict, Invalid, NotFound, TooLate
from app.clinic.messages import outbox
from app.clinic.messages.tables import Message
from app.clinic.people.who import GuestWho
from tests.calls.test_call import waiting
from tests.cast import Cast, who

ANE = Invitation("Ane Tolk", "interpreter", "22 33 44 55")


@pytest.fixture
async def call(cast: Cast, now: datetime) -> Call:
    """The doctor rings the patient."""
    place = await waiting(cast, now)
    return await calls.call_in(place.id, who(cast.doctor), now)


async def token_sent(number: int = -1) -> str:
    """The secret in the newest invitation's link."""
    messages = await Message.objects().where(Message.purpose == "guest_invitation").order_by(Message.created_at)
    found = re.search(r"/g/(\S+)", outbox.opened(messages[number]).body)
    assert found
    return found.group(1)


async def fresh(guest: Guest) -> Guest:
    found = await Guest.objects().get(Guest.id == guest.id)
    assert found is not None
    return found


async def session(secret: str, now: datetime) -> GuestWho:
    found = await guests.who(secret, now)
    assert found is not None
    return found


async def test_the_invitation_goes_out_by_sms_or_mail(cast: Cast, call: Call, now: datetime) -> None:
    await guests.invite(call, who(cast.doctor), ANE, now)
    await guests.invite(call, who(cast.doctor), Invitation("Bo", "relative", " Bo@Example.dk "), now)
    sent = await Message.objects().order_by(Message.channel)
    assert [(message.channel, message.recipient) for message in sent] == [
        ("email", "bo@example.dk"),
        ("sms", "+4522334455"),
    ]
    assert (await guests.open_link(await token_sent(), now)).state == "open"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Invitation("  ", "relative", "22334455"), "name"),
        (Invitation("Bo", "spy", "22334455"), "kind"),
        (Invitation("Bo", "relative", "2233"), "to"),
        (Invitation("Bo", "relative", "bo@nowhere"), "to"),
    ],
)
async def test_what_is_missing_is_named(cast: Cast, call: Call, now: datetime, wanted: Invitation, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await guests.invite(call, who(cast.doctor), wanted, now)
    assert refusal.value.field == field
    assert not await Guest.count()


async def test_a_call_has_room_for_eight_however_many_are_invited_at_once(
    cast: Cast, call: Call, now: datetime
) -> None:
    tries = [guests.invite(call, who(cast.doctor), ANE, now) for _each in range(9)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, Guest) for result in results) == 6
    assert sum(isinstance(result, Conflict) for result in results) == 3


async def test_nobody_is_invited_to_a_call_that_is_over(cast: Cast, call: Call, now: datetime) -> None:
    await calls.hang_up(call, who(cast.doctor), now)
    with pytest.raises(TooLate):
        await guests.invite(call, who(cast.doctor), ANE, now)


async def test_a_guest_waits_until_let_in(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    with pytest.raises(TooLate):
        await guests.admit(guest, now)
    secret = await guests.come(guest, "", now)
    assert (await fresh(guest)).state == "lobby"
    await guests.admit(guest, now)
    await guests.admit(guest, now)
    assert (await guests.as_guest(await session(secret, now))).state == "present"
    assert await guests.joined(call.id)


async def test_another_device_with_the_same_link_begins_in_the_lobby(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    first = await guests.come(guest, "", now)
    await guests.admit(guest, now)
    assert await guests.come(await fresh(guest), first, now) == first, "the same device stays in"
    second = await guests.come(await fresh(guest), "", now)
    assert (await fresh(guest)).state == "lobby"
    assert await guests.who(first, now) is None
    assert await guests.who(second, now)


async def test_a_removed_guest_has_no_way_back(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    token = await token_sent()
    secret = await guests.come(guest, "", now)
    await guests.admit(guest, now)
    known = await session(secret, now)
    await guests.remove(guest, now)
    await guests.remove(guest, now)
    assert (await guests.open_link(token, now)).state == "removed"
    assert await guests.who(secret, now) is None
    with pytest.raises(NotFound):
        await guests.as_guest(known)
    for before in (secret, ""):
        with pytest.raises(TooLate):
            await guests.come(await fresh(guest), before, now)
    with pytest.raises(TooLate):
        await guests.admit(guest, now)
    (message,) = await Message.objects()
    assert message.state == "replaced", "the link is not sent any more"
    assert not await guests.of_call(call.id)


async def test_holding_and_muting_are_taken_back(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    with pytest.raises(TooLate):
        await guests.hold(guest, now, on=True)
    await guests.come(guest, "", now)
    await guests.admit(guest, now)
    await guests.hold(guest, now, on=True)
    await guests.mute(guest, now, on=True)
    held = await fresh(guest)
    assert (held.state, held.is_muted) == ("on_hold", True)
    await guests.hold(guest, now, on=False)
    await guests.mute(guest, now, on=False)
    back = await fresh(guest)
    assert (back.state, back.is_muted) == ("present", False)


async def test_who_left_waits_in_the_lobby_again(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    secret = await guests.come(guest, "", now)
    await guests.admit(guest, now)
    await guests.leave(guest, now)
    assert (await fresh(guest)).state == "left"
    await guests.come(await fresh(guest), secret, now)
    assert (await fresh(guest)).state == "lobby"


async def test_the_link_ends_with_the_call(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    token = await token_sent()
    secret = await guests.come(guest, "", now)
    await calls.hang_up(call, who(cast.doctor), now)
    assert (await guests.open_link(token, now)).state == "over"
    assert (await guests.open_link("cut", now)).state == "unknown"
    assert await guests.who(secret, now + timedelta(hours=12)) is None


async def test_another_clinic_knows_no_such_guest(cast: Cast, call: Call, now: datetime) -> None:
    guest = await guests.invite(call, who(cast.doctor), ANE, now)
    with pytest.raises(NotFound):
        await guests.guest_for(who(cast.outsider), guest.id)
    assert (await guests.guest_for(who(cast.colleague), guest.id)).name == "Ane Tolk"
