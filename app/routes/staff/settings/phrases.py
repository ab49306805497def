"""The clinic's own words for its messages, previewed with their length while they are written; its reminders (B7)."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.clinic.booking import reminders
from app.clinic.errors import Invalid
from app.clinic.messages import own_phrases, states
from app.clinic.messages.phrases import Channel
from app.i18n import DEFAULT, LANGUAGES, _
from app.routes.staff.responses import staff_of
from app.routes.staff.settings.clinic import clinic_of, is_saved, saved
from app.web.forms import Form, read_form, read_query
from app.web.html import Asked, fragment, page, see_other

GROUPS = (
    ("booking", ("confirmation", "in_person_confirmed", "in_person_instead", "received", "to_video", "to_in_person")),
    ("before", ("reminder", "preparation", "expectations", "moved", "in_person_moved", "cancelled")),
    ("day", ("instant", "expected", "your_turn", "delay", "plan_b", "sent_away")),
)
_GROUPED = {purpose for _name, purposes in GROUPS for purpose in purposes}
OTHERS = ("other", tuple(purpose for purpose in own_phrases.EDITABLE if purpose not in _GROUPED))


@get("/settings/phrases")
async def show_phrases(request: Asked) -> Response[Any]:
    """Every message that can be worded anew, and when reminders go out."""
    clinic = staff_of(request).clinic
    return page(
        request,
        "staff/settings/phrases.html",
        groups=(*GROUPS, OTHERS) if OTHERS[1] else GROUPS,
        changed=await own_phrases.changed(clinic),
        purpose_words=states.purpose,
        choices=reminders.CHOICES,
        plan=await reminders.plan_of(clinic),
        saved=is_saved(request),
    )


@post("/settings/phrases/reminders")
async def set_reminders(request: Asked) -> Response[Any]:
    """Set when reminders go out."""
    form = await read_form(request)
    chosen = [minutes for minutes in reminders.CHOICES if form.ticked(f"minutes-{minutes}")]
    await reminders.set_plan(staff_of(request).clinic, chosen)
    return saved(request, "/settings/phrases")


@get("/settings/phrases/{purpose:str}")
async def show_phrase(request: Asked, purpose: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """One message's words for one channel in one language."""
    channel, language = _which(read_query(request))
    written = await own_phrases.written(staff_of(request).clinic, purpose, channel, language)
    return _form(request, purpose, channel, language, written.subject, written.text, now, is_own=written.is_own)


@post("/settings/phrases/{purpose:str}/preview")
async def show_preview(request: Asked, purpose: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """How what is written so far would be read, and how many SMS it is."""
    form = await read_form(request)
    channel, language = _which(form)
    seen = own_phrases.preview(clinic_of(request), purpose, channel, language, form["subject"], form["text"], now)
    return fragment(request, "staff/settings/phrase.html", "preview", seen=seen, channel=channel, language=language)


@post("/settings/phrases/{purpose:str}")
async def keep(request: Asked, purpose: FromPath[str], now: NamedDependency[datetime]) -> Response[Any]:
    """Say it in these words from now on; words that can't be sent come back with the reason."""
    form = await read_form(request)
    channel, language = _which(form)
    clinic = staff_of(request).clinic
    try:
        await own_phrases.keep(clinic, purpose, channel, language, form["subject"], form["text"], now)
    except Invalid as error:
        return _form(request, purpose, channel, language, form["subject"], form["text"], now, error=error)
    return see_other(f"/settings/phrases/{purpose}?channel={channel}&language={language}&saved=1")


@post("/settings/phrases/{purpose:str}/removal")
async def go_back(request: Asked, purpose: FromPath[str]) -> Response[Any]:
    """Return to the built-in wording."""
    channel, language = _which(await read_form(request))
    await own_phrases.go_back(staff_of(request).clinic, purpose, channel, language)
    return see_other(f"/settings/phrases/{purpose}?channel={channel}&language={language}&saved=1")


def _form(
    request: Asked,
    purpose: str,
    channel: Channel,
    language: str,
    subject: str,
    text: str,
    now: datetime,
    *,
    is_own: bool = False,
    error: Invalid | None = None,
) -> Response[Any]:
    context = {
        "purpose": purpose,
        "purpose_words": states.purpose(purpose),
        "channel": channel,
        "language": language,
        "subject": subject,
        "text": text,
        "is_own": is_own,
        "error": error,
        "saved": is_saved(request) and error is None,
        "seen": own_phrases.preview(clinic_of(request), purpose, channel, language, subject, text, now),
        "placeholders": [(name, placeholder_words(name)) for name in own_phrases.placeholders(purpose, language)],
    }
    return page(request, "staff/settings/phrase.html", status=422 if error else 200, **context)


def placeholder_words(name: str) -> str:
    """What a placeholder stands for."""
    return {
        "link": _("the patient's own link"),
        "clinic": _("the clinic's name"),
        "phone": _("the clinic's phone"),
        "address": _("the clinic's address"),
        "when": _("day and time, short"),
        "whole_when": _("day and time in words"),
        "early": _("minutes before the waiting room opens"),
        "code": _("the code, if the link fails"),
        "code_page": _("where the code is written"),
        "host": _("our address"),
    }.get(name, name.replace("_", " "))


def _which(form: Form) -> tuple[Channel, str]:
    channel: Channel = "email" if form["channel"] == "email" else "sms"
    return channel, form["language"] if form["language"] in LANGUAGES else DEFAULT
