"""The relay's answer to an offer (RFC 8829 section 5.3), written as an ICE-lite, DTLS-passive endpoint.

The relay never offers. Pure functions on text; knows no party and no socket.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.realtime.relay.wire.formats import Formats
from app.realtime.relay.wire.sdp import MID, ParsedOffer, Section

_ANSWERING = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
_VIDEO_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")


@dataclass(frozen=True, slots=True)
class Sending:
    """The stream the relay sends in a section: fixed SSRCs and a stream name shared by what belongs together."""

    ssrc: int
    rtx_ssrc: int
    stream: str


@dataclass(frozen=True, slots=True)
class Local:
    """The relay's own half of the transport."""

    ufrag: str
    password: str
    fingerprint: str
    candidates: Sequence[str]
    session: int
    version: int


def build_answer(
    offer: ParsedOffer, formats: Mapping[str, Formats], sending: Mapping[str, Sending], local: Local
) -> str:
    """The answer to `offer`; `formats` and `sending` by mid. Sections without formats are refused."""
    bundled = " ".join(each.mid for each in offer.sections if each.mid in formats and each.mid in offer.bundle)
    lines = [
        "v=0",
        f"o=- {local.session} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        *([f"a=group:BUNDLE {bundled}"] if bundled else []),
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]
    for section in offer.sections:
        chosen = formats.get(section.mid)
        if chosen is None:
            numbers = " ".join(map(str, section.payload_types)) or "0"
            lines += [f"m={section.kind} 0 {section.protocol} {numbers}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}"]
            continue
        lines += _answer_section(section, chosen, local)
        if section.mid in sending:
            lines += _answer_stream(sending[section.mid], with_rtx=bool(chosen.rtx))
    return "\r\n".join(lines) + "\r\n"


def _answer_section(section: Section, formats: Formats, local: Local) -> list[str]:
    numbers = [
        each
        for number in formats.payload_types.values()
        for each in (number, formats.rtx.get(number))
        if each is not None
    ]
    lines = [
        f"m={section.kind} 9 {section.protocol} {' '.join(map(str, numbers))}",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        *(f"a=candidate:{candidate}" for candidate in local.candidates),
        "a=end-of-candidates",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:passive",
        f"a=mid:{section.mid}",
        *(f"a=extmap:{number} {uri}" for uri, number in formats.extensions.items()),
        *([f"a=extmap:{section.mid_extension} {MID}"] if section.sends_unnamed and section.mid_extension else []),
        f"a={_ANSWERING[section.direction]}",
        "a=rtcp-mux",
        *(["a=rtcp-rsize"] if section.rtcp_rsize else []),
    ]
    for name, number in formats.payload_types.items():
        lines += _answer_codec(section, name, number, formats)
    return lines


def _answer_codec(section: Section, name: str, number: int, formats: Formats) -> list[str]:
    codec = section.codecs[number]
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    lines = [f"a=rtpmap:{number} {codec.name}/{codec.clock}{channels}"]
    match name:
        case "opus":
            # in-band FEC and DTX: a silent party costs 1 kbit/s, a lossy line conceals less
            lines.append(f"a=fmtp:{number} minptime=10;useinbandfec=1;usedtx=1")
        case "red":
            lines.append(f"a=fmtp:{number} {section.parameters[number]}")
        case "H264":
            profile = section.parameter(number, "profile-level-id")
            parameters = f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={profile}"
            lines.append(f"a=fmtp:{number} {parameters}")
    if name in ("VP8", "H264"):
        offered = (each for each in _VIDEO_FEEDBACK if section.offers_feedback(number, each))
        lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in offered]
    if (rtx := formats.rtx.get(number)) is not None:
        lines += [f"a=rtpmap:{rtx} rtx/{codec.clock}", f"a=fmtp:{rtx} apt={number}"]
    return lines


def _answer_stream(sending: Sending, *, with_rtx: bool) -> list[str]:
    """The relay's SSRCs (RFC 5576 section 4); the primary comes first, or Chromium shows no video."""
    lines = [f"a=msid:{sending.stream} {sending.stream}-{sending.ssrc}"]
    if with_rtx:
        lines.append(f"a=ssrc-group:FID {sending.ssrc} {sending.rtx_ssrc}")
    lines.append(f"a=ssrc:{sending.ssrc} cname:{sending.stream}")
    if with_rtx:
        lines.append(f"a=ssrc:{sending.rtx_ssrc} cname:{sending.stream}")
    return lines
