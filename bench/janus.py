"""Debian's Janus as something to compare with: its own process on the loopback, each caller in its echo test.

An echoed packet is decrypted, rewritten, encrypted and sent once, which is what forwarding to the other of two parties
costs; so two callers in the echo test stand for one call of two.
"""

import asyncio
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import httpx

PLUGINS = Path("/usr/lib/x86_64-linux-gnu/janus")


class Janus:
    """One Janus, with only its echo test and its HTTP interface; ICE-lite like ours, everything on the loopback."""

    def __init__(self, cpu: int | None) -> None:
        self._folder = tempfile.TemporaryDirectory()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._url = f"http://127.0.0.1:{port}/janus"
        self._configure(Path(self._folder.name), port)
        pinned = ["taskset", "-c", str(cpu)] if cpu is not None else []
        command = [*pinned, "janus", "-F", self._folder.name, "-d", "2"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._client = httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=20))
        self.pid = self._process.pid

    def _configure(self, folder: Path, port: int) -> None:
        unwanted = {kind: _others(PLUGINS / kind, wanted) for kind, wanted in WANTED.items()}
        (folder / "janus.jcfg").write_text(
            f'general: {{ configs_folder = "{folder}" plugins_folder = "{PLUGINS}/plugins"'
            f' transports_folder = "{PLUGINS}/transports" debug_level = 2 session_timeout = 0 }}\n'
            'nat: { ice_lite = true ice_enforce_list = "lo" ipv6 = false }\n'
            f'plugins: {{ disable = "{unwanted["plugins"]}" }}\n'
            f'transports: {{ disable = "{unwanted["transports"]}" }}\n'
        )
        (folder / "janus.transport.http.jcfg").write_text(
            f'general: {{ json = "compact" base_path = "/janus" http = true port = {port} ip = "127.0.0.1" }}\n'
            "admin: { admin_http = false }\n"
        )

    @staticmethod
    def is_installed() -> bool:
        """Whether there is one to run."""
        return shutil.which("janus") is not None

    async def start(self) -> None:
        """Wait until it answers."""
        async with asyncio.timeout(20):
            while True:
                try:
                    await self._client.get(f"{self._url}/info")
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)

    async def answer(self, offer: str) -> str:
        """Put a caller into the echo test."""
        session = (await self._post("", {"janus": "create"}))["data"]["id"]
        handle = (await self._post(f"/{session}", {"janus": "attach", "plugin": "janus.plugin.echotest"}))["data"]["id"]
        jsep = {"type": "offer", "sdp": offer}
        body = {"audio": True, "video": True, "bitrate": 0}
        await self._post(f"/{session}/{handle}", {"janus": "message", "body": body, "jsep": jsep})
        async with asyncio.timeout(20):
            while True:
                event = (await self._client.get(f"{self._url}/{session}?maxev=1")).json()
                if "jsep" in event:
                    sdp: str = event["jsep"]["sdp"]
                    return sdp

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = (await self._client.post(self._url + path, json={"transaction": "t", **body})).json()
        if answer["janus"] == "error":
            raise RuntimeError(f"Janus: {answer['error']}")
        return answer

    async def stop(self) -> None:
        """End the process and clear up."""
        await self._client.aclose()
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            await asyncio.to_thread(self._process.wait)
        self._folder.cleanup()


WANTED = {"plugins": "libjanus_echotest.so", "transports": "libjanus_http.so"}


def _others(folder: Path, wanted: str) -> str:
    return ",".join(each.name for each in folder.glob("*.so") if each.name != wanted)
