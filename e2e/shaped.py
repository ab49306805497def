"""A phone behind a line that can be shaped: two network namespaces of our own, the line's and, with Chromium in it, the
phone's.

This kernel has no netem: loss is nftables' random drop, a rate is tc's token bucket, delay is a small detour (shim.py).
Everything is inside the namespaces or on the one cable that leads to them, and goes away with them.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from e2e.server import ROOT, Server, free_port
from e2e.shim import MARK

CHROMIUM = "/usr/bin/chromium"
_LINE = """
table ip line {
  counter up_all { }
  counter up_lost { }
  counter down_all { }
  counter down_lost { }
  chain up {
    counter name "up_all"
    %(losing_up)s
  }
  chain down {
    counter name "down_all"
    %(losing_down)s
  }
  chain forward {
    type filter hook forward priority 0;
    udp dport %(relay)d @th,64,2 2 @th,72,8 != 192-223 jump up
    udp sport %(relay)d @th,64,2 2 @th,72,8 != 192-223 udp length %(train)d jump down
  }
}
"""
_DETOUR = """
table ip detour {
  chain out {
    type nat hook output priority -100;
    udp dport %(relay)d meta mark != %(mark)d redirect to :%(shim)d
  }
}
"""


def may_make_namespaces() -> bool:
    """Whether this machine lets us."""
    if os.geteuid() != 0:
        return False
    name = f"may-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if tried.returncode == 0:
        _run("ip", "netns", "del", name)
    return tried.returncode == 0


def _run(*command: str, given: str | None = None) -> str:
    return subprocess.run(command, input=given, check=True, capture_output=True, text=True).stdout


def _inside(name: str, *command: str, given: str | None = None) -> str:
    return _run("ip", "netns", "exec", name, *command, given=given)


@dataclass
class FarServer(Server):
    """A server the phone reaches over the cable, by an address that is not its own."""

    address: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self.extra = {"HOST": self.address, "RELAY_HOST": "0.0.0.0", "RELAY_PUBLIC_HOSTS": self.address}

    @property
    def url(self) -> str:
        return f"http://{self.address}:{self.port}"


@dataclass
class ShapedLine:
    """The namespaces and their cables. `train`: the UDP length of the packets whose loss on the way down is counted."""

    train: int
    phone: str = field(default_factory=lambda: f"phone{os.getpid()}")
    line: str = field(default_factory=lambda: f"line{os.getpid()}")
    cable: str = field(default_factory=lambda: f"n{os.getpid()}")
    net: str = field(default_factory=lambda: f"10.213.{os.getpid() % 250}")
    shim_port: int = field(default_factory=free_port)
    relay_port: int = 0
    block: int = 4
    """Where the phone's own four addresses begin."""
    shim: subprocess.Popen[str] | None = None

    @property
    def here(self) -> str:
        """The address of our end."""
        return f"{self.net}.1"

    def __enter__(self) -> Self:
        for name in (self.line, self.phone):
            _run("ip", "netns", "add", name)
        _run("ip", "link", "add", self.cable, "type", "veth", "peer", "name", "out", "netns", self.line)
        _run("ip", "address", "add", f"{self.here}/30", "dev", self.cable)
        _run("ip", "link", "set", self.cable, "up")
        _run("ip", "route", "add", f"{self.net}.4/30", "via", f"{self.net}.2")
        _inside(self.line, "ip", "link", "add", "in", "type", "veth", "peer", "name", "eth0", "netns", self.phone)
        for name, device, address in ((self.line, "out", 2), (self.line, "in", 5), (self.phone, "eth0", 6)):
            _inside(name, "ip", "address", "add", f"{self.net}.{address}/30", "dev", device)
            _inside(name, "ip", "link", "set", device, "up")
        _inside(self.phone, "ip", "link", "set", "lo", "up")
        _inside(self.phone, "ip", "route", "add", "default", "via", f"{self.net}.5")
        _inside(self.line, "sysctl", "-qw", "net.ipv4.ip_forward=1")
        return self

    def __exit__(self, *_reason: object) -> None:
        if self.shim is not None:
            self.shim.communicate(timeout=10)
        for name in (self.phone, self.line):
            _run("ip", "netns", "del", name)

    def move(self) -> None:
        """The phone leaves its network for another: the old address is gone at once, there is a new one."""
        before, self.block = self.block, self.block % 60 + 4
        gate, own = f"{self.net}.{self.block + 1}", f"{self.net}.{self.block + 2}"
        _run("ip", "route", "add", f"{self.net}.{self.block}/30", "via", f"{self.net}.2")
        _inside(self.line, "ip", "address", "add", f"{gate}/30", "dev", "in")
        _inside(self.phone, "ip", "address", "flush", "dev", "eth0")
        _inside(self.line, "ip", "address", "del", f"{self.net}.{before + 1}/30", "dev", "in")
        _inside(self.phone, "ip", "address", "add", f"{own}/30", "dev", "eth0")
        _inside(self.phone, "ip", "route", "add", "default", "via", gate)

    def browser_in(self, folder: Path) -> str:
        """A command that is Chromium on the phone."""
        script = folder / "chromium-inside"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.phone} {CHROMIUM} "$@"\n')
        script.chmod(0o755)
        return str(script)

    def lose(self, up_percent: float, down_percent: float) -> None:
        """Drop so many of the media packets at random, and count from nothing."""
        rules = {
            "relay": self.relay_port, "train": self.train,
            "losing_up": _losing(up_percent, "up_lost"), "losing_down": _losing(down_percent, "down_lost"),
        }  # fmt: skip
        _inside(self.line, "nft", "flush", "ruleset")
        _inside(self.line, "nft", "-f", "-", given=_LINE % rules)

    def go_on_losing(self, up_percent: float, down_percent: float) -> None:
        """Drop so many from now on, and count on."""
        rules = ""
        for way, percent in (("up", up_percent), ("down", down_percent)):
            rules += f"flush chain ip line {way}\nadd rule ip line {way} counter name {way}_all\n"
            if percent:
                rules += f"add rule ip line {way} {_losing(percent, f'{way}_lost')}\n"
        _inside(self.line, "nft", "-f", "-", given=rules)

    def counted(self) -> dict[str, int]:
        """Packets that wanted to pass and those dropped, by counter."""
        known = json.loads(_inside(self.line, "nft", "-j", "list", "counters"))["nftables"]
        return {each["counter"]["name"]: each["counter"]["packets"] for each in known if "counter" in each}

    def narrow(self, up_kbit: int, down_kbit: int) -> None:
        """Let no more than so much through each way."""
        bucket = ("root", "tbf", "burst", "5kb", "latency", "250ms", "rate")
        for device, kbit in (("out", up_kbit), ("in", down_kbit)):
            _inside(self.line, "tc", "qdisc", "replace", "dev", device, *bucket, f"{kbit}kbit")

    def delay(self, milliseconds: float, beat: float) -> dict[str, Any]:
        """Take packets over the detour and hold them back; returns what was imposed since the last time."""
        if self.shim is None:
            # what the shim itself sends is marked, and goes the straight way
            rules = {"relay": self.relay_port, "shim": self.shim_port, "mark": MARK}
            _inside(self.phone, "nft", "-f", "-", given=_DETOUR % rules)
            command = (sys.executable, "-m", "e2e.shim", str(self.shim_port), self.here, str(self.relay_port))
            self.shim = subprocess.Popen(
                ["ip", "netns", "exec", self.phone, *command],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
            )  # fmt: skip
            self._heard()
        assert self.shim.stdin is not None
        self.shim.stdin.write(json.dumps({"delay": milliseconds, "beat": beat}) + "\n")
        self.shim.stdin.flush()
        return self._heard()

    def go_straight(self) -> None:
        """No detour any more."""
        _inside(self.phone, "nft", "flush", "ruleset")

    def _heard(self) -> dict[str, Any]:
        assert self.shim is not None
        assert self.shim.stdout is not None
        heard: dict[str, Any] = json.loads(self.shim.stdout.readline())
        return heard


def _losing(percent: float, counter: str) -> str:
    return f'numgen random mod 1000 < {int(percent * 10)} counter name "{counter}" drop' if percent else ""
