"""A server process under the queue's bench: started, looked at from outside, stopped or killed."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.queue_clients import Page
from bench.queue_crowd import SECRET

ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Server:
    """A server under load, and the pages that look at it."""

    kind: str
    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    pages: list[Page] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start the process and wait until it listens."""
        command = [sys.executable, "-m", "bench.queue_server", self.kind, str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **self.environment})
        for _ in range(600):
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            await asyncio.sleep(0.1)
        raise TimeoutError("the server did not start")

    def kib(self) -> int:
        """What the process holds of memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def cpu(self) -> float:
        """User and system time the process has used, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def serving(kind: str, folder: Path, port: int) -> AsyncIterator[Server]:
    """The server of that kind while inside."""
    environment = {
        "BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite'}",
        "SECRET_KEY": SECRET,
        "RELAY_PORT": "0",
        "RELAY_PUBLIC_HOSTS": "127.0.0.1",
    }
    server = Server(kind, port, environment)
    await server.start()
    try:
        yield server
    finally:
        server.process.terminate()  # type: ignore[union-attr]
        for page in server.pages:
            if page.transport:
                page.transport.abort()
        server.process.wait(30)  # type: ignore[union-attr]
