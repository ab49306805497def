"""The real server as its own process, on free ports and a database of its own, to be started, killed and restarted."""

import os
import re
import signal
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from e2e.forge import Forked, fork

ROOT = Path(__file__).parents[1]


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port nobody listens on now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One installation in a folder. `start` waits until it answers; `printed` is what it said."""

    folder: Path
    command: str = "dev"
    extra: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    relay_port: int = field(default_factory=lambda: free_port(socket.SOCK_DGRAM))
    process: Forked | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def printed(self) -> str:
        return (self.folder / "printed.txt").read_text("utf-8")

    def environment(self) -> dict[str, str]:
        """Cheap password hashing and everything inside the folder."""
        return {
            **os.environ,
            "BASE_URL": self.url,
            "HOST": "localhost",
            "PORT": str(self.port),
            "RELAY_PORT": str(self.relay_port),
            "DATABASE_URL": f"sqlite:///{self.folder / 'naervaer.sqlite'}",
            "SECRET_KEY": "a secret for browser tests only, long enough",
            "ARGON2_MEMORY_KIB": "8",
            "ARGON2_TIME_COST": "1",
            **self.extra,
        }

    def start(self) -> None:
        """Start and wait for /health; raises RuntimeError with what was printed when it stops instead."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start without waiting."""
        self.process = fork(self.command, self.environment(), self.folder / "printed.txt")

    def wait(self) -> None:
        """Wait until it answers; raises RuntimeError with what was printed when it stops instead."""
        assert self.process is not None
        pause = Event()
        for _attempt in range(900):
            if self.process.is_over():
                raise RuntimeError(f"the server stopped:\n{self.printed}")
            try:
                urllib.request.urlopen(f"{self.url}/health", timeout=1).close()
            except (urllib.error.URLError, OSError):
                pause.wait(0.1)
            else:
                return
        self.end()
        raise RuntimeError(f"the server does not answer:\n{self.printed}")

    def end(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the process by this signal and wait for it."""
        if self.process is not None:
            self.process.end(how)
        self.process = None

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it like this and start it again as a clinic's server starts: without the demo."""
        self.end(how)
        self.command = "serve"
        self.start()

    def cpu_seconds(self) -> float:
        """Processor time the process has used so far, of all its threads."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def printed_link(self, pattern: str) -> str:
        """The first printed address that fits the pattern."""
        found = re.search(pattern, self.printed)
        assert found, f"{pattern} not in:\n{self.printed}"
        return found.group(0)

    def hurt_relay(self, how: signal.Signals) -> None:
        """Send the signal to the relay's own process, and to nothing else."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        (relay,) = [each for each in children if b"relay.process.worker" in Path(f"/proc/{each}/cmdline").read_bytes()]
        os.kill(int(relay), how)
