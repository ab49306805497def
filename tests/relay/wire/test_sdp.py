"""Offers that Chromium and Firefox really made, and what the relay makes of them."""

import re

import pytest

from app.realtime.relay.errors import BadOffer
from app.realtime.relay.wire import formats, sdp
from app.realtime.relay.wire.answer import Local, Sending, build_answer
from tests.relay.packets import offer_text

CHROMIUM = offer_text("chromium")
LOCAL = Local("ufrag", "password", "AA:BB", ["1 1 udp 1 192.0.2.1 9 typ host"], 1, 1)


def answer(text: str) -> str:
    offer = sdp.parse_offer(text)
    agreed = {each.mid: formats.choose_formats(each) for each in offer.sections if each.usable}
    sending = {each.mid: Sending(50, 51, "seat0") for each in offer.sections if each.receives}
    return build_answer(offer, agreed, sending, LOCAL)


def section(text: str, mid: str) -> list[str]:
    """The lines of one m-section."""
    parts = text.replace("\r\n", "\n").split("\nm=")
    return next(part.split("\n") for part in parts[1:] if f"\na=mid:{mid}\n" in f"{part}\n")


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_three_sections_send_and_all_seven_receive(browser: str) -> None:
    offer = sdp.parse_offer(offer_text(browser))
    assert [each.mid for each in offer.sections if each.sends] == ["0", "1", "2"]
    assert all(each.receives for each in offer.sections)
    assert len(offer.fingerprints) == 1


def test_chromium_gets_red_opus_vp8_and_h264_with_rtx() -> None:
    offer = sdp.parse_offer(offer_text("chromium"))
    assert formats.choose_formats(offer.sections[0]).payload_types == {"red": 63, "opus": 111}
    video = formats.choose_formats(offer.sections[1])
    assert list(video.payload_types) == ["VP8", "H264"]
    assert set(video.rtx) == set(video.payload_types.values())


def test_firefox_gets_rtx_although_it_writes_fmtp_before_rtpmap() -> None:
    offer = sdp.parse_offer(offer_text("firefox"))
    assert formats.choose_formats(offer.sections[0]).payload_types == {"opus": 109}
    assert formats.choose_formats(offer.sections[1]).rtx == {120: 124}


def test_answer_is_lite_passive_and_keeps_every_mid() -> None:
    text = answer(offer_text("firefox"))
    assert "a=ice-lite\r\n" in text
    assert "a=group:BUNDLE 0 1 2 3 4 5 6\r\n" in text
    assert text.count("a=setup:passive\r\n") == 7
    assert text.count("m=video 9 ") == 4
    assert "sdes:mid" not in text
    assert "transport-cc" not in text


def test_answer_mirrors_directions() -> None:
    text = answer(offer_text("chromium"))
    assert "a=sendrecv" in section(text, "1")
    assert "a=sendonly" in section(text, "3")


def test_answer_offers_red_before_opus_and_primary_ssrc_before_rtx() -> None:
    text = answer(offer_text("chromium"))
    assert section(text, "0")[0].endswith(" 63 111")
    lines = section(text, "1")
    assert lines.index("a=ssrc:50 cname:seat0") < lines.index("a=ssrc:51 cname:seat0")
    assert "a=ssrc-group:FID 50 51" in lines


def test_data_section_is_refused_in_its_place() -> None:
    text = offer_text("chromium").rstrip() + "\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:7\r\n"
    assert section(answer(text), "7")[0] == "application 0 UDP/DTLS/SCTP 0"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a=ice-ufrag", "a=x"),
        ("a=fingerprint", "a=x"),
        ("a=mid:1\r\n", "a=mid:0\r\n"),
        ("a=setup:actpass", "a=setup:passive"),
        ("m=audio 9", "m=audio nine"),
        ("a=rtpmap:", "a=rtpmap:x"),
        ("m=", "x="),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio 9 UDP/TLS/RTP/SAVPF 128"),
        ("a=rtpmap:111 opus/48000", "a=rtpmap:239 opus/48000"),
        ("a=rtpmap:111 opus/48000", "a=rtpmap:111 opus/0"),
        ("a=fmtp:111 ", "a=fmtp:-1 "),
        (f" {sdp.AUDIO_LEVEL}", f" urn:x\r\na=extmap:x {sdp.AUDIO_LEVEL}"),
        ("a=group:BUNDLE 0 1 2 3 4 5 6\r\n", ""),
        ("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 1"),
        ("a=mid:1\r\n", "a=mid:1\r\na=x\r\na=ice-lite\r\n"),
        ("a=mid:1\r\n", "a=mid:1\r\na=ssrc:4294967296 cname:x\r\n"),
        ("a=mid:1\r\n", "a=mid:1\r\na=ssrc:-1 cname:x\r\n"),
        ("a=mid:1\r\n", "a=mid:1\r\na=ssrc-group:FID 1 4294967296\r\n"),
    ],
)
def test_unusable_offer_is_refused(old: str, new: str) -> None:
    offered = offer_text("chromium")
    assert old in offered
    with pytest.raises(BadOffer):
        sdp.parse_offer(offered.replace(old, new))


def test_extensions_we_do_not_take_may_have_two_byte_ids() -> None:
    lines = "a=mid:1\r\na=extmap:200 urn:x\r\n"
    offer = sdp.parse_offer(offer_text("chromium").replace("a=mid:1\r\n", lines))
    assert formats.choose_formats(offer.sections[1]).extensions


@pytest.mark.parametrize("identifier", ["15", "200", "0", "3/recvonly"])
def test_an_extension_that_does_not_fit_one_byte_or_goes_one_way_is_left_out(identifier: str) -> None:
    text = re.sub(rf"a=extmap:\d+ {sdp.ABS_SEND_TIME}", f"a=extmap:{identifier} {sdp.ABS_SEND_TIME}", CHROMIUM)
    assert sdp.ABS_SEND_TIME not in answer(text)
    assert sdp.AUDIO_LEVEL in answer(text)


def test_nothing_is_agreed_on_that_changes_what_a_picture_means() -> None:
    assert "urn:3gpp:video-orientation" in CHROMIUM
    assert "urn:3gpp:video-orientation" not in answer(CHROMIUM)


def test_rtcp_must_be_offered_on_the_transport_of_rtp() -> None:
    first, second, rest = CHROMIUM.partition("a=rtcp-mux\r\n")
    assert second
    with pytest.raises(BadOffer, match="RTCP"):
        sdp.parse_offer(first + rest)


def test_one_section_needs_no_bundle_and_gets_none() -> None:
    alone = offer_text("chromium").partition("m=video")[0].replace("a=group:BUNDLE 0 1 2 3 4 5 6\r\n", "")
    assert "BUNDLE" not in answer(alone)
    assert section(answer(alone), "0")[0].startswith("audio 9 ")


def test_an_inactive_section_keeps_its_place() -> None:
    head, mid, screen = CHROMIUM.partition("a=mid:2\r\n")
    kept = section(answer(head + mid + screen.replace("a=sendrecv", "a=inactive", 1)), "2")
    assert kept[0].startswith("video 9 ")
    assert "a=inactive" in kept
    assert not any(line.startswith("a=ssrc:") for line in kept)


def test_a_section_without_dtls_is_refused_in_its_place() -> None:
    text = CHROMIUM.replace("m=video 9 UDP/TLS/RTP/SAVPF", "m=video 9 RTP/AVPF")
    assert section(answer(text), "1")[0].startswith("video 0 RTP/AVPF")


def test_only_offered_feedback_is_agreed_on() -> None:
    vp8 = str(formats.choose_formats(sdp.parse_offer(CHROMIUM).sections[1]).payload_types["VP8"])
    agreed = section(answer(CHROMIUM), "1")
    assert {f"a=rtcp-fb:{vp8} {each}" for each in ("goog-remb", "ccm fir", "nack", "nack pli")} <= set(agreed)
    assert "a=rtcp-rsize" in agreed
    less = CHROMIUM.replace(f"a=rtcp-fb:{vp8} goog-remb\r\n", "").replace("a=rtcp-rsize\r\n", "")
    agreed = section(answer(less), "1")
    assert f"a=rtcp-fb:{vp8} goog-remb" not in agreed
    assert f"a=rtcp-fb:{vp8} nack pli" in agreed
    assert "a=rtcp-rsize" not in agreed
    for_all = less.replace(f"a=rtcp-fb:{vp8} nack\r\n", "a=rtcp-fb:* goog-remb\r\n")
    agreed = section(answer(for_all), "1")
    assert f"a=rtcp-fb:{vp8} goog-remb" in agreed
    assert f"a=rtcp-fb:{vp8} nack" not in agreed


def test_the_stream_is_the_one_that_repairs_no_other_wherever_it_is_written() -> None:
    lines = "a=mid:1\r\na=ssrc-group:FID 7 8\r\na=ssrc:8 cname:x\r\na=ssrc:7 cname:x\r\n"
    assert sdp.parse_offer(CHROMIUM.replace("a=mid:1\r\n", lines)).sections[1].ssrc == 7


def test_red_is_for_sound_only() -> None:
    video = sdp.parse_offer(offer_text("chromium")).sections[1]
    vp8 = formats.choose_formats(video).payload_types["VP8"]
    video.payload_types.append(35)
    video.codecs[35] = sdp.Codec("red", 90000)
    video.parameters[35] = f"{vp8}/{vp8}"
    assert "red" not in formats.choose_formats(video).payload_types


def test_oversize_offer_is_refused() -> None:
    with pytest.raises(BadOffer):
        sdp.parse_offer("a=x\r\n" * 20_000)


def test_offer_without_vp8_is_refused() -> None:
    offer = sdp.parse_offer(offer_text("firefox").replace("VP8", "VP7"))
    with pytest.raises(BadOffer, match="video"):
        formats.choose_formats(offer.sections[1])
