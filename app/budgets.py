"""How much anybody may ask of this installation: one table, read by what enforces it and shown in docs/operations.md.

A line has up to three limits. One person's; one address's, which is an IPv4 address or the /64 that a home has whole,
with four times as much for the /56 and sixteen times for the /48 around it, since one subscriber may hold all of those;
and the whole installation's, which keeps a crowd of addresses in check. Where tries are counted in a window, that last
one refuses nobody: past it answers come late. A try that proves right is given back: it was no stranger's.
"""

import ipaddress
from dataclasses import dataclass

_WIDER = ((56, 4), (48, 16))


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit. With `within_s` 0 it counts what exists at once, otherwise what begins within that many seconds.

    None means no limit.
    """

    name: str
    what: str
    within_s: int
    person: int | None = None
    address: int | None = None
    installation: int | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A step that takes longer than `seconds` is given up."""

    what: str
    seconds: float


CONNECTIONS = Budget("connections", "HTTP connections", 0, address=128, installation=10_000)
ARRIVALS = Budget("arrivals", "HTTP connections begun", 20, address=400)
REQUESTS = Budget("requests", "requests, but for static files; and sockets asked for", 20, address=400)
STRANGERS = Budget("strangers", "sockets of whom we don't know, or not yet", 0, address=64, installation=1_000)
SOCKETS = Budget("sockets", "sockets; a person is a session or device", 0, person=16, address=512, installation=10_000)
FRAMES = Budget("frames", "frames of one socket, pings and pongs among them", 6, person=60)
LINE_TESTS = Budget("line tests", "lines being tried; half of all is kept for staff", 0, 1, installation=8)
LINE_OFFERS = Budget("line offers", "line tests begun", 180, person=3)
SIGN_INS = Budget("sign-ins", "wrong passwords; a person is an account at one address", 300, 10, 30, 600)
ACCOUNTS = Budget("accounts", "wrong passwords for one account, from where it was not signed in to lately", 300, 200)
PASSWORDS = Budget("passwords", "passwords waiting to be hashed, each of strangers and friends", 0, installation=20)
LINKS = Budget("links", "dates of birth for a link", 600, address=30, installation=1_000)
CODES = Budget("codes", "codes from a message", 600, address=15, installation=500)
DOORS = Budget("doors", "SMS codes asked for at a clinic's door", 600, address=20, installation=500)
DOOR_CODES = Budget("door codes", "the same; a person is a phone with a date of birth", 3600, person=5)
GUESTS = Budget("guests", "presses on a guest's link", 600, address=30, installation=1_000)
FEEDS = Budget("feeds", "calendar feeds", 600, address=60, installation=2_000)
APPS = Budget("apps", "an installed app's starts as somebody new", 3600, person=60)
LATE = Budget("late", "answers that are made to wait since the installation's budget is spent", 0, installation=64)

BUDGETS = (
    CONNECTIONS,
    ARRIVALS,
    REQUESTS,
    STRANGERS,
    SOCKETS,
    FRAMES,
    LINE_TESTS,
    LINE_OFFERS,
    SIGN_INS,
    ACCOUNTS,
    PASSWORDS,
    LINKS,
    CODES,
    DOORS,
    DOOR_CODES,
    GUESTS,
    FEEDS,
    APPS,
    LATE,
)

HEADERS = Deadline("whole headers of a request", 10)
BODY = Deadline("a whole body", 30)
ANSWER = Deadline("16 kB more of an answer that has filled the buffers", 30)
WRITE = Deadline("reading on in a socket that has filled the buffers", 10)
CLOSE = Deadline("letting go of a connection that is being closed", 10)
REFUSED = Deadline("the same, of a socket that was not let in", 1)
LATENESS = Deadline("a late answer comes after", 2)
REFUSAL = Deadline("a try or request too many is refused after", 1)

DEADLINES = (HEADERS, BODY, ANSWER, WRITE, CLOSE, REFUSED, LATENESS, REFUSAL)

MIN_READ = 16_384
SPARE_DESCRIPTORS = 96
"""File descriptors kept free for the database, the relay and outgoing connections."""


def shares(budget: Budget, address: str) -> list[tuple[str, int]]:
    """The networks that pay for this address, each with its limit, the narrowest first; none without a limit."""
    if budget.address is None:
        return []
    return [(network, budget.address * times) for network, times in _networks(address)]


def network_of(host: str) -> str:
    """Whom an address belongs to as far as limits go: an IPv4 address to itself, an IPv6 address to its /64."""
    return _networks(host)[0][0]


def _networks(host: str) -> list[tuple[str, int]]:
    try:
        address = ipaddress.ip_address(host.partition("/")[0].partition("%")[0])
    except ValueError:
        return [(host, 1)]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.version == 4:
        return [(str(address), 1)]
    return [
        (str(ipaddress.ip_network((int(address), length), strict=False)), times) for length, times in ((64, 1), *_WIDER)
    ]
