"""The configuration for nginx that is shipped, run by Debian's nginx in front of the socket and its server."""

import asyncio
import re
import shutil
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import trustme
from websockets.asyncio.client import connect
from websockets.typing import Origin

from app.settings import Settings
from e2e.server import free_port
from tests.cast import Cast
from tests.conftest import Clock
from tests.realtime.serving import Line, Serving, serving, until
from tests.realtime.test_socket import device_cookie

SHIPPED = Path(__file__).parents[2] / "deploy/nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/sbin")
SECRET = "Zk3Qd9_t0pSecretToken"

pytestmark = pytest.mark.skipif(NGINX is None, reason="no nginx here: its shipped configuration is not tried")


@dataclass
class Proxied:
    served: Serving
    port: int
    trust: ssl.SSLContext
    folder: Path

    @property
    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))


def _write(folder: Path, app: str, port: int, plain: int, authority: trustme.CA) -> Path:
    """The shipped file with places of our own, inside what Debian puts around it."""
    folder.chmod(0o755)
    certificate = authority.issue_cert("naervaer.example")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(folder / "both.pem"))
    text = re.sub(r"/etc/letsencrypt/\S+\.pem", str(folder / "both.pem"), SHIPPED.read_text("utf-8"))
    for shipped, ours in (
        ("/var/log/nginx", str(folder)),
        ("127.0.0.1:8000", app),
        ("[::]:443", f"[::1]:{port}"),
        ("[::]:80", f"[::1]:{plain}"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
    ):
        assert shipped in text
        text = text.replace(shipped, ours)
    (folder / "site.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/main.log; worker_processes 1; events {{}}\n"
        f"http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;"
        f" uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; access_log off; include {folder}/site.conf; }}\n"
    )
    return folder / "nginx.conf"


@pytest.fixture
async def proxied(settings: Settings, clock: Clock, cast: Cast, tmp_path: Path) -> AsyncIterator[Proxied]:
    assert NGINX is not None
    authority, port = trustme.CA(), free_port()
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with serving(settings, clock) as served:
        written = _write(tmp_path, served.address, port, free_port(), authority)
        process = await asyncio.create_subprocess_exec(
            NGINX, "-e", str(tmp_path / "main.log"), "-c", str(written), stderr=asyncio.subprocess.PIPE
        )
        proxied = Proxied(served, port, trust, tmp_path)
        try:
            await until(lambda: (tmp_path / "pid").exists() or process.returncode is not None)
            assert process.returncode is None, process.stderr and (await process.stderr.read()).decode()
            yield proxied
        finally:
            process.terminate()
            await process.wait()


async def test_sockets_pass_through_nginx(proxied: Proxied, cast: Cast, now: datetime) -> None:
    address = f"wss://naervaer.example:{proxied.port}/live?x={SECRET}"
    headers = {"Cookie": await device_cookie(cast.patient, now), "X-Forwarded-For": "192.0.2.66"}
    origin = Origin(proxied.served.origin)
    async with connect(
        address, host="127.0.0.1", ssl=proxied.trust, additional_headers=headers, origin=origin, ping_interval=None
    ) as wire:
        line = Line(wire)
        await line.say({"type": "subscribe", "topics": ["nothing"]})
        assert (await line.hear("refused"))["what"] == "nothing"
        assert "192.0.2.66" not in proxied.served.live.known._of, "what a visitor says of its address is not believed"
    await until(lambda: " /live 101 " in proxied.logs)
    assert SECRET not in proxied.logs


async def test_nginx_writes_down_no_secret_of_an_address(proxied: Proxied) -> None:
    transport = httpx.AsyncHTTPTransport(verify=proxied.trust, http2=False)
    base = f"https://127.0.0.1:{proxied.port}"
    extensions = {"sni_hostname": "naervaer.example"}
    async with httpx.AsyncClient(transport=transport, base_url=base, headers={"Host": "naervaer.example"}) as browser:
        for path in (f"/j/{SECRET}", f"/{SECRET}", f"/k/{SECRET}?next={SECRET}"):
            answer = await browser.get(path, extensions=extensions)
            assert answer.status_code == 404
            assert "nginx" not in answer.text
        await until(lambda: proxied.logs.count(" 404 ") == 3)
        proxied.served.server.should_exit = True
        await proxied.served.live.stop()
        await until(lambda: not proxied.served.server.servers or not proxied.served.server.servers[0].sockets)
        assert (await browser.get(f"/j/{SECRET}", extensions=extensions)).status_code == 502
    await until(lambda: " 502 " in proxied.logs)
    assert SECRET not in proxied.logs and " /j " in proxied.logs


async def test_half_a_form_stays_with_nginx(proxied: Proxied) -> None:
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", proxied.port, ssl=proxied.trust, server_hostname="naervaer.example"
    )
    head = "POST /kode HTTP/1.1\r\nHost: naervaer.example\r\nContent-Length: 100\r\n\r\n"
    writer.write(head.encode() + b"half of it")
    await writer.drain()
    others = httpx.AsyncHTTPTransport(verify=proxied.trust)
    async with httpx.AsyncClient(transport=others, base_url=f"https://127.0.0.1:{proxied.port}") as browser:
        await browser.get("/", extensions={"sni_hostname": "naervaer.example"})
    assert not proxied.served.server.server_state.connections
    writer.write(b"x" * 90)
    assert b" 404 " in await asyncio.wait_for(reader.readline(), 5)
    writer.transport.abort()
