"""Reading what a device test found, as its page sends it: verdicts in fields, the line's figures as JSON in one."""

from typing import Annotated

import msgspec
from msgspec import Meta

from app.clinic.booking.device_tests import DeviceReport
from app.clinic.booking.lines import MeasuredLine
from app.clinic.errors import Invalid
from app.i18n import _
from app.strict_json import NotReadable, read_json
from app.web.forms import Form

_Time = Annotated[float, Meta(ge=0, le=60_000)]
_Percent = Annotated[float, Meta(ge=0, le=100)]
_Rate = Annotated[int, Meta(ge=0, le=1_000_000)]
_Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class _Found(msgspec.Struct, forbid_unknown_fields=True):
    """static/js/call/line-test.js, and what device-test.js saw of camera and microphone."""

    reached: bool
    rtt: _Time = 0.0
    jitter: _Time = 0.0
    loss_up: _Percent = msgspec.field(name="lossUp", default=0.0)
    loss_down: _Percent = msgspec.field(name="lossDown", default=0.0)
    up: _Rate = 0
    down: _Rate = 0
    frames: _Count = 0
    seen: _Count = 0
    level: Annotated[int, Meta(ge=0, le=100)] = 0


_FOUND = msgspec.json.Decoder(_Found)


def report_of(form: Form, browser: str) -> DeviceReport:
    """The report in this form; raises Invalid when its figures are none. Without figures the line was not tried."""
    found = _read(form["line"])
    return DeviceReport(
        form["camera"],
        form["microphone"],
        form["loudspeaker"],
        browser,
        form["detail"],
        line=_line(found) if found else None,
        frames=found.seen if found else None,
        frames_back=found.frames if found else None,
        level=found.level if found else None,
    )


def _read(text: str) -> _Found | None:
    if not text:
        return None
    try:
        return read_json(text, _FOUND)
    except NotReadable:
        raise Invalid(_("We could not read the result of the test. Try it once more.")) from None


def _line(found: _Found) -> MeasuredLine:
    return MeasuredLine(found.reached, found.rtt, found.jitter, found.loss_up, found.loss_down, found.up, found.down)
