"""A temporary PostgreSQL cluster from Debian's package, in a directory of its own, on a socket only."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def temporary_cluster() -> Iterator[str]:
    """Start a cluster and give the folder of its socket; it is stopped and removed at the end."""
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
    command = [*run, str(binaries / "postgres"), "-D", str(data), "-k", str(home), "-c", "listen_addresses=", *_SPEED]
    log = Path(tempfile.gettempdir()) / f"{home.name}.log"
    with log.open("w") as words:
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=words, cwd="/")
    try:
        ready = [str(binaries / "pg_isready"), "-h", str(home), "-U", "naervaer", "-d", "postgres", "-q"]
        for _attempt in range(200):
            if subprocess.run(ready, check=False, cwd="/").returncode == 0:
                break
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL stopped at once; see {log}")
            subprocess.run(["sleep", "0.1"], check=True)
        yield str(home)
    finally:
        stop = [*run, str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL, cwd="/")
        server.wait(timeout=20)
        shutil.rmtree(home, ignore_errors=True)
        log.unlink(missing_ok=True)
