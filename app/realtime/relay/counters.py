"""The relay's running totals, for metrics and for tests.

Plain integers that only grow, added to from every module of the package; nothing here tells a person or an address.
"""

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Totals since the relay started, in packets unless the name says otherwise."""

    datagrams: int = 0
    sent: int = 0
    send_blocked: int = 0
    unknown_source: int = 0
    malformed: int = 0
    refused_checks: int = 0
    limited: int = 0
    unanswered: int = 0
    srtp_rejected: int = 0
    unknown_ssrc: int = 0
    oversize: int = 0
    no_common_codec: int = 0
    lost_up: int = 0
    lost_down: int = 0
    nacks_sent: int = 0
    recovered: int = 0
    retransmitted: int = 0
    retransmit_refused: int = 0
    retransmit_gone: int = 0
    key_frames_asked: int = 0
    faults: int = 0

    def as_dict(self) -> dict[str, int]:
        """The totals by name."""
        return asdict(self)
