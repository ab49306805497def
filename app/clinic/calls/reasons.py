"""Why a call was not completed: one table, read by the sheet, the figures, the challenge log and the history's file."""

from dataclasses import dataclass

from app.i18n import N_, _


@dataclass(frozen=True, slots=True)
class Reason:
    """`key` is what is stored, `csv` the word in a file of history; a technical one counts as a failed consultation."""

    key: str
    text: str
    csv: str
    is_technical: bool = False

    @property
    def words(self) -> str:
        """The reason in the reader's language."""
        return _(self.text)


REASONS = (
    Reason("no_answer", N_("Nobody answered"), "intet svar"),
    Reason("their_technology", N_("The patient's technology"), "patientens teknik", is_technical=True),
    Reason("our_technology", N_("Our technology"), "vores teknik", is_technical=True),
    Reason("connection", N_("The connection"), "forbindelse", is_technical=True),
    Reason("unsuitable", N_("Not suited for video"), "ikke egnet"),
    Reason("other", N_("Something else"), "andet"),
)
"""In the order they are asked for."""


def reason_words() -> dict[str, str]:
    """Return each key's words."""
    return {reason.key: reason.words for reason in REASONS}
