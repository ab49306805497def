"""What the demo clinic has evaluated: some patients' answers, a business case and an evaluation report."""

from datetime import datetime, timedelta
from uuid import UUID

from app.clinic.change import change
from app.clinic.learning import questionnaire, report
from app.clinic.learning.book import month_of
from app.clinic.learning.tables import Questionnaire
from app.clinic.people.regions import region_on
from app.clinic.reporting import case, editions, evaluation, figures
from app.clinic.reporting.basis import of_clinic
from app.clinic.reporting.estimates import Estimate
from app.clinic.reporting.evaluation import EvaluationReport, Told, facts
from app.clinic.reporting.figures import Filter
from app.i18n import local

_AUTHOR = "Sara Juul"
_ANSWERS = {
    "contact": ("yes", "yes", "yes", "no", "yes", "yes", "yes", "yes", "yes"),
    "easy": (
        "agree_fully",
        "agree",
        "agree_fully",
        "disagree",
        "agree",
        "agree_fully",
        "neither",
        "agree",
        "agree_fully",
    ),
    "help": ("no", "no", "yes", "yes", "no", "no", "no", "no", "no"),
    "picture": ("good", "good", "good", "bad", "good", "good", "good", "good", "unknown"),
    "sound": ("good", "good", "bad", "bad", "good", "good", "good", "good", "good"),
    "problems": ("no", "no", "no", "yes", "no", "no", "no", "no", "no"),
    "preparing": ("same", "less", "less", "more", "same", "less", "same", "less", "less"),
    "waiting": ("less", "less", "same", "more", "less", "less", "same", "less", "same"),
    "talking": ("same", "same", "same", "less", "same", "same", "same", "same", "less"),
    "advantages": (
        *("transport_time work", "transport_time transport_money", "transport_time obstacles safer", "none"),
        *("transport_time work", "transport_time", "transport_time transport_money work", "safer", "transport_time"),
    ),
    "disadvantages": ("none", "none", "none", "technology", "none", "impersonal", "none", "none", "none"),
    "recommend": (
        "agree_fully",
        "agree_fully",
        "agree",
        "disagree",
        "agree",
        "agree_fully",
        "agree",
        "agree",
        "agree_fully",
    ),
}
_WORDS = {
    "contact": "Linket i beskeden var skåret over, så jeg ringede i stedet.",
    "help": "Min datter hjalp mig i gang.",
}
_FULL_OF_WORDS = 3
_SOURCES = {
    "staff_rate": Estimate(850, 700, 1000, "Klinikkens regnskab 2025: løn og husleje pr. arbejdstime."),
    "transport_km": Estimate(14, 6, 30, "Klinikkens patientliste: afstand til de fleste patienter."),
    "equipment": Estimate(3200, 2500, 6000, "Faktura fra november 2025: to kameraer og to headset."),
}


_REPORT = {
    "purpose": "Vi ville se, om kontroller og svar på prøver kan klares på video, så patienterne slipper for turen.",
    "method": "Alle læger og sygeplejersker deltog. Efter hvert møde fik vi et postkort og patienten et skema.",
    "technology": "Lyden holdt næsten altid. Billedet frøs hos patienter med gammel telefon.",
    "technology_next": "Patienterne skal prøve kamera og lyd, når de får linket, og ikke først på dagen.",
    "safety": "Ingen hændelser. Var lægen i tvivl, fik patienten en tid i klinikken samme dag.",
    "clinical": "Kontrol af blodtryk, svar på prøver og samtaler egnede sig. Udslæt og ondt i maven gjorde ikke.",
    "patients": "»Da jeg har angst for at være ude, er det her en rigtig god ting for mig.«",
    "patients_left": "Patienter uden smartphone. Dem ringer vi stadig til.",
    "economy": "At det mest er patienterne, der vinder, og at mislykkede møder koster os så meget.",
    "organisation": "Sekretæren booker nu video til kontroller, medmindre patienten siger nej.",
    "law": "Samtykke og databehandleraftale er på plads. Vi mangler en aftale om tolke.",
    "conclusion": "Video er blevet en vane til kontroller. Vi fortsætter.",
    "next": "Sara holder evalueringsmøde hvert kvartal. Mette laver en liste over, hvad der egner sig.",
}


async def evaluate(clinic: UUID, now: datetime) -> None:
    """Add patients' answers, and save the superuser's business case and report."""
    await _answer(clinic, now)
    today = local(now).date()
    since = month_of(month_of(today) - timedelta(days=360))
    until = month_of(today) - timedelta(days=1)
    basis = await of_clinic(clinic, since, until)
    begun = case.continued(basis, None)
    made = case.worked_out(basis, {**begun.estimates, **_SOURCES})
    scope = editions.of_clinic(clinic)
    await case.keep(scope, 0, made, _AUTHOR, now - timedelta(days=2))
    found, answers = await figures.of_clinic(clinic, Filter(since, until)), await report.of_clinic(clinic)
    written = EvaluationReport(since, until, facts(Told(found, made.outcomes, answers)), _REPORT)
    await evaluation.keep(scope, 0, written, _AUTHOR, now - timedelta(days=1))


async def _answer(clinic: UUID, now: datetime) -> None:
    month = month_of(local(now - timedelta(days=30)).date())
    async with change():
        region = await region_on(clinic, month)
        for number in range(len(_ANSWERS["contact"])):
            begun = Questionnaire(clinic=clinic, region=region, month=month, kind="consultation")
            await begun.save()
            for key, answers in _ANSWERS.items():
                words = _WORDS.get(key, "") if number == _FULL_OF_WORDS else ""
                await questionnaire.say(begun, key, answers[number].split(), words)
