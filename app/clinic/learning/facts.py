"""The technical facts of a call or a message, for a challenge: what somebody who is to solve it needs, and no more.

Only known names and short values, never a name, an address, a reason or a measurement. The other side's own words about
a message may name its receiver, so only our code for them is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.clinic.booking import device_tests
from app.clinic.calls import quality
from app.clinic.calls.quality import PartyLine
from app.clinic.calls.reasons import reason_words
from app.clinic.calls.tables import Call
from app.clinic.messages import states
from app.clinic.messages.tables import Message
from app.i18n import _

NAMES = (
    *("connection", "state", "quality", "measured", "party", "rtt", "loss", "frozen", "sound_alone", "reconnects"),
    *("because", "browser", "camera", "microphone", "loudspeaker", "line", "desk"),
    *("channel", "purpose", "delivery", "why", "attempts"),
)
STATES = ("connecting", "connected", "reconnecting", "failed")
QUALITIES = ("good", "weak", "audio-only")
_PARTS = ("camera", "microphone", "loudspeaker", "line")


@dataclass(frozen=True, slots=True)
class NamedValue:
    """A known name and its value."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class SeenAtDesk:
    """What the desk's page saw when the challenge was noted: its browser, and the call's state and quality, if any."""

    desk: str = ""
    state: str = ""
    quality: str = ""


async def of_call(call: Call, seen: SeenAtDesk) -> list[NamedValue]:
    """How far the connection came, how its poorest line was, why it was not completed, and what the patient's device
    could do when tried."""
    found = {
        "connection": "connected" if call.connected_at else "answered" if call.answered_at else "unanswered",
        "state": seen.state if seen.state in STATES else "",
        "quality": seen.quality if seen.quality in QUALITIES else "",
        "because": call.not_completed_because,
        "desk": seen.desk,
        **_measured(quality.poorest(await quality.of_call(call.id))),
    }
    appointment = call.appointment.id
    test = (await device_tests.latest([appointment])).get(appointment) if appointment else None
    if test is not None:
        found |= {"browser": test.browser, **{part: getattr(test, part) for part in _PARTS}}
    return _listed(found)


def _measured(line: PartyLine | None) -> dict[str, str]:
    """Return what was measured on this line (E8), in whole numbers; it outlives the call's own measurements."""
    if line is None:
        return {}
    rare = {"frozen": line.frozen_s, "sound_alone": line.audio_only_s, "reconnects": line.reconnects}
    return {
        "measured": line.verdict or "",
        "party": line.role,
        "rtt": "" if line.rtt_ms is None else f"{line.rtt_ms:.0f}",
        "loss": f"{line.loss_percent or 0:.0f}",
        **{name: f"{number:.0f}" for name, number in rare.items() if number},
    }


def of_message(message: Message) -> list[NamedValue]:
    """Return a message's facts: channel, purpose, state and reason."""
    return _listed(
        {
            "channel": message.channel,
            "purpose": message.purpose,
            "delivery": message.state,
            "why": message.why.partition(": ")[0],
            "attempts": str(message.attempts),
        }
    )


def _listed(found: dict[str, str]) -> list[NamedValue]:
    return [NamedValue(name, found[name][:80]) for name in NAMES if found.get(name) and found[name] != "untried"]


def words(facts: Sequence[NamedValue]) -> list[tuple[str, str]]:
    """Each fact's name and value as staff read them."""
    names, values = _names(), _values()
    return [(names[fact.name], _value(fact, values)) for fact in facts]


def _value(fact: NamedValue, values: dict[str, str]) -> str:
    if fact.name == "why":
        return states.reason(fact.value)
    if fact.name == "purpose":
        return states.purpose(fact.value)
    if fact.name == "delivery":
        return states.words(fact.value)
    return values.get(fact.value, fact.value)


def _names() -> dict[str, str]:
    return {
        "connection": _("Connection"),
        "state": _("When it was noted"),
        "quality": _("Quality"),
        "measured": _("How the line was"),
        "party": _("Whose line that was"),
        "rtt": _("Round trip, ms"),
        "loss": _("Lost, per cent"),
        "frozen": _("Picture stood still, s"),
        "sound_alone": _("Sound alone, s"),
        "reconnects": _("Connected anew, times"),
        "because": _("Why it was not held"),
        "browser": _("The patient's browser"),
        "camera": _("Camera, when tried"),
        "microphone": _("Microphone, when tried"),
        "loudspeaker": _("Loudspeaker, when tried"),
        "line": _("Line, when tried"),
        "desk": _("The clinic's browser"),
        "channel": _("Channel"),
        "purpose": _("About"),
        "delivery": _("What became of it"),
        "why": _("Why"),
        "attempts": _("Attempts"),
    }


def _values() -> dict[str, str]:
    return {
        "unanswered": _("the patient did not answer"),
        "answered": _("answered, but picture and sound never came"),
        "connected": _("connected"),
        "connecting": _("connecting"),
        "reconnecting": _("reconnecting"),
        "failed": _("failed"),
        "good": _("good"),
        "weak": _("weak"),
        "bad": _("poor"),
        "staff": _("The clinic"),
        "patient": _("The patient"),
        "guest": _("Guest"),
        "audio-only": _("sound alone"),
        "audio_only": _("sound alone"),
        "usable": _("usable"),
        "wont_work": _("not enough for video"),
        "ok": _("works"),
        "denied": _("not allowed in the browser"),
        "sms": _("SMS"),
        "email": _("e-mail"),
        **reason_words(),
    }
