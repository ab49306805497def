"""A browser's offer: read into sections, decided upon, answered.

Covers what an offer to a forwarding relay needs of JSEP (RFC 8829) and BUNDLE (RFC 9143). Pure functions on text;
knows no party and no socket. An answer is final: the relay never offers, and nothing but ICE is ever renegotiated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.realtime.relay.errors import BadOffer

MAX_OFFER = 64 * 1024
MAX_SECTIONS = 32

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
ORIENTATION = "urn:3gpp:video-orientation"
# sdes:mid is left out on purpose: receivers would sort rewritten packets by the sender's mid.
EXTENSIONS = {"audio": (AUDIO_LEVEL, ABS_SEND_TIME), "video": (ABS_SEND_TIME, ORIENTATION)}

# what fits the packets: RFC 3550 section 5.1, and the one-byte header of RFC 8285 section 4.2
_PAYLOAD_TYPES, _EXTENSION_IDS, _SSRCS, _CLOCKS = range(128), range(1, 15), range(1 << 32), range(1, 1_000_000)
_ANSWERING = {"sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}
_VIDEO_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")


@dataclass(frozen=True, slots=True)
class Codec:
    """One rtpmap."""

    name: str
    clock: int
    channels: int = 1


@dataclass(slots=True)
class Section:
    """One m-section of the offer, as read."""

    kind: str
    protocol: str
    port: int
    payload_types: list[int]
    mid: str = ""
    direction: str = "sendrecv"
    bundle_only: bool = False
    codecs: dict[int, Codec] = field(default_factory=dict)
    parameters: dict[int, str] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    rtx_ssrcs: dict[int, int] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether the relay takes part in this section at all."""
        offered = self.port != 0 or self.bundle_only  # Firefox writes port 0 (RFC 9143 section 6)
        return self.kind in EXTENSIONS and offered and self.direction != "inactive"

    @property
    def sends(self) -> bool:
        """Whether the browser may send here, and says with which SSRC."""
        return self.usable and self.direction in ("sendrecv", "sendonly") and bool(self.ssrcs)

    @property
    def receives(self) -> bool:
        """Whether the browser is ready to receive here."""
        return self.usable and self.direction in ("sendrecv", "recvonly")

    def parameter(self, number: int, name: str) -> str:
        """One `name=value` of a payload type's format parameters, empty when absent."""
        for pair in self.parameters.get(number, "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key.lower() == name:
                return value
        return ""


@dataclass(slots=True)
class Offer:
    """A whole offer; ICE and DTLS attributes are the bundle's."""

    sections: list[Section]
    ufrag: str = ""
    password: str = ""
    setup: str = "actpass"
    fingerprints: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Formats:
    """What one section may carry: payload type by codec name ("opus", "red", "VP8", "H264") and RTX by payload type."""

    clock: int
    payload_types: Mapping[str, int]
    rtx: Mapping[int, int]
    extensions: Mapping[str, int]

    def codec_of(self, payload_type: int) -> str | None:
        """The codec's name, or None when `payload_type` was not agreed on."""
        for name, number in self.payload_types.items():
            if number == payload_type:
                return name
        return None

    def are_in(self, section: Section) -> bool:
        """Whether a later offer's section still has the codecs agreed on, so that it can be answered alike."""
        red = self.payload_types.get("red")
        numbers = self.payload_types.values()
        return section.codecs.keys() >= set(numbers) and (red is None or red in section.parameters)


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


def parse_offer(text: str) -> Offer:
    """Read an offer; raises BadOffer when it is not one a browser would make."""
    if len(text) > MAX_OFFER:
        raise BadOffer("offer too long")
    offer = Offer(sections=[])
    try:
        for line in text.splitlines():
            _read_line(offer, line)
    except (ValueError, IndexError) as error:
        raise BadOffer("offer is not valid SDP") from error
    if not offer.sections or len(offer.sections) > MAX_SECTIONS:
        raise BadOffer("offer has no sections, or too many")
    mids = [section.mid for section in offer.sections]
    if "" in mids or len(set(mids)) != len(mids):
        raise BadOffer("sections need distinct mids")
    if not (offer.ufrag and offer.password and offer.fingerprints):
        raise BadOffer("offer lacks ICE credentials or a fingerprint")
    if offer.setup not in ("actpass", "active"):
        raise BadOffer("the browser must be able to take the active DTLS role")
    return offer


def _number(text: str, allowed: range) -> int:
    """The number, if a packet can carry it; raises ValueError."""
    number = int(text)
    if number not in allowed:
        raise ValueError("number out of range")
    return number


def _read_line(offer: Offer, line: str) -> None:
    if line.startswith("m="):
        kind, port, protocol, *formats = line[2:].split()
        # another kind's formats (data) are names or ports, and it is answered with a refusal
        numbers = [_number(each, _PAYLOAD_TYPES) for each in formats] if kind in EXTENSIONS else []
        offer.sections.append(Section(kind, protocol, int(port), numbers))
    elif line.startswith("a="):
        name, _, value = line[2:].partition(":")
        if not _read_transport(offer, name, value) and offer.sections:
            section = offer.sections[-1]
            _read_section(section, name, value)
            if section.kind in EXTENSIONS:
                _read_media(section, name, value)


def _read_transport(offer: Offer, name: str, value: str) -> bool:
    """ICE (RFC 8839) and DTLS (RFC 8842) attributes; with BUNDLE the first of each counts for all."""
    match name:
        case "ice-ufrag":
            offer.ufrag = offer.ufrag or value.strip()
        case "ice-pwd":
            offer.password = offer.password or value.strip()
        case "setup":
            offer.setup = value.strip()
        case "fingerprint":
            algorithm, digest = value.split()
            if (algorithm.lower(), digest) not in offer.fingerprints:
                offer.fingerprints.append((algorithm.lower(), digest))
        case _:
            return False
    return True


def _read_section(section: Section, name: str, value: str) -> None:
    match name:
        case "mid":
            section.mid = value.strip()
        case "sendrecv" | "sendonly" | "recvonly" | "inactive":
            section.direction = name
        case "bundle-only":
            section.bundle_only = True


def _read_media(section: Section, name: str, value: str) -> None:
    match name:
        case "rtpmap":
            number, encoding = value.split()[:2]
            parts = encoding.split("/")
            codec = Codec(parts[0], _number(parts[1], _CLOCKS), int(parts[2]) if len(parts) > 2 else 1)
            section.codecs[_number(number, _PAYLOAD_TYPES)] = codec
        case "fmtp":
            number, _, parameters = value.partition(" ")
            # Firefox writes these before the rtpmap they belong to
            section.parameters[_number(number, _PAYLOAD_TYPES)] = parameters.strip()
        case "extmap":
            number, uri = value.split()[:2]
            # those we do not take may have two-byte ids
            if uri in EXTENSIONS[section.kind]:
                section.extensions[uri] = _number(number.split("/")[0], _EXTENSION_IDS)
        case "ssrc":
            if (ssrc := _number(value.split(maxsplit=1)[0], _SSRCS)) not in section.ssrcs:
                section.ssrcs.append(ssrc)
        case "ssrc-group":
            semantics, *ssrcs = value.split()
            if semantics == "FID":
                section.rtx_ssrcs[_number(ssrcs[0], _SSRCS)] = _number(ssrcs[1], _SSRCS)


def choose_formats(section: Section) -> Formats:
    """What this section will carry; Opus and VP8 are required of all, RED (of sound only) and H.264 when offered."""
    required = "opus" if section.kind == "audio" else "VP8"
    number = _first(section, required.lower())
    if number is None:
        raise BadOffer(f"offer lacks the codec required for {section.kind}")
    # in the order of the answer: browsers send the first they are offered
    chosen = {required: number}
    if section.kind == "video" and (h264 := _best_h264(section)) is not None:
        chosen["H264"] = h264
    red = _first(section, "red") if section.kind == "audio" else None
    if red is not None and section.parameters.get(red) == f"{number}/{number}":
        chosen = {"red": red, **chosen}
    extensions = {uri: section.extensions[uri] for uri in EXTENSIONS[section.kind] if uri in section.extensions}
    return Formats(section.codecs[number].clock, chosen, _rtx_of(section, list(chosen.values())), extensions)


def _rtx_of(section: Section, wanted: list[int]) -> dict[int, int]:
    """RTX payload types by the payload type they repair (RFC 4588 section 8.6)."""
    found: dict[int, int] = {}
    repaired = {str(each): each for each in wanted}
    for number, codec in section.codecs.items():
        apt = section.parameter(number, "apt")
        if codec.name.lower() == "rtx" and apt in repaired:
            found[repaired[apt]] = number
    return found


def _first(section: Section, name: str) -> int | None:
    for number in section.payload_types:
        if number in section.codecs and section.codecs[number].name.lower() == name:
            return number
    return None


def _best_h264(section: Section) -> int | None:
    """Constrained baseline in packetization mode 1, which every browser with H.264 has (RFC 7742 section 6.2)."""
    for profile in ("42e0", "4200"):
        for number in section.payload_types:
            codec = section.codecs.get(number)
            if codec is None or codec.name.upper() != "H264":
                continue
            if section.parameter(number, "packetization-mode") != "1":
                continue
            if section.parameter(number, "profile-level-id").lower().startswith(profile):
                return number
    return None


def build_answer(offer: Offer, formats: Mapping[str, Formats], sending: Mapping[str, Sending], local: Local) -> str:
    """The answer to `offer`; `formats` and `sending` by mid. Sections without formats are refused."""
    bundled = " ".join(section.mid for section in offer.sections if section.mid in formats)
    lines = [
        "v=0",
        f"o=- {local.session} {local.version} IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {bundled}",
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
        f"a={_ANSWERING[section.direction]}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
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
        lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in _VIDEO_FEEDBACK]
    if (rtx := formats.rtx.get(number)) is not None:
        lines += [f"a=rtpmap:{rtx} rtx/{codec.clock}", f"a=fmtp:{rtx} apt={number}"]
    return lines


def _answer_stream(sending: Sending, *, with_rtx: bool) -> list[str]:
    """The relay's SSRCs (RFC 5576); the primary comes first, or Chromium shows no video."""
    lines = [f"a=msid:{sending.stream} {sending.stream}-{sending.ssrc}"]
    if with_rtx:
        lines.append(f"a=ssrc-group:FID {sending.ssrc} {sending.rtx_ssrc}")
    lines.append(f"a=ssrc:{sending.ssrc} cname:{sending.stream}")
    if with_rtx:
        lines.append(f"a=ssrc:{sending.rtx_ssrc} cname:{sending.stream}")
    return lines
