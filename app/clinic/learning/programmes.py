"""Programmes (F10): a pilot or a roll-out with the clinics that take part, its period and its milestones.

Those who see figures outside the clinics keep them: a region's data consultant the region's, national ones all. A
clinic reads the ones it takes part in.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.clinic.change import change
from app.clinic.errors import Invalid, NotFound
from app.clinic.learning.practice_tables import Milestone, Programme, ProgrammeClinic
from app.clinic.people import regions
from app.clinic.people.tables import Clinic
from app.clinic.people.who import EvaluatorWho
from app.i18n import _, local

KINDS = ("pilot", "rollout")
MAX_NAME_LENGTH, MAX_MILESTONE_LENGTH = 120, 200


@dataclass(frozen=True, slots=True)
class Plan:
    """A programme as it is written; `notes` are what focus groups and interviews said, without names."""

    name: str
    kind: str
    since: date
    until: date
    notes: str = ""


async def programmes_for(who: EvaluatorWho, today: date) -> list[Programme]:
    """The programmes they keep, the latest first: all, or those of their region and of those it took over."""
    found = await Programme.objects(Programme.region).order_by(Programme.since, ascending=False)
    return [each for each in found if _is_theirs(who, each, today)]


async def programme_for(who: EvaluatorWho, programme_id: UUID, today: date) -> Programme:
    """The programme; raises NotFound for one of another region."""
    found = await Programme.objects(Programme.region).get(Programme.id == programme_id)
    if found is None or not _is_theirs(who, found, today):
        raise NotFound(_("There is no such programme."))
    return found


def _is_theirs(who: EvaluatorWho, programme: Programme, today: date) -> bool:
    if who.region is None:
        return True
    theirs = regions.merged_into(regions.name_on(who.region, today))
    return bool(programme.region.id) and programme.region.name in theirs


async def of_clinic(clinic: UUID) -> list[Programme]:
    """The programmes a clinic takes part in now, the latest first."""
    taking_part = ProgrammeClinic.select(ProgrammeClinic.programme).where(
        ProgrammeClinic.clinic == clinic, ProgrammeClinic.left_at.is_null()
    )
    return (
        await Programme.objects(Programme.region)
        .where(Programme.id.is_in(taking_part))
        .order_by(Programme.since, ascending=False)
    )


async def begin(who: EvaluatorWho, plan: Plan, now: datetime) -> Programme:
    """A programme more, of the region of whoever begins it; raises Invalid with its field."""
    _check(plan)
    async with change():
        region = (await regions.named(who.region)).id if who.region else None
        programme = Programme(region=region, created_at=now)
        _write(programme, plan)
        await programme.save()
    begun = await Programme.objects(Programme.region).get(Programme.id == programme.id)
    assert begun is not None
    return begun


async def rewrite(programme: Programme, plan: Plan) -> None:
    """Write name, period and notes anew; raises Invalid with its field."""
    _check(plan)
    _write(programme, plan)
    async with change():
        await programme.save([Programme.name, Programme.kind, Programme.since, Programme.until, Programme.notes])


def _write(programme: Programme, plan: Plan) -> None:
    programme.name, programme.kind, programme.notes = " ".join(plan.name.split()), plan.kind, plan.notes
    programme.since, programme.until = plan.since, plan.until


def _check(plan: Plan) -> None:
    if not 1 <= len(plan.name.strip()) <= MAX_NAME_LENGTH:
        raise Invalid(_("Give the programme a name."), field="name")
    if plan.kind not in KINDS:
        raise Invalid(_("Choose a pilot or a roll-out."), field="kind")
    if plan.until < plan.since:
        raise Invalid(_("The last day lies before the first."), field="until")


async def clinics_of(programme: Programme) -> list[Clinic]:
    """Those who take part, with their region, by name."""
    inside = ProgrammeClinic.select(ProgrammeClinic.clinic).where(
        ProgrammeClinic.programme == programme.id, ProgrammeClinic.left_at.is_null()
    )
    return await Clinic.objects(Clinic.region).where(Clinic.id.is_in(inside)).order_by(Clinic.name)


async def candidates(programme: Programme, today: date) -> list[Clinic]:
    """The clinics that can take part: those of the programme's region, or all, by name."""
    everybody = await Clinic.objects(Clinic.region).order_by(Clinic.name)
    if not programme.region.id:
        return everybody
    names = regions.merged_into(regions.name_on(programme.region.name, today))
    return [each for each in everybody if each.region.id and each.region.name in names]


async def choose_clinics(programme: Programme, chosen: Collection[UUID], now: datetime) -> None:
    """Set which clinics take part from now on; raise NotFound for one that may not."""
    known = {each.id for each in await candidates(programme, local(now).date())}
    present = {each.id for each in await clinics_of(programme)}
    if not set(chosen) <= known | present:
        raise NotFound(_("There is no such clinic."))
    async with change():
        await ProgrammeClinic.update({ProgrammeClinic.left_at: now}).where(
            ProgrammeClinic.programme == programme.id,
            ProgrammeClinic.left_at.is_null(),
            ProgrammeClinic.clinic.not_in([*chosen]) if chosen else ProgrammeClinic.clinic.is_not_null(),
        )
        for clinic in sorted(set(chosen) - present, key=str):
            await ProgrammeClinic(programme=programme.id, clinic=clinic, joined_at=now).save()


async def milestones(programmes: Sequence[Programme]) -> dict[UUID, list[Milestone]]:
    """Each programme's milestones in order."""
    found: dict[UUID, list[Milestone]] = {each.id: [] for each in programmes}
    if found:
        rows = Milestone.objects().where(Milestone.programme.is_in(list(found)))
        for row in await rows.order_by(Milestone.due_on, Milestone.words):
            found[row.programme].append(row)
    return found


async def add_milestone(programme: Programme, words: str, due_on: date) -> None:
    """A milestone more; raises Invalid with its field."""
    text = " ".join(words.split())
    if not 1 <= len(text) <= MAX_MILESTONE_LENGTH:
        raise Invalid(_("Write what is to be reached."), field="words")
    async with change():
        await Milestone(programme=programme.id, words=text, due_on=due_on).save()


async def milestone_for(programme: Programme, milestone_id: UUID) -> Milestone:
    """The programme's milestone; raises NotFound for another's."""
    found = await Milestone.objects().get(Milestone.id == milestone_id)
    if found is None or found.programme != programme.id:
        raise NotFound(_("There is no such milestone."))
    return found


async def mark(milestone: Milestone, reached_on: date | None) -> None:
    """Reached that day; with None not reached after all."""
    async with change():
        await Milestone.update({Milestone.reached_on: reached_on}).where(Milestone.id == milestone.id)


async def drop(milestone: Milestone) -> None:
    """Delete the milestone."""
    async with change():
        await Milestone.delete().where(Milestone.id == milestone.id)
