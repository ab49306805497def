"""The demo clinic's last twelve months as a file of history would tell them, how one call's lines were, and somebody to
see the whole country.

The numbers follow from the calendar alone, so that the demo looks the same every time it is made in a month.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from app.clinic.calls import quality
from app.clinic.calls.quality import Arrival, Noted, QualitySample
from app.clinic.calls.tables import Call
from app.clinic.change import change
from app.clinic.learning import history
from app.clinic.learning.book import month_of
from app.clinic.people.tables import Evaluator
from app.i18n import local

EMAIL = "ea@sundhed.example"
_MONTHS, _MAX_MONTHLY, _FEWER_BEFORE = 12, 48, 3
_WORDS = (
    ("konsultation", "planlagt", "gennemført"),
    ("konsultation", "straks", "gennemført"),
    ("konsultation", "planlagt", "gennemført"),
    ("konference", "planlagt", "gennemført"),
    ("konsultation", "åben", "gennemført"),
    ("konsultation", "planlagt", "gennemført"),
    ("konference", "straks", "gennemført"),
    ("konsultation", "planlagt", "telefon"),
    ("konsultation", "straks", "gennemført"),
    ("konsultation", "planlagt", "ikke gennemført"),
    ("konsultation", "planlagt", "gennemført"),
    ("konsultation", "planlagt", "udeblevet"),
)


async def remember(clinic: UUID, provider_number: str, password_hash: str, now: datetime) -> None:
    """Import the history and create the evaluator's account."""
    await history.bring_in(_file(local(now).date()), {provider_number: clinic}, now, clinic)
    async with change():
        await Evaluator(name="Ea Lund", email=EMAIL, password_hash=password_hash, created_at=now).save()


async def note_lines(call: Call, doctor: UUID) -> None:
    """How both lines of a call of a dozen minutes were: the desk's good, the patient's weak for a while."""
    parties = (("staff", str(doctor), "computer", "chromium"), ("patient", str(call.patient.id), "phone", "safari"))
    noted = []
    for role, party, device, browser in parties:
        each = Noted(call.id, party, role, device, browser, connect_ms=940 if role == "staff" else 1_680)
        for number in range(1, 72):
            weak = role == "patient" and 30 <= number < 46
            moment = call.rang_at + timedelta(seconds=10 * number)
            each.samples.append((moment, _sample(number, weak)))
            each.arrivals.append((moment, Arrival(0, 60 if weak else 2, 9 if weak else 3, 310 if weak else 780)))
        each.reconnects = 1 if role == "patient" else 0
        noted.append(each)
    await quality.keep(noted)


def _sample(number: int, weak: bool) -> QualitySample:
    wave = number * 7 % 11
    loss = 55 + 9 * wave if weak else wave // 3
    worst = weak and number % 5 == 0
    kbps = 240 + 8 * wave if weak else 760 + 12 * wave
    return QualitySample(
        0, (180 if weak else 38) + 4 * wave, 3 + wave // 2, loss, kbps, kbps - 40, worst, 700 * worst, worst
    )


def _file(today: date) -> str:
    lines = [";".join(history.COLUMNS)]
    month = month_of(today)
    for back in range(_MONTHS):
        month = month_of(month - timedelta(days=1))
        held = _MAX_MONTHLY - back * _FEWER_BEFORE
        lines += [_line(month + timedelta(days=each % 28), back + each) for each in range(held)]
    return "\n".join(lines)


def _line(day: date, number: int) -> str:
    kind, origin, outcome = _WORDS[number % len(_WORDS)]
    if outcome != "gennemført":
        because = ("forbindelse", "patientens teknik", "intet svar")[number % 3] if outcome == "ikke gennemført" else ""
        return f";{day};{kind};{origin};{outcome};;;;;{because}"
    picture = "dårligt" if number % 11 == 0 else "godt"
    sound = "dårligt" if number % 17 == 0 else "godt"
    longer = "ja" if number % 5 == 0 else "nej"
    return f";{day};{kind};{origin};{outcome};{7 + number * 5 % 13};{picture};{sound};{longer};"
