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


def test_check_is_answered_with_the_address_seen() -> None:
    lite = agent()
    answer = lite.answer(check(lite.current), HOME, 1.0)
    assert answer is not None
    assert ice.parse_message(answer).attributes["XOR-MAPPED-ADDRESS"] == HOME
    assert lite.address == HOME
    assert lite.last_heard == 1.0


def test_check_with_a_wrong_password_changes_nothing() -> None:
    lite = agent()
    assert lite.answer(check(lite.current, password="guess"), HOME, 1.0) is None
    assert lite.address is None
    assert lite.last_heard == 0.0


def test_nomination_moves_the_address_and_a_plain_check_does_not() -> None:
    lite = agent()
    lite.answer(check(lite.current), HOME, 1.0)
    lite.answer(check(lite.current), ROAD, 1.1)
    assert lite.address == HOME
    lite.answer(check(lite.current, nominate=True), ROAD, 1.2)
    assert lite.address == ROAD


def test_media_from_a_nominated_address_moves_back() -> None:
    lite = agent()
    for address in (HOME, ROAD):
        lite.answer(check(lite.current, nominate=True), address, 1.0)
    lite.heard(("203.0.113.1", 1), 2.0)
    assert lite.address == ROAD
    lite.heard(HOME, 2.0)
    assert lite.address == HOME


def test_restart_accepts_new_and_previous_credentials_but_no_older() -> None:
    lite = agent()
    oldest = lite.current
    lite.restart(REMOTE)
    previous = lite.current
    lite.restart(REMOTE)
    assert lite.answer(check(oldest), HOME, 1.0) is None
    assert lite.answer(check(previous), HOME, 1.0) is not None
    assert lite.answer(check(lite.current), HOME, 1.0) is not None


def test_silent_browser_is_probed_and_its_answer_counts_as_heard() -> None:
    lite = agent()
    lite.answer(check(lite.current), HOME, 0.0)
    assert lite.probe(0.4) is None
    request = lite.probe(1.0)
    assert request is not None
    assert lite.probe(1.2) is None
    asked = ice.parse_message(request)
    assert asked.check_message_integrity(REMOTE.password.encode())
    for password, accepted in (("guess", False), (REMOTE.password, True)):
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, asked.transaction_id)
        response.add_message_integrity(password.encode())
        assert lite.accept_response(ice.parse_message(bytes(response)), 1.25) is accepted
    assert lite.last_heard == 1.25
    assert lite.rtt == pytest.approx(0.25)


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
