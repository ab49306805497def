"""Servers forked from a process that has imported the application already, which is half of what a start takes.

`python -m e2e.forge` reads a line of JSON for each: command, environment, and the file it prints to; it answers the
process id. What is forked then does what `python -m app` does.
"""

import gc
import json
import os
import random
import select
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Forked:
    """A process of the forge's, looked at through a descriptor that stays its own."""

    pid: int
    _descriptor: int

    def is_over(self, within_s: float = 0) -> bool:
        """Whether it has ended, or does so in time."""
        return bool(select.select([self._descriptor], [], [], within_s)[0])

    def end(self, how: signal.Signals, within_s: float = 20) -> None:
        """Send the signal and wait; raises TimeoutError when it goes on."""
        if not self.is_over():
            signal.pidfd_send_signal(self._descriptor, how)
        if not self.is_over(within_s):
            raise TimeoutError(f"process {self.pid} does not end")
        os.close(self._descriptor)


def fork(command: str, environment: dict[str, str], prints: Path) -> Forked:
    """A server of its own, begun and not waited for."""
    forge = _forge()
    assert forge.stdin is not None
    assert forge.stdout is not None
    print(json.dumps([command, environment, str(prints)]), file=forge.stdin, flush=True)
    pid = int(forge.stdout.readline())
    return Forked(pid, os.pidfd_open(pid))


@cache
def _forge() -> subprocess.Popen[str]:
    """One for this process; it ends when its input does."""
    command = [sys.executable, "-m", "e2e.forge"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _become(command: str, environment: dict[str, str], prints: str) -> None:
    """In the forked process: what `python -m app` with this command and environment would be."""
    from app.__main__ import main as serve

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    random.seed()
    os.environ.update(environment)
    words = os.open(prints, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((nothing, 0), (words, 1), (words, 2)):
        os.dup2(ours, theirs)
    sys.argv = ["app", command]
    serve()


def main() -> None:
    """Fork as often as asked. Nobody waits for those who end: their pages are watched instead."""
    from app import main  # noqa: F401 - imported once, for all
    from app.demo import seed  # noqa: F401 - the same

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                _become(*json.loads(line))
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
