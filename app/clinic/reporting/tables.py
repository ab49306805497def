"""The saved versions of reports. What they hold is told outside the clinic: nothing in it leads back to a meeting."""

from piccolo.columns import UUID, Date, Integer, Text, Timestamptz, Varchar

from app.clinic.people.tables import Clinic
from app.clinic.rows import ForeignKey, Table


class Edition(Table):
    """One saved version of an evaluation report or a business case, whole: the words and the figures as they were.

    `scope` says whose it is (a clinic's goes with the clinic), `kind` evaluation or business_case; `number` counts from
    1 within both. `content` is JSON that only its own module reads. A row is never changed.
    """

    id = UUID(primary_key=True)
    scope = Varchar(45)
    clinic = ForeignKey(Clinic, null=True, default=None)
    kind = Varchar(15)
    number = Integer()
    since = Date()
    until = Date()
    content = Text()
    author = Varchar(120)
    saved_at = Timestamptz()
