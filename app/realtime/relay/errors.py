"""What the relay refuses, as exceptions.

Only these leave the package; what a stranger's datagram can provoke (`Malformed`) never does: that is counted.
"""


class RelayError(Exception):
    """Base of everything the relay raises to its caller."""


class RelayFull(RelayError):
    """The room or the relay has no place left; the caller should offer plan B."""


class RelayUnavailable(RelayError):
    """The relay restarts or does not answer; the caller should ask again in a moment."""


class BadOffer(RelayError):
    """The offer cannot be answered; the message says why, without quoting the offer."""


class Malformed(ValueError):
    """Bytes from the network that do not follow their format."""
