"""The questionnaire report as a workbook has it: a sheet for each question."""

from collections.abc import Sequence

from app.clinic.learning.report import Answered
from app.i18n import _
from app.web.spreadsheets import Sheet


def answer_sheets(answers: Sequence[Answered]) -> list[Sheet]:
    """Each question's answers; one sheet that says so when too few have answered."""
    sheets = [
        Sheet(
            each.question.ask,
            (_("Answer"), _("How many"), _("Per cent")),
            [*((choice.words, choice.count, choice.percent) for choice in each.choices), (_("In all"), each.total)],
        )
        for each in answers
    ]
    return sheets or [Sheet(_("Questionnaire"), (_("Too few have answered yet"),), [])]
