"""What the registries say of known weaknesses is read as it is meant: silence is no good news."""

import json

from tests.audit import read_npm_audit, read_pip_audit

SOUND = {"name": "jinja2", "version": "3.1.6", "vulns": []}
WEAK = {"name": "h11", "version": "0.14.0", "vulns": [{"id": "CVE-2025-43859", "fix_versions": ["0.16.0"]}]}
SKIPPED = {"name": "segno", "skip_reason": "Dependency not found on PyPI and could not be audited: segno (1.6.6)"}


def test_known_weakness_is_named_with_its_mend() -> None:
    answer = read_pip_audit(json.dumps({"dependencies": [SOUND, WEAK]}))
    assert list(answer.weaknesses) == ["h11 0.14.0: CVE-2025-43859, mended in 0.16.0"]
    assert not answer.untold


def test_package_that_was_skipped_is_not_called_sound() -> None:
    assert "1 of 2 packages: segno" in read_pip_audit(json.dumps({"dependencies": [SOUND, SKIPPED]})).untold


def test_registry_that_does_not_answer_is_said_in_words() -> None:
    assert read_pip_audit("").untold == "PyPI could not be asked: no answer"
    assert read_pip_audit("ConnectionError: no route").untold == "PyPI could not be asked: ConnectionError: no route"
    refused = '{"message": "405 Method Not Allowed", "error": {}}'
    assert read_npm_audit(refused).untold == "npm could not be asked: 405 Method Not Allowed"


def test_npm_tells_what_is_weak() -> None:
    found = {"axe-core": {"range": "<4.0", "severity": "high"}}
    assert list(read_npm_audit(json.dumps({"vulnerabilities": found})).weaknesses) == ["axe-core <4.0: high"]
    assert read_npm_audit(json.dumps({"vulnerabilities": {}})).untold == ""
