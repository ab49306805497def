"""A browser's offer, read into sections (RFC 8866 section 5).

Covers what an offer to a forwarding relay needs of JSEP (RFC 8829 section 5.8) and BUNDLE (RFC 9143 section 7). Pure
functions on text; what is agreed on is formats.py's to decide, and answer.py writes it down.
"""

from dataclasses import dataclass, field

from app.realtime.relay.errors import BadOffer

MAX_OFFER = 64 * 1024
MAX_SECTIONS = 32

ABS_SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
# MID is for senders that name no stream only: receivers would sort rewritten packets by it. Nor is what changes a
# picture's meaning (urn:3gpp:video-orientation): a receiver may not know it, and without it senders turn it themselves.
EXTENSIONS = {"audio": (AUDIO_LEVEL, ABS_SEND_TIME), "video": (ABS_SEND_TIME,)}

# what fits the packets: RFC 3550 section 5.1, and the one-byte header of RFC 8285 section 4.2
_PAYLOAD_TYPES, _EXTENSION_IDS, _SSRCS, _CLOCKS = range(128), range(1, 15), range(1 << 32), range(1, 1_000_000)


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
    rtcp_mux: bool = False
    rtcp_rsize: bool = False
    codecs: dict[int, Codec] = field(default_factory=dict)
    parameters: dict[int, str] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    rtx_ssrcs: dict[int, int] = field(default_factory=dict)
    feedback: dict[str, list[str]] = field(default_factory=dict)
    mid_extension: int = 0

    @property
    def usable(self) -> bool:
        """Whether the relay takes part in this section at all."""
        offered = self.port != 0 or self.bundle_only  # Firefox writes port 0 (RFC 9143 section 6)
        return self.kind in EXTENSIONS and offered and "SAVP" in self.protocol

    @property
    def sends(self) -> bool:
        """Whether the browser may send here, and says with which SSRC."""
        return self.may_send and self.ssrc != 0

    @property
    def sends_unnamed(self) -> bool:
        """Whether the browser may send here, and leaves it to the packets to say with which SSRC."""
        return self.may_send and not self.ssrcs

    @property
    def may_send(self) -> bool:
        """Whether the browser may send here."""
        return self.usable and self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """Whether the browser is ready to receive here."""
        return self.usable and self.direction in ("sendrecv", "recvonly")

    @property
    def ssrc(self) -> int:
        """The first stream that is not there to repair another, wherever it is written; 0 when none is."""
        return next((each for each in self.ssrcs if each not in self.rtx_ssrcs.values()), 0)

    def offers_feedback(self, number: int, feedback: str) -> bool:
        """Whether this RTCP feedback was offered for a payload type (RFC 4585 section 4.2)."""
        return feedback in (*self.feedback.get(str(number), ()), *self.feedback.get("*", ()))

    def parameter(self, number: int, name: str) -> str:
        """One `name=value` of a payload type's format parameters, empty when absent."""
        for pair in self.parameters.get(number, "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key.lower() == name:
                return value
        return ""


@dataclass(slots=True)
class ParsedOffer:
    """A whole offer; ICE and DTLS attributes are the bundle's."""

    sections: list[Section]
    ufrag: str = ""
    password: str = ""
    setup: str = "actpass"
    lite: bool = False
    bundle: frozenset[str] = frozenset()
    fingerprints: list[tuple[str, str]] = field(default_factory=list)


def parse_offer(text: str) -> ParsedOffer:
    """Read an offer; raises BadOffer when it is not one a browser would make."""
    if len(text) > MAX_OFFER:
        raise BadOffer("offer too long")
    offer = ParsedOffer(sections=[])
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
    if offer.lite:
        raise BadOffer("somebody must make the connectivity checks")
    _need_one_transport([section for section in offer.sections if section.usable], offer.bundle)
    return offer


def _need_one_transport(sections: list[Section], bundle: frozenset[str]) -> None:
    """There is one transport for everything (RFC 9143), RTCP included (RFC 5761)."""
    if len(sections) > 1 and not bundle.issuperset(section.mid for section in sections):
        raise BadOffer("all sections must be in one bundle")
    if not all(section.rtcp_mux for section in sections):
        raise BadOffer("RTCP must be offered on the transport of RTP")


def _number(text: str, allowed: range) -> int:
    """The number, if a packet can carry it; raises ValueError."""
    number = int(text)
    if number not in allowed:
        raise ValueError("number out of range")
    return number


def _read_line(offer: ParsedOffer, line: str) -> None:
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


def _read_transport(offer: ParsedOffer, name: str, value: str) -> bool:
    """ICE (RFC 8839 section 5) and DTLS (RFC 8842 section 5) attributes; with BUNDLE the first of each counts."""
    match name:
        case "ice-ufrag":
            offer.ufrag = offer.ufrag or value.strip()
        case "ice-pwd":
            offer.password = offer.password or value.strip()
        case "setup":
            offer.setup = value.strip()
        case "ice-lite":
            offer.lite = True
        case "group":
            semantics, *mids = value.split()
            if semantics == "BUNDLE":
                offer.bundle |= frozenset(mids)
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
        case "rtcp-mux" | "rtcp-mux-only":
            section.rtcp_mux = True
        case "rtcp-rsize":
            section.rtcp_rsize = True


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
            identifier, _, direction = number.partition("/")
            # one with a two-byte id, or for one way only, is left out
            if int(identifier) in _EXTENSION_IDS and direction in ("", "sendrecv"):
                if uri in EXTENSIONS[section.kind]:
                    section.extensions[uri] = int(identifier)
                elif uri == MID:
                    section.mid_extension = int(identifier)
        case "rtcp-fb":
            number, _, kind = value.partition(" ")
            section.feedback.setdefault(number, []).append(kind.strip())
        case "ssrc":
            if (ssrc := _number(value.split(maxsplit=1)[0], _SSRCS)) not in section.ssrcs:
                section.ssrcs.append(ssrc)
        case "ssrc-group":
            semantics, *ssrcs = value.split()
            if semantics == "FID":
                section.rtx_ssrcs[_number(ssrcs[0], _SSRCS)] = _number(ssrcs[1], _SSRCS)
