"""Which address this machine is reached at on its network, and whom it trusts when it speaks to others by TLS."""

import ipaddress
import socket
import ssl
from functools import cache


def own_address() -> str:
    """The address of the interface that leads outwards, or loopback without one. No packet is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def is_this_machine(host: str | None) -> bool:
    """Whether what is sent to this name or address stays on this machine."""
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_nearby(host: str | None) -> bool:
    """Whether this is an address of a private network (RFC 1918): a trial in one's own rooms, never a clinic's name."""
    try:
        return ipaddress.ip_address(host or "").is_private
    except ValueError:
        return False


@cache
def trusted() -> ssl.SSLContext:
    """A TLS context with the system's CA certificates, loaded once: loading takes longer than most requests."""
    return ssl.create_default_context()
