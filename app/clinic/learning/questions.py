"""The patient questionnaire's questions, word for word as the national pilot asked them (F2).

The Danish words in the catalogue are the pilot's own. Its slides print the options of four questions: technical
quality, time spent, advantages, disadvantages. Those of the three yes/no questions and of the two statements ("grad af
enighed") stood in pictures that its text lacks: yes and no, and the usual five degrees, are our assumption. Nothing
here knows who answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.i18n import _

OTHER = "other"
MAX_WORDS_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class Question:
    """One question in the present language. `options` are (value, words) in the pilot's order.

    `many`: several may be chosen, and `none` is the option that excludes the others. `words` is the label of the free
    text below it, empty when there is none. `lead` is what stands above the question.
    """

    key: str
    lead: str
    ask: str
    options: Sequence[tuple[str, str]] = ()
    many: bool = False
    words: str = ""

    @property
    def none(self) -> str:
        """The option that excludes the others, or empty."""
        return "none" if self.many else ""


def _yes_no() -> list[tuple[str, str]]:
    return [("yes", _("Yes")), ("no", _("No"))]


def _good_bad() -> list[tuple[str, str]]:
    return [("good", _("Good (quality)")), ("bad", _("Bad (quality)")), ("unknown", _("Don't know"))]


def _more_less() -> list[tuple[str, str]]:
    return [("more", _("More")), ("same", _("Unchanged")), ("less", _("Less")), ("unknown", _("Don't know"))]


def _agreement() -> list[tuple[str, str]]:
    return [
        ("agree_fully", _("Strongly agree")),
        ("agree", _("Agree")),
        ("neither", _("Neither agree nor disagree")),
        ("disagree", _("Disagree")),
        ("disagree_fully", _("Strongly disagree")),
        ("unknown", _("Don't know")),
    ]


def questions() -> list[Question]:
    """All of them in the order they are asked, in the present language."""
    return [*_contact_and_use(), *_quality(), *_time(), *_satisfaction()]


def question(key: str) -> Question | None:
    """The one with this key, or None."""
    return next((each for each in questions() if each.key == key), None)


def _contact_and_use() -> list[Question]:
    use = _("How easy it was")
    return [
        Question(
            "contact",
            _("Technical quality"),
            _("Did you succeed in making contact with the doctor at your latest video consultation?"),
            _yes_no(),
            words=_("Please say more"),
        ),
        Question(
            "easy",
            use,
            _("How far do you agree: “Video consultation with the doctor is easy to use”"),
            _agreement(),
        ),
        Question(
            "help",
            use,
            _("Did you get help from others to use video consultation with the doctor?"),
            _yes_no(),
            words=_("Please say more"),
        ),
    ]


def _quality() -> list[Question]:
    lead = _("How did you find the technical quality at your latest video consultation with the doctor?")
    return [
        Question("picture", lead, _("Picture"), _good_bad()),
        Question("sound", lead, _("Sound"), _good_bad()),
        Question(
            "problems",
            _("Technical quality"),
            _("Did you have other technical problems at your latest video consultation with the doctor?"),
            _yes_no(),
            words=_("Please say more"),
        ),
    ]


def _time() -> list[Question]:
    lead = _("Time spent, compared with an ordinary visit to the doctor")
    return [
        Question("preparing", lead, _("Preparing for the consultation"), _more_less()),
        Question("waiting", lead, _("Waiting for the doctor before the consultation begins"), _more_less()),
        Question("talking", lead, _("Talking with the doctor"), _more_less()),
    ]


def _satisfaction() -> list[Question]:
    lead = _("Satisfaction")
    return [
        Question("advantages", lead, _("Advantages of video consultation with the doctor"), _advantages(), many=True,
                 words=_("Other; please say more")),
        Question("disadvantages", lead, _("Disadvantages of video consultation with the doctor"), _disadvantages(),
                 many=True, words=_("Other; please say more")),
        Question("recommend", lead,
                 _("How far do you agree: “I will recommend others to use video consultation with the doctor”"),
                 _agreement()),
        Question("more", _("In your own words"), _("Is there anything else you want to say?"),
                 words=_("Your words; no names, please")),
    ]  # fmt: skip


def _advantages() -> list[tuple[str, str]]:
    return [
        ("none", _("Video consultation with the doctor has no advantages")),
        ("transport_time", _("I save time on transport")),
        ("transport_money", _("I save money on transport")),
        ("work", _("I need not take time off work, or can take less time off work")),
        ("obstacles", _("I am spared physical challenges (such as parking, stairs, lifts)")),
        ("safer", _("I feel safer in my own home")),
        (OTHER, _("Other; please say more")),
    ]


def _disadvantages() -> list[tuple[str, str]]:
    return [
        ("none", _("Video consultation with the doctor has no disadvantages")),
        ("impersonal", _("It is too impersonal")),
        ("hard_to_follow", _("It is hard to follow or understand what is said")),
        ("technology", _("It is too difficult to work out the technology")),
        ("understanding", _("It is harder for the doctor to understand my situation through a screen")),
        (OTHER, _("Other; please say more")),
    ]
