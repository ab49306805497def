"""Debian's coturn with our own configuration, over TCP and TLS, leading to a relay on loopback and nowhere else."""

import base64
import hashlib
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from e2e.server import ROOT, free_port

SECRET = "shared between the app and coturn"


@dataclass(frozen=True, slots=True)
class Coturn:
    """A running one: its ports, the test authority that signed for it, and what Chromium knows its key by."""

    tcp_port: int
    tls_port: int
    authority: Path
    key_hash: str

    @property
    def tcp(self) -> str:
        return f"turn:127.0.0.1:{self.tcp_port}?transport=tcp"

    @property
    def tls(self) -> str:
        return f"turns:127.0.0.1:{self.tls_port}"

    @property
    def settings(self) -> dict[str, str]:
        """What the app is told of it; the authority too, for the look at start."""
        return {"TURN_URLS": f"{self.tcp},{self.tls}", "TURN_SECRET": SECRET, "SSL_CERT_FILE": str(self.authority)}


@contextmanager
def coturn(folder: Path) -> Iterator[Coturn]:
    """Start it on ports of its own and wait until it answers."""
    ports = free_port(), free_port()
    known = Coturn(*ports, folder / "authority.pem", _certify(folder))
    (folder / "turn.conf").write_text(_configuration(folder, *ports))
    process = subprocess.Popen(
        ["/usr/bin/turnserver", "-c", folder / "turn.conf"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(ports)
        yield known
    finally:
        process.terminate()
        process.wait(timeout=10)


def _configuration(folder: Path, tcp_port: int, tls_port: int) -> str:
    text = (ROOT / "deploy" / "coturn.conf").read_text("utf-8")
    for pattern, line in {
        r"listening-port=3478": f"listening-port={tcp_port}\nlistening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nno-dtls",
        r"tls-listening-port=.*": f"tls-listening-port={tls_port}",
        r"cert=.*": f"cert={folder}/turn-cert.pem",
        r"pkey=.*": f"pkey={folder}/turn-key.pem",
        r"static-auth-secret=.*": f"static-auth-secret={SECRET}",
        r"allowed-peer-ip=.*": "allowed-peer-ip=127.0.0.1\nallow-loopback-peers\ncli-password=unused",
    }.items():
        text, found = re.subn(rf"^{pattern}$", line, text, flags=re.MULTILINE)
        assert found == 1, pattern
    return f"{text}\npidfile={folder}/turn.pid\nuserdb={folder}/turn.db\nlog-file=stdout\n"


def _certify(folder: Path) -> str:
    """A certificate by an authority of the test; answers the hash of its key."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(folder / "turn-key.pem")
    issued.cert_chain_pems[0].write_to_path(folder / "turn-cert.pem")
    key = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()


def _wait_for(ports: tuple[int, int]) -> None:
    pause = Event()
    for port in ports:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            pause.wait(0.1)
