"""Which codecs and header extensions a section of an offer will carry.

VP8 and Opus are required of every browser; H.264, RED and RTX are taken when offered. Nothing is ever transcoded. Pure
decisions on what sdp.py read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.realtime.relay.errors import BadOffer
from app.realtime.relay.wire.sdp import EXTENSIONS, Section


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
