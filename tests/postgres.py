"""A temporary PostgreSQL cluster from Debian's package, in a directory of its own, on a socket only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "60",
}
_SPEED = [each for name, value in _SETTINGS.items() for each in ("-c", f"{name}={value}")]

_MEMORY, _ROOMY = Path("/dev/shm"), 2 * 1024**3
"""A thousand databases are made and removed: in memory that spares the disk, where there is enough."""


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise RuntimeError("PostgreSQL is not installed; `make setup-tests` installs it")
    return found[-1].parent


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root; Debian's package brings its own user."""
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@dataclass
class Cluster:
    """A cluster in a folder, where its socket lies too, that can be stopped, started, and made to hang."""

    home: Path
    server: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return Path(tempfile.gettempdir()) / f"{self.home.name}.log"

    def start(self) -> None:
        """Start and wait until it answers."""
        binaries, run = _binaries(), _as_postgres()
        command = [*run, str(binaries / "postgres"), "-D", str(self.data), "-k", str(self.home)]
        with self.log.open("a") as words:
            self.server = subprocess.Popen(
                [*command, "-c", "listen_addresses=", *_SPEED], stdout=subprocess.DEVNULL, stderr=words, cwd="/"
            )
        ready = [*run, str(binaries / "pg_isready"), "-h", str(self.home), "-U", "naervaer", "-d", "postgres", "-q"]
        for _attempt in range(200):
            if subprocess.run(ready, check=False, cwd="/").returncode == 0:
                return
            if self.server.poll() is not None:
                raise RuntimeError(f"PostgreSQL stopped at once; see {self.log}")
            subprocess.run(["sleep", "0.1"], check=True)

    def stop(self) -> None:
        """Stop at once, as a crash would."""
        stop = [*_as_postgres(), str(_binaries() / "pg_ctl"), "-D", str(self.data), "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL, cwd="/")
        if self.server is not None:
            # runuser stops itself beside a server that is made to hang, and nobody else tells it to go on
            self.server.send_signal(signal.SIGCONT)
            self.server.wait(timeout=20)
        self.server = None

    def signal(self, how: signal.Signals) -> None:
        """To the postmaster and all its processes: SIGSTOP makes it hang, SIGCONT go on."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            os.kill(pid, how)


@contextmanager
def temporary_cluster() -> Iterator[str]:
    """Start a cluster and give the folder of its socket; it is stopped and removed at the end."""
    with cluster() as made:
        yield str(made.home)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster; it is stopped and removed at the end."""
    in_memory = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOMY
    home = Path(tempfile.mkdtemp(prefix="naervaer-pg-", dir=_MEMORY if in_memory else None))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
    binaries, data = _binaries(), home / "data"
    run = _as_postgres()
    initdb = [
        *run,
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "naervaer",
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd="/")
    made = Cluster(home)
    try:
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(home, ignore_errors=True)
        made.log.unlink(missing_ok=True)
