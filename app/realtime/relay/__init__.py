"""The media relay: forwards encrypted-in-transit audio and video between the parties of a call, never decoding it.

Everything outside this package uses the names below and nothing else; no other module imports aiortc, aioice or
pylibsrtp. How a packet travels through is told in docs/relay.md.
"""

from app.realtime.relay.errors import BadOffer, RelayError, RelayFull, RelayUnavailable
from app.realtime.relay.figures import PartyFigures, PartyState, PartyStats
from app.realtime.relay.line_test.test import LineListener, LineTest, LineTestFigures, Phase
from app.realtime.relay.party import Listener, Party
from app.realtime.relay.process.proxy import DistantLineTest, DistantParty, RelayProxy
from app.realtime.relay.relay import Relay
from app.realtime.relay.stream import StreamStats

AnyRelay = Relay | RelayProxy
"""The relay on the web process's loop, or in a process of its own."""
Member = Party | DistantParty
"""A party of either."""
AnyLineTest = LineTest | DistantLineTest
"""A line test of either."""

__all__ = [
    "AnyLineTest",
    "AnyRelay",
    "BadOffer",
    "DistantParty",
    "LineListener",
    "LineTestFigures",
    "Listener",
    "Member",
    "Party",
    "PartyFigures",
    "PartyState",
    "PartyStats",
    "Phase",
    "Relay",
    "RelayError",
    "RelayFull",
    "RelayProxy",
    "RelayUnavailable",
    "StreamStats",
]
