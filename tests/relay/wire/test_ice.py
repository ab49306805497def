"""The ICE-lite agent and the stranger's bucket: pure state, no socket."""

import pytest
from aioice import stun

from app.buckets import Bucket
from app.realtime.relay.errors import Malformed
from app.realtime.relay.limits import Strangers
from app.realtime.relay.wire import ice

HOME, ROAD = ("192.0.2.10", 5000), ("198.51.100.7", 6000)
REMOTE = ice.Credentials("theirs", "their password")


def check(local: ice.Credentials, *, nominate: bool = False, password: str | None = None) -> stun.Message:
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["USERNAME"] = f"{local.ufrag}:{REMOTE.ufrag}"
    if nominate:
        request.attributes["USE-CANDIDATE"] = None
    request.add_message_integrity((password or local.password).encode())
    return ice.parse_message(bytes(request))


def agent() -> ice.IceLite:
    return ice.IceLite(REMOTE, 0.0)


def respond(request: bytes, password: str = REMOTE.password) -> stun.Message:
    response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, ice.parse_message(request).transaction_id)
    response.add_message_integrity(password.encode())
    return ice.parse_message(bytes(response))


def nominate(lite: ice.IceLite, address: ice.Address, now: float, *, answers: bool = True) -> list[bytes]:
    """The browser nominates the address and, if it is there, answers what it is asked; the requests it got."""
    lite.answer(check(lite.current, nominate=True), address, now)
    requests = [request for request, to in lite.due(now) if to == address]
    for request in requests if answers else ():
        assert lite.accept_response(respond(request), address, now)
    return requests


def test_check_is_answered_with_the_address_seen() -> None:
    lite = agent()
    answer = lite.answer(check(lite.current), HOME, 1.0)
    assert answer is not None
    assert ice.parse_message(answer).attributes["XOR-MAPPED-ADDRESS"] == HOME
    assert (lite.address, lite.coming) == (None, HOME)
    assert lite.last_heard == 1.0


def test_check_with_a_wrong_password_changes_nothing() -> None:
    lite = agent()
    assert lite.answer(check(lite.current, password="guess"), HOME, 1.0) is None
    assert lite.address is None
    assert lite.last_heard == 0.0


def test_an_answered_nomination_moves_the_address_and_a_plain_check_does_not() -> None:
    lite = agent()
    nominate(lite, HOME, 1.0)
    assert lite.address == HOME
    lite.answer(check(lite.current), ROAD, 1.1)
    assert lite.due(1.1) == []
    assert nominate(lite, ROAD, 1.2)
    assert lite.address == ROAD


def test_packets_go_on_to_where_they_went_until_the_new_address_answers() -> None:
    lite = agent()
    nominate(lite, HOME, 1.0)
    (request,) = nominate(lite, ROAD, 1.1, answers=False)
    assert (lite.address, lite.coming) == (HOME, ROAD)
    for answer, where in ((respond(request, "guess"), ROAD), (respond(request), HOME)):
        assert not lite.accept_response(answer, where, 1.1)
    assert lite.address == HOME
    assert lite.accept_response(respond(request), ROAD, 1.1)
    assert lite.address == ROAD


def test_media_from_a_nominated_address_that_answered_moves_back_at_once() -> None:
    lite = agent()
    for address in (HOME, ROAD):
        nominate(lite, address, 1.0)
    lite.heard_elsewhere(("203.0.113.1", 1), 2.0)
    assert (lite.address, lite.coming) == (ROAD, None)
    lite.heard_elsewhere(HOME, 2.0)
    assert lite.address == HOME


def test_an_address_that_answers_nothing_gets_two_kilobytes_and_is_forgotten() -> None:
    lite = agent()
    got = len(b"".join(nominate(lite, ROAD, 1.0, answers=False)))
    for tick in range(51, 1_500):
        got += sum(len(request) for request, to in lite.due(tick / 50) if to == ROAD)
        got += 1_000 if lite.nearest == ROAD and lite.may_send(ROAD, 1_000) else 0
    assert 1_000 < got <= 2_000
    assert (lite.address, lite.coming) == (None, None)
    for second in range(30, 90):
        got += len(b"".join(nominate(lite, ROAD, second, answers=False)))
        assert not lite.may_send(ROAD, 1_000)
    assert got <= 2_000 + 60 * 110, "who claims it again and again sends as much"


def test_an_address_that_answers_no_longer_gets_nothing_until_it_does() -> None:
    lite = agent()
    nominate(lite, HOME, 0.0)
    for tick in range(1, 48):
        lite.last_heard = tick / 4
        for request, to in lite.due(tick / 4):
            assert to == HOME
            if tick < 20:
                lite.accept_response(respond(request), HOME, tick / 4)
    assert lite.address == HOME
    requests = [request for tick in range(48, 64) for request, _ in lite.due(tick / 4)]
    assert [lite.address, lite.coming] == [None, HOME]
    assert lite.accept_response(respond(requests[-1]), HOME, 16.0)
    assert lite.address == HOME


def test_our_own_standstill_costs_nobody_the_address() -> None:
    lite = agent()
    nominate(lite, HOME, 0.0)
    lite.forgive(100.0)
    lite.due(100.0)
    assert lite.address == HOME


def test_a_check_that_wants_the_unknown_understood_is_refused_with_its_name() -> None:
    lite = agent()
    plain = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    plain.attributes["USERNAME"] = f"{lite.current.ufrag}:theirs"
    data = bytes(plain) + b"\x7f\x01\x00\x02ab\x00\x00" + b"\xc0\x70\x00\x00"
    data += b"\x00\x08\x00\x14" + stun.message_integrity(data, lite.current.password.encode())
    data = stun.set_body_length(data, len(data) - 20)
    assert ice.unknown_attributes(data) == [0x7F01]
    answer = lite.answer(ice.parse_message(data), HOME, 1.0, ice.unknown_attributes(data))
    assert answer is not None
    read = ice.parse_message(answer)
    assert read.check_message_integrity(lite.current.password.encode())
    assert (read.message_class, read.error_code) == (stun.Class.ERROR, 420)
    assert read.transaction_id == plain.transaction_id
    assert b"\x00\x0a\x00\x02\x7f\x01" in answer
    assert lite.coming is None
    assert ice.unknown_attributes(bytes(check(lite.current, nominate=True))) == []


def test_restart_accepts_new_and_previous_credentials_but_no_older() -> None:
    lite = agent()
    oldest = lite.current
    lite.restart(REMOTE)
    previous = lite.current
    lite.restart(REMOTE)
    assert lite.answer(check(oldest), HOME, 1.0) is None
    assert lite.answer(check(previous), HOME, 1.0) is not None
    assert lite.answer(check(lite.current), HOME, 1.0) is not None


def test_silent_browser_is_asked_and_its_answer_counts_as_heard() -> None:
    lite = agent()
    nominate(lite, HOME, 0.0)
    assert lite.due(0.4) == []
    ((request, to),) = lite.due(1.0)
    assert to == HOME
    assert lite.due(1.2) == []
    assert ice.parse_message(request).check_message_integrity(REMOTE.password.encode())
    for password, accepted in (("guess", False), (REMOTE.password, True)):
        assert lite.accept_response(respond(request, password), HOME, 1.25) is accepted
    assert lite.last_heard == 1.25
    assert lite.rtt == pytest.approx(0.25)


@pytest.mark.parametrize("size", [548, 1_000, 1_480])
def test_a_check_may_fill_a_datagram(size: int) -> None:
    """Chromium can carry its DTLS handshake in checks (0xC070)."""
    lite = agent()
    plain = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    plain.attributes["USERNAME"] = f"{lite.current.ufrag}:theirs"
    data = bytes(plain) + b"\xc0\x70" + size.to_bytes(2, "big") + bytes(size)
    data += b"\x00\x08\x00\x14" + stun.message_integrity(data, lite.current.password.encode())
    data = stun.set_body_length(data, len(data) - 20)
    assert ice.local_ufrag(data) == lite.current.ufrag
    assert lite.answer(ice.parse_message(data), HOME, 1.0, ice.unknown_attributes(data)) is not None


def test_ufrag_is_read_without_parsing_the_rest() -> None:
    lite = agent()
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.attributes["PRIORITY"] = 1
    request.attributes["USERNAME"] = f"{lite.current.ufrag}:theirs"
    assert ice.local_ufrag(bytes(request)) == lite.current.ufrag


@pytest.mark.parametrize("data", [b"", b"\x00\x01" + bytes(18), b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12)])
def test_anything_but_a_binding_request_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        ice.local_ufrag(data)


def test_mapped_ipv4_is_told_as_ipv4() -> None:
    assert ice.plain_address(("::ffff:192.0.2.1", 5, 0, 0)) == ("192.0.2.1", 5)
    assert ice.plain_address(("2001:db8::1", 5, 0, 0)) == ("2001:db8::1", 5)


def test_bucket_allows_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=3)
    assert [bucket.take(1.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(1.1)
    assert not bucket.take(1.1)


def test_strangers_are_limited_each_and_forgotten_in_order() -> None:
    strangers = Strangers(rate=1, burst=1, size=2)
    assert strangers.allow("a", 1.0)
    assert not strangers.allow("a", 1.0)
    assert strangers.allow("b", 1.0)
    assert strangers.allow("c", 1.0)
    assert len(strangers) == 2
    assert not strangers.allow("c", 1.0)
