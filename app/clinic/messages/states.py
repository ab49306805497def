"""What can become of a message, and how staff are told (B9).

A reason is kept as a short code, with the other side's own words behind a colon, and put into the reader's language
when it is shown.
"""

from app.i18n import _

QUEUED, SENDING, SENT, DELIVERED = "queued", "sending", "sent", "delivered"
FAILED, UNKNOWN, SHOWN, REPLACED = "failed", "unknown", "shown", "replaced"

UNDER_WAY = frozenset({QUEUED, SENDING})
TROUBLE = frozenset({FAILED, UNKNOWN})

ALL = frozenset({QUEUED, SENDING, SENT, DELIVERED, FAILED, UNKNOWN, SHOWN, REPLACED})
_SUPERSEDED = "superseded"

_MAX_WHY_LENGTH = 300


def why(code: str, detail: str = "") -> str:
    """A reason as it is kept: on one line and no longer than its column."""
    return " ".join(f"{code}: {detail}".split() if detail else [code])[:_MAX_WHY_LENGTH]


def superseded(state: str) -> str:
    """Why a message that had this state was replaced: its appointment was cancelled, moved or given a new link."""
    return why(_SUPERSEDED, state)


def is_superseded(kept: str) -> bool:
    """Whether this stored reason says that the message was superseded."""
    return kept.startswith(f"{_SUPERSEDED}: ")


def words(state: str) -> str:
    """The state in a word or two."""
    return {
        QUEUED: _("Waiting to be sent"),
        SENDING: _("Being sent"),
        SENT: _("Sent"),
        DELIVERED: _("Delivered"),
        FAILED: _("Not sent"),
        UNKNOWN: _("Perhaps sent"),
        SHOWN: _("Shown here only"),
        REPLACED: _("Replaced"),
    }[state]


def purpose(name: str) -> str:
    """What a message is about, as staff call it."""
    return {
        "confirmation": _("Confirmation"),
        "reminder": _("Reminder"),
        "received": _("Receipt for an online booking"),
        "instant": _("Instant meeting"),
        "cancelled": _("Cancellation"),
        "moved": _("New time"),
        "to_video": _("Changed to video"),
        "to_in_person": _("Changed to the clinic"),
        "in_person_instead": _("In person instead"),
        "in_person_confirmed": _("Confirmation, at the clinic"),
        "in_person_moved": _("New time, at the clinic"),
        "preparation": _("How to get ready"),
        "expectations": _("What to expect"),
        "delay": _("Delay"),
        "expected": _("You are expected now"),
        "plan_b": _("Plan B: we phone you"),
        "sign_in_code": _("Sign-in code"),
        "sent_away": _("Waiting room closed"),
        "questionnaire": _("Questionnaire"),
        "your_turn": _("Your turn"),
        "guest_invitation": _("Invitation to a call"),
        "opening_reminder": _("Reminder that the open consultation opens"),
        "staff_invitation": _("Invitation to a colleague"),
    }[name]


def reason(kept: str) -> str:
    """Why, in a sentence for staff; empty when there is nothing to explain."""
    code, _separator, detail = kept.partition(": ")
    if code == _SUPERSEDED:
        return _("It no longer holds: the appointment has been changed since. Before: %(state)s.") % {
            "state": words(detail)
        }
    sentence = _sentences().get(code, "")
    return f"{sentence} ({detail})" if sentence and detail else sentence or kept


def _sentences() -> dict[str, str]:
    return {
        "number_refused": _("The SMS gateway refused the message. Check the phone number."),
        "gateway_refused": _("The SMS gateway refused the message."),
        "gateway_key": _("The SMS gateway does not accept our key. Whoever runs the installation must look at it."),
        "gateway_away": _("We can't reach the SMS gateway."),
        "gateway_busy": _("The SMS gateway is busy."),
        "gateway_silent": _("The SMS gateway did not answer in time. Ask the patient before you send it again."),
        "undelivered": _("The phone company could not deliver it. Check the phone number, or call."),
        "mail_refused": _("The receiver's mail server refused it. Check the e-mail address."),
        "mail_login": _("Our mail server does not accept our sign-in. Whoever runs the installation must look at it."),
        "mail_away": _("We can't reach our mail server."),
        "mail_unencrypted": _("Our mail server offers no encryption. Whoever runs the installation must look at it."),
        "mail_busy": _("The mail server asked us to try again later."),
        "unheard": _("The SMS gateway never got it, so it is being sent again."),
        "too_late": _("It could not be sent in time, so it was not sent at all."),
        "stopped": _("The server stopped while it was being sent. Ask the patient before you send it again."),
        "unreadable": _("It can't be read any more: the installation's key has been changed."),
    }
