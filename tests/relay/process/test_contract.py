"""The private names of aiortc that transport.py relies on. A new version that breaks one fails here, not in a call."""

import inspect
from importlib.metadata import version

import pylibsrtp

from app.realtime.relay.transport import Identity, _Link
from app.realtime.relay.wire.dtls_library import dtls
from app.realtime.relay.wire.srtp import PacketBuffer, handle_of


def test_version_is_the_one_tried() -> None:
    assert version("aiortc").startswith("1.16.")


def test_transport_has_the_names_used() -> None:
    transport = dtls.RTCDtlsTransport(_Link(lambda data: None), [Identity().certificate])  # type: ignore[arg-type]
    assert {"_rx_srtp", "_tx_srtp"} <= vars(transport).keys()
    transport._set_role("server")
    assert transport._role == "server"
    assert transport.state == "new"


def test_ice_transport_is_used_only_as_the_stand_in_offers() -> None:
    source = inspect.getsource(dtls.RTCDtlsTransport)
    used = {part.split("(")[0].split(")")[0].split(",")[0].split()[0] for part in source.split("self.transport.")[1:]}
    assert used == {"role", "_recv", "_send"}


def test_srtp_sessions_have_the_handle_and_the_binding_used_in_place() -> None:
    assert version("pylibsrtp").startswith("1.0.")
    policy = pylibsrtp.Policy(bytes(30), pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    packet = b"\x80\x60" + bytes(10) + b"hello"
    buffer = PacketBuffer()
    buffer.put(packet)
    session = pylibsrtp.Session(policy)
    size = buffer.protect(handle_of(session), len(packet))
    assert bytes(buffer.view[:size]) == pylibsrtp.Session(policy).protect(packet)


def test_certificate_names_a_sha_256_fingerprint_and_its_end() -> None:
    certificate = Identity().certificate
    assert "sha-256" in [each.algorithm for each in certificate.getFingerprints()]
    assert certificate.expires.tzinfo is not None
