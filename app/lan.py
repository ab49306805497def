"""HTTPS on the local network, so that real phones can try the demo: camera and service worker need a secure page.

Makes a certificate authority of its own once, a certificate for this machine's address, and hands the authority's
certificate to phones over plain HTTP two ports further on. For trying out only; docs/operations.md says how to serve.
"""

import http.server
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import segno
import trustme

from app.network import own_address
from app.settings import Settings

FOLDER = Path("var/lan")
AUTHORITY = "naervaer-ca.crt"
_LIFE = timedelta(days=397)  # phones refuse certificates that live longer


def with_https(settings: Settings) -> Settings:
    """The same settings on this machine's network address over TLS."""
    host = own_address()
    certificate, key = _certificate_for(host)
    return replace(
        settings,
        base_url=f"https://{host}:{settings.port}",
        host="0.0.0.0",  # noqa: S104  the point is that phones reach it
        tls_certificate=str(certificate),
        tls_key=str(key),
        relay_host="0.0.0.0",  # noqa: S104
        relay_public_hosts=(host,),
    )


def _certificate_for(host: str) -> tuple[Path, Path]:
    certificate, key, authority = FOLDER / f"{host}.crt", FOLDER / f"{host}.key", FOLDER / "public" / AUTHORITY
    if not (certificate.exists() and key.exists() and authority.exists()):
        authority.parent.mkdir(parents=True, exist_ok=True)
        made = trustme.CA(organization_name="Nærvær demo")
        made.cert_pem.write_to_path(str(authority))
        today = datetime.now(UTC)
        leaf = made.issue_cert(host, "localhost", not_before=today, not_after=today + _LIFE)
        key.touch(mode=0o600)
        leaf.private_key_pem.write_to_path(str(key))
        leaf.private_key_and_cert_chain_pem.write_to_path(str(certificate))
        certificate.chmod(0o600)
    return certificate, key


def hand_out_authority(settings: Settings) -> str:
    """Serve the authority's certificate in the background and return the link to it."""
    port = settings.port + 2
    handler = partial(_Quiet, directory=str(FOLDER / "public"))
    server = http.server.ThreadingHTTPServer(("0.0.0.0", port), handler)  # noqa: S104
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{own_address()}:{port}/{AUTHORITY}"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves the one folder without writing a log line per request."""

    extensions_map = {".crt": "application/x-x509-ca-cert"}  # noqa: RUF012  as the base class has it

    def log_message(self, format: str, *args: object) -> None:
        return


def show_code(link: str) -> None:
    """Print the link as a QR code a phone can read from the terminal."""
    segno.make(link).terminal(compact=True)
