"""Whole calls over real UDP, DTLS and SRTP on the loopback: forwarding, seats, recovery and the end."""

import asyncio
import itertools

import pytest

from app.realtime.relay import BadOffer, Party, Relay, RelayFull
from app.realtime.relay.bandwidth import TRIAL_BITRATE
from app.realtime.relay.wire import rtcp, rtp, sdp
from tests.relay.browser import Browser, Connect, Ears, until
from tests.relay.conftest import Ticking
from tests.relay.packets import VP8_KEY, offer_text, packet
from tests.relay.world import World


def audio(browser: Browser, sequence: int, payload: bytes) -> bytes:
    return packet(sequence, payload, ssrc=browser.microphone, payload_type=111)


async def hears(listener: Browser, speaker: Browser, sequence: int) -> None:
    """What `speaker` says now reaches `listener`."""
    payload = f"{speaker.name} {sequence}".encode()
    speaker.send_rtp(audio(speaker, sequence, payload))
    await until(lambda: listener.received(payload))


async def test_sound_and_picture_reach_the_other_party(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    await until(lambda: bo.listener.slots == {"0": "ann", "1": "ann", "2": "ann", "3": None, "4": None})
    await hears(bo, ann, 1)
    await hears(ann, bo, 1)
    await until(lambda: ann.was_asked_for_key_frame(ann.camera))
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera))
    await until(lambda: bo.received(VP8_KEY))
    assert ann.listener.states == bo.listener.states == ["connected"]


async def test_third_party_takes_the_spare_pair_and_gives_it_back(connect: Connect) -> None:
    ann, bo, cy = [await connect(name) for name in ("ann", "bo", "cy")]
    await until(lambda: ann.listener.slots.get("3") == ann.listener.slots.get("4") == "cy")
    assert ann.listener.slots["0"] == ann.listener.slots["1"] == "bo"
    await hears(ann, cy, 1)
    await hears(bo, cy, 2)
    cy.party.leave()
    await until(lambda: ann.listener.slots["3"] is None)
    assert cy.listener.states[-1] == "closed"
    await hears(ann, bo, 3)


async def test_a_party_without_a_seat_is_told_of_and_seated_by_the_next_restart(connect: Connect) -> None:
    ann, bo, cy = await connect("ann", spare_pairs=0), await connect("bo"), await connect("cy")
    await until(lambda: ann.listener.unseated == 1)
    ann.spare_pairs = 2
    await ann.negotiate(restart=True)
    await until(
        lambda: ann.listener.slots.get("3") == ann.listener.slots.get("4") == "cy" and ann.listener.unseated == 0
    )
    await ann.check()
    await hears(ann, cy, 1)
    await hears(ann, bo, 2)


async def test_a_muted_party_is_seen_but_not_heard(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    await hears(bo, ann, 1)
    ann.party.restrict(muted=True, on_hold=False)
    await until(lambda: bo.listener.slots["0"] is None and bo.listener.slots["1"] == "ann")
    ann.send_rtp(audio(ann, 2, b"whisper"))
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera))
    await until(lambda: bo.received(VP8_KEY))
    assert not bo.received(b"whisper")
    ann.party.restrict(muted=False, on_hold=False)
    await hears(bo, ann, 3)


async def test_a_party_on_hold_neither_hears_nor_is_heard(connect: Connect) -> None:
    ann, bo, cy = [await connect(name) for name in ("ann", "bo", "cy")]
    await hears(cy, ann, 1)
    cy.party.restrict(muted=False, on_hold=True)
    await until(lambda: set(cy.listener.slots.values()) == {None} and "cy" not in ann.listener.slots.values())
    ann.send_rtp(audio(ann, 2, b"between us"))
    await until(lambda: bo.received(b"between us"))
    cy.send_rtp(audio(cy, 1, b"hello?"))
    await hears(bo, ann, 3)
    assert not cy.received(b"between us") and not ann.received(b"hello?")
    cy.party.restrict(muted=False, on_hold=False)
    await hears(cy, ann, 4)
    await hears(ann, cy, 2)


async def test_lost_packet_is_asked_for_and_sent_again_hop_by_hop(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    for sequence in (1, 2, 4):
        ann.send_rtp(packet(sequence, VP8_KEY, ssrc=ann.camera))
    await until(lambda: rtcp.Nack(ann.camera, (3,)) in ann.rtcp)
    lost = packet(3, b"\x10\x01lost", ssrc=ann.camera)
    ann.send_rtp(rtp.rewrite(rtp.wrap_rtx(lost, rtp.parse(lost), 3), 97, 1, 0, ann.camera_rtx))
    await until(lambda: bo.received(b"\x10\x01lost"))
    there = rtp.parse(bo.rtp[-1])
    bo.send_rtcp(rtcp.nack(1, there.ssrc, [there.sequence]))
    await until(lambda: any(each.endswith(b"\x10\x01lost") and rtp.parse(each).payload_type == 97 for each in bo.rtp))


async def test_receivers_wish_for_a_key_frame_and_line_reach_the_sender(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera))
    await until(lambda: bo.received(VP8_KEY))
    ann.rtcp.clear()
    bo.send_rtcp(rtcp.picture_loss(1, rtp.parse(bo.rtp[-1]).ssrc) + rtcp.estimate(1, 2_000_000, []))
    await until(lambda: ann.was_asked_for_key_frame(ann.camera))
    await until(lambda: any(isinstance(item, rtcp.BitrateEstimate) and item.bitrate > 1_990_000 for item in ann.rtcp))


async def test_pictures_rest_for_a_thin_line_and_its_sender_keeps_a_little_in_hand(
    connect: Connect, clock: Ticking
) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera))
    await until(lambda: bo.received(VP8_KEY))
    bo.send_rtcp(rtcp.estimate(1, 800_000, []))

    def is_told() -> bool:
        clock.ahead += 0.02
        bo.send_rtcp(rtcp.estimate(1, 50_000, []))
        return not bo.listener.pictures

    await until(is_told)
    assert ann.listener.pictures
    await until(lambda: rtcp.BitrateEstimate(TRIAL_BITRATE) in [_rounded(item) for item in ann.rtcp])
    bo.rtp.clear()
    ann.send_rtp(packet(2, VP8_KEY, ssrc=ann.camera))
    await hears(bo, ann, 1)
    assert not bo.received(VP8_KEY)


async def test_a_full_line_gets_nothing_old_but_a_new_beginning(connect: Connect, clock: Ticking, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera))
    await until(lambda: bo.received(VP8_KEY))
    first, sent = rtp.parse(next(each for each in bo.rtp if each.endswith(VP8_KEY))), itertools.count(2)
    ann.rtcp.clear()

    def is_asked() -> bool:
        number = next(sent)
        clock.ahead += 0.1
        ann.send_rtp(packet(number, ssrc=ann.camera))
        block = rtcp.ReportBlock(first.ssrc, 128, number, first.sequence + 2 * number, 0, 0, 0)
        bo.send_rtcp(rtcp.receiver_report(1, [block]))
        relay._rooms["room"].tick_second(clock())
        return ann.was_asked_for_key_frame(ann.camera)

    await until(is_asked)
    bo.rtp.clear()
    ann.send_rtp(packet(next(sent), b"\x10\x01old", ssrc=ann.camera))
    ann.send_rtp(packet(next(sent), VP8_KEY, ssrc=ann.camera))
    await until(lambda: bo.received(VP8_KEY))
    assert not bo.received(b"\x10\x01old")


def _rounded(item: rtcp.Item) -> rtcp.Item:
    return rtcp.BitrateEstimate(round(item.bitrate, -3)) if isinstance(item, rtcp.BitrateEstimate) else item


async def test_late_joiner_causes_a_key_frame_to_be_asked_for(connect: Connect) -> None:
    ann = await connect("ann")
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera))
    ann.rtcp.clear()
    await connect("bo")
    await until(lambda: ann.was_asked_for_key_frame(ann.camera))


class Unnamed(Browser):
    """A client that leaves it to its packets to say what belongs in which section."""

    def offer(self) -> str:
        kept = [line for line in super().offer().splitlines() if not line.startswith(("a=ssrc:", "a=ssrc-group:"))]
        return "\r\n".join(kept).replace("a=rtcp-mux", f"a=rtcp-mux\r\na=extmap:4 {sdp.MID}") + "\r\n"


async def test_streams_that_no_offer_names_are_taken_by_their_mid_or_their_payload_type(
    connect: Connect, relay: Relay
) -> None:
    ann, bo = Unnamed("ann", 50_000), await connect("bo")
    await ann.connect(relay)
    await hears(bo, ann, 1)
    mid = {each: bytes((0x40, ord(each), 0, 0)) for each in "123"}
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.screen, extension=mid["2"]))
    ann.send_rtp(packet(1, VP8_KEY, ssrc=ann.camera, extension=mid["1"]))
    await until(lambda: ann.was_asked_for_key_frame(ann.camera) and ann.was_asked_for_key_frame(ann.screen))
    before = relay.counters["malformed"]
    ann.send_rtp(packet(1, VP8_KEY, ssrc=4242))
    ann.send_rtp(packet(1, VP8_KEY, ssrc=4243, extension=mid["3"]))
    await until(lambda: relay.counters["malformed"] == before + 2)
    for number, ssrc in ((2, ann.camera), (3, ann.screen)):
        ann.send_rtp(packet(number, VP8_KEY + bytes((number,)), ssrc=ssrc, extension=mid["1"]))
        await until(lambda number=number: bo.received(VP8_KEY + bytes((number,))))  # type: ignore[misc]
    assert not any(rtp.extension(each, 4) for each in bo.rtp), "a receiver would sort packets by the sender's mid"
    assert relay.counters["faults"] == 0
    await ann.goodbye()


async def test_ice_restart_from_another_network_keeps_dtls(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    await hears(bo, ann, 1)
    await ann.open()
    await ann.negotiate(restart=True)
    await ann.check()
    await hears(bo, ann, 2)
    await hears(ann, bo, 2)
    assert ann.listener.states == ["connected"]


async def test_silence_is_told_and_so_is_the_return(connect: Connect, clock: Ticking) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    ann.deaf = True

    def time_passes() -> bool:
        clock.ahead += 0.01
        return ann.listener.states[-1] == "reconnecting"

    await until(time_passes)
    assert bo.listener.states == ["connected"]
    await hears(bo, ann, 1)
    await until(lambda: ann.listener.states[-1] == "connected")


async def test_muted_party_that_answers_probes_is_not_called_silent(connect: Connect, clock: Ticking) -> None:
    ann = await connect("ann")
    before = clock.ahead

    def time_passes() -> bool:
        clock.ahead += 0.02
        return clock.ahead > before + 4

    await until(time_passes)
    assert ann.listener.states == ["connected"]


async def test_page_that_goes_leaves_the_room(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    await ann.goodbye()
    await until(lambda: ann.listener.states[-1] == "closed")
    await until(lambda: bo.listener.slots["0"] is None)
    assert relay.counters["parties"] == 1


async def test_newest_connection_of_a_person_wins(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    again = await connect("ann")
    assert ann.listener.states[-1] == "closed"
    assert relay.counters["parties"] == 2
    await hears(bo, again, 1)
    await hears(again, bo, 1)


async def test_fresh_offer_on_the_same_party_replaces_its_connection(connect: Connect, relay: Relay) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    fresh = Browser("ann", 90_000)
    fresh.listener = ann.listener
    await fresh.connect_as(ann.party)
    await hears(bo, fresh, 1)
    await hears(fresh, bo, 1)
    assert ann.listener.states == ["connected", "connecting", "connected"]
    assert relay.counters["parties"] == 2
    await fresh.goodbye()


async def test_call_over_the_limit_is_refused(relay: Relay) -> None:
    for name in ("ann", "bo", "cy"):
        await relay.join("room", name, Ears())
    with pytest.raises(RelayFull):
        await relay.join("room", "dan", Ears())
    await relay.join("room", "cy", Ears())
    await relay.join("another", "ann", Ears())
    with pytest.raises(RelayFull):
        await relay.join("a third", "ann", Ears())


async def test_bad_offer_changes_nothing(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    too_large = offer_text("chromium").replace("a=mid:1\r\n", "a=mid:1\r\na=ssrc:4294967296 cname:x\r\n")
    assert "4294967296" in too_large
    more = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:9\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
    sends_more = ann.offer().replace("a=group:BUNDLE", "a=group:BUNDLE 9") + more
    fewer = ann.offer().partition("m=video")[0]
    wrong = [("nonsense", False), (too_large, False)]
    wrong += [(each, True) for each in (offer_text("firefox"), sends_more, fewer)]
    for text, restart in wrong:
        with pytest.raises(BadOffer):
            await ann.party.negotiate(text, restart=restart)
    without_formats = "\r\n".join(line for line in ann.offer().splitlines() if "a=rtpmap" not in line) + "\r\n"
    with pytest.raises(BadOffer):
        await ann.party.negotiate(without_formats, restart=True)
    await hears(bo, ann, 1)


async def test_party_that_left_cannot_come_back_by_an_offer(relay: Relay) -> None:
    party = await relay.join("room", "ann", Ears())
    party.leave()
    party.leave()
    with pytest.raises(BadOffer):
        await party.negotiate(offer_text("firefox"), restart=False)
    assert relay.counters["rooms"] == 0


async def test_stats_name_every_stream(connect: Connect) -> None:
    ann, bo = await connect("ann"), await connect("bo")
    await hears(bo, ann, 1)
    assert isinstance(bo.party, Party)
    stats = bo.party.stats()
    assert stats.state == "connected"
    heard = [each for each in stats.streams if each.direction == "down" and each.kind == "microphone"]
    assert [(each.party, each.packets) for each in heard] == [("ann", 1)]


async def test_many_comings_and_goings_leave_nothing_behind(relay: Relay) -> None:
    for _ in range(200):
        for name in ("ann", "bo"):
            await (await relay.join("room", name, Ears())).negotiate(offer_text("chromium"), restart=False)
        for name in ("ann", "bo"):
            (await relay.join("room", name, Ears())).leave()
    await until(lambda: len(relay._tasks) == 1)
    assert relay._port.known == 0
    assert relay.counters["rooms"] == 0


async def test_stop_leaves_no_task_and_frees_the_port() -> None:
    before = asyncio.all_tasks()
    relay = Relay("127.0.0.1", 0, ["127.0.0.1"])
    await relay.start()
    party = await relay.join("room", "ann", Ears())
    await party.negotiate(offer_text("firefox"), restart=False)
    await relay.stop()
    assert asyncio.all_tasks() == before
    again = Relay("127.0.0.1", relay.port, ["127.0.0.1"])
    await again.start()
    await again.stop()


async def test_one_dual_stack_port_serves_ipv4_as_well() -> None:
    relay = Relay("::", 0, ["127.0.0.1"])
    try:
        await relay.start()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    browser = Browser("ann", 10_000)
    await browser.connect(relay)
    await browser.goodbye()
    await relay.stop()


@pytest.mark.parametrize("comes_back", ["by a restart", "by itself", "never"])
async def test_what_is_said_of_a_gap_in_anothers_line_puts_no_pictures_to_rest(comes_back: str) -> None:
    world = World(in_place=False)
    await world.open()
    connection = world.parties["bo"]._connection
    assert connection is not None
    connection.on_rtcp(rtcp.estimate(1, 800_000, []), world.now)
    if comes_back == "by a restart":
        await world.parties["ann"].negotiate(offer_text("chromium"), restart=True)
    if comes_back == "by itself":
        world.now += 2
        world.parties["ann"].tick_liveness(world.now)
        world.parties["ann"].forgive_silence(world.now)
        world.parties["ann"].tick_liveness(world.now)
    for _ in range(3):
        world.now += 0.9
        connection.on_rtcp(rtcp.estimate(1, 40_000, []), world.now)
        world.relay._rooms["room"].tick_second(world.now)
    assert world.parties["bo"].video_suspended is (comes_back == "never")
    await world.relay.stop()
