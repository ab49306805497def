"""Debian's pion (Go) as something to compare with: `pion_echo.go`, its own process on the loopback.

Every packet goes back to its caller, as in Janus's echo test, and no RTCP is made: the least a relay in Go can cost.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import httpx

LIBRARIES = Path("/usr/share/gocode")
SOURCE = Path(__file__).with_name("pion_echo.go")
BUILD_PATIENCE = 300


class Pion:
    """One process; it answers an offer at once."""

    def __init__(self, cpu: int | None) -> None:
        self._folder = tempfile.TemporaryDirectory()
        program = Path(self._folder.name) / "pion_echo"
        environment = {**os.environ, "GO111MODULE": "off", "GOPATH": str(LIBRARIES)}
        build = ["go", "build", "-o", str(program), str(SOURCE)]
        subprocess.run(build, env=environment, check=True, timeout=BUILD_PATIENCE)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        pinned = ["taskset", "-c", str(cpu)] if cpu is not None else []
        self._process = subprocess.Popen([*pinned, str(program), address], stdout=subprocess.DEVNULL)
        self._client = httpx.AsyncClient(base_url=f"http://{address}", timeout=60)
        self.pid = self._process.pid

    @staticmethod
    def is_installed() -> bool:
        """Whether it can be built."""
        return shutil.which("go") is not None and (LIBRARIES / "src/github.com/pion/webrtc").is_dir()

    async def start(self) -> None:
        """Wait until it listens."""
        async with asyncio.timeout(20):
            while True:
                try:
                    await self._client.get("/ready")
                    return
                except httpx.TransportError:
                    await asyncio.sleep(0.1)

    async def answer(self, offer: str) -> str:
        """Echo a caller."""
        return (await self._client.post("/", content=offer)).raise_for_status().text

    async def stop(self) -> None:
        """End the process and clear up."""
        await self._client.aclose()
        self._process.kill()
        await asyncio.to_thread(self._process.wait)
        self._folder.cleanup()
