"""What the web process and a relay in a process of its own say to each other, as msgspec structs, one JSON line each.

`number` names a request or a party; the web process gives it. Nothing here knows a socket or a process.
"""

import msgspec

from app.realtime.relay.figures import PartyFigures
from app.realtime.relay.line_test.test import LineTestFigures, Phase

MAX_LINE = 512 * 1024


class Begin(msgspec.Struct, tag="begin", frozen=True):
    """The first word: where to listen and how much to take on."""

    host: str
    port: int
    public_hosts: list[str]
    max_parties_per_room: int
    max_rooms: int
    log_format: str = "json"


class Join(msgspec.Struct, tag="join", frozen=True):
    """A place for a party, from now on called `number`."""

    number: int
    room: str
    party: str


class Negotiate(msgspec.Struct, tag="negotiate", frozen=True):
    """Answer `party`'s offer."""

    number: int
    party: int
    sdp: str
    restart: bool


class Restrict(msgspec.Struct, tag="restrict", frozen=True):
    """What the party may say, hear and see."""

    party: int
    muted: bool
    on_hold: bool


class Depart(msgspec.Struct, tag="depart", frozen=True):
    """The party leaves."""

    party: int


class TryLine(msgspec.Struct, tag="try_line", frozen=True):
    """Try the line of the browser that makes this offer; the test is from now on called `number`."""

    number: int
    sdp: str
    ceiling: int


class StopTrying(msgspec.Struct, tag="stop_trying", frozen=True):
    """The test is no longer wanted."""

    test: int


class Ready(msgspec.Struct, tag="ready", frozen=True):
    """The port is open."""

    port: int


class Failed(msgspec.Struct, tag="failed", frozen=True):
    """The port could not be opened; the process ends."""

    why: str


class Done(msgspec.Struct, tag="done", frozen=True):
    """Request `number` was done; `text` is the answer to an offer."""

    number: int
    text: str = ""


class Declined(msgspec.Struct, tag="declined", frozen=True):
    """Request `number` raised RelayFull (`full`) or BadOffer."""

    number: int
    full: bool
    why: str


class SlotsNow(msgspec.Struct, tag="slots", frozen=True):
    """For a party's listener."""

    party: int
    slots: dict[str, str | None]
    unseated: int


class StateNow(msgspec.Struct, tag="state", frozen=True):
    """For a party's listener."""

    party: int
    state: str


class PicturesNow(msgspec.Struct, tag="pictures", frozen=True):
    """For a party's listener."""

    party: int
    reach: bool


class PartyFiguresNow(msgspec.Struct, tag="party_figures", frozen=True):
    """For a party's listener."""

    party: int
    figures: PartyFigures


class PhaseNow(msgspec.Struct, tag="phase", frozen=True):
    """For a line test's listener."""

    test: int
    phase: Phase


class FiguresNow(msgspec.Struct, tag="figures", frozen=True):
    """For a line test's listener."""

    test: int
    figures: LineTestFigures


class Totals(msgspec.Struct, tag="totals", frozen=True):
    """Every second: the relay's counters."""

    counters: dict[str, int]


Request = Begin | Join | Negotiate | Restrict | Depart | TryLine | StopTrying
Report = (
    Ready
    | Failed
    | Done
    | Declined
    | SlotsNow
    | StateNow
    | PicturesNow
    | PartyFiguresNow
    | PhaseNow
    | FiguresNow
    | Totals
)

_requests = msgspec.json.Decoder(Request)
_reports = msgspec.json.Decoder(Report)
_encoder = msgspec.json.Encoder()


def write(word: Request | Report) -> bytes:
    """One line."""
    return _encoder.encode(word) + b"\n"


def read_request(line: bytes) -> Request:
    """What the web process said."""
    request: Request = _requests.decode(line)
    return request


def read_report(line: bytes) -> Report:
    """What the relay's process said."""
    report: Report = _reports.decode(line)
    return report
