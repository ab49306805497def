"""Experience exchange (F9): a clinic shares its phrases, its lists and when its types suit video with its region.

What is shared is a copy, so that later changes stay at home until they are shared anew. It names the clinic and the
day, never a person: words that hold a number, an address or somebody's name are refused. What is adopted becomes the
clinic's own copy, and can be taken back as long as nobody has changed it since.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID, uuid5

from app.clinic.booking import policy, types
from app.clinic.booking.policy import Policy
from app.clinic.booking.tables import AppointmentType
from app.clinic.change import change
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.learning.practice_tables import Adoption, SharedText
from app.clinic.messages import own_phrases
from app.clinic.messages.phrases import Channel
from app.clinic.messages.tables import OwnPhrase
from app.clinic.people import clinics, regions
from app.clinic.people.tables import Clinic, Patient, Region, Staff
from app.clinic.people.who import StaffWho
from app.i18n import _, local

KINDS = ("phrase", "suits", "conditions")
_PERSONAL = re.compile(r"\d[\d .-]{5,}\d|[^@\s{}]+@[^@\s{}]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A text of the clinic that can be shared. `about`: a phrase's purpose, or a type's name.

    `id` names it in an address: the type's, the clinic's for its list of conditions, or one that follows from whose
    phrase it is and what for, since an own phrase is a new row every time it is written.
    """

    kind: str
    id: UUID
    about: str
    text: str
    subject: str = ""
    channel: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class SharedPiece:
    """A piece of one's own and what is shared of it: nothing, the same text, or an older one."""

    piece: Piece
    shared: SharedText | None

    @property
    def is_same(self) -> bool:
        """Whether the shared text equals the present one."""
        return self.shared is not None and (self.shared.subject, self.shared.text) == (
            self.piece.subject,
            self.piece.text,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Something another clinic shares: how many have adopted it, and this clinic's own adoption, if it stands."""

    shared: SharedText
    clinic_name: str
    adopted_by: int
    own: Adoption | None


async def offers(clinic: Clinic) -> list[SharedPiece]:
    """What the clinic could share, and what of it is."""
    shared = await SharedText.objects().where(SharedText.clinic == clinic.id, SharedText.withdrawn_at.is_null())
    known = {(each.kind, each.piece): each for each in shared}
    return [SharedPiece(each, known.get((each.kind, each.id))) for each in await _pieces(clinic)]


async def _pieces(clinic: Clinic) -> list[Piece]:
    phrases = await OwnPhrase.objects().where(OwnPhrase.clinic == clinic.id).order_by(OwnPhrase.purpose)
    pieces = [
        Piece("phrase", _phrase_id(each), each.purpose, each.text, each.subject, each.channel, each.language)
        for each in phrases
    ]
    kinds = [kind for kind in await types.bookable(clinic.id) if kind.suits_video_when]
    pieces += [Piece("suits", kind.id, kind.name, kind.suits_video_when) for kind in kinds]
    conditions = (await policy.policy_of(clinic)).conditions
    if conditions:
        pieces.append(Piece("conditions", clinic.id, "", "\n".join(conditions)))
    return pieces


def _phrase_id(phrase: OwnPhrase) -> UUID:
    return uuid5(phrase.clinic, f"{phrase.purpose}/{phrase.channel}/{phrase.language}")


async def share(clinic: Clinic, kind: str, piece_id: UUID, now: datetime) -> None:
    """Share the text with the region, replacing an earlier copy. Raise Invalid for words that identify a person."""
    piece = next((each for each in await _pieces(clinic) if (each.kind, each.id) == (kind, piece_id)), None)
    if piece is None:
        raise NotFound(_("There is nothing like that to share."))
    await _check_impersonal(clinic, f"{piece.about}\n{piece.subject}\n{piece.text}")
    async with change():
        await _withdraw(clinic.id, kind, piece_id, now)
        await SharedText(
            clinic=clinic.id,
            kind=kind,
            piece=piece_id,
            about=piece.about,
            channel=piece.channel,
            language=piece.language,
            subject=piece.subject,
            text=piece.text,
            shared_at=now,
        ).save()


async def withdraw(clinic: Clinic, kind: str, piece_id: UUID, now: datetime) -> None:
    """Share it no more; those who adopted it keep their copies. Raises NotFound where it is not shared."""
    async with change():
        if not await _withdraw(clinic.id, kind, piece_id, now):
            raise NotFound(_("It is not shared any more."))


async def _withdraw(clinic: UUID, kind: str, piece_id: UUID, now: datetime) -> bool:
    standing = SharedText.update({SharedText.withdrawn_at: now}).where(
        SharedText.clinic == clinic,
        SharedText.kind == kind,
        SharedText.piece == piece_id,
        SharedText.withdrawn_at.is_null(),
    )
    return bool(await standing.returning(SharedText.id))


async def _check_impersonal(clinic: Clinic, text: str) -> None:
    """Raise Invalid when the text holds a number, an address or the full name of somebody in the clinic."""
    if found := _PERSONAL.search(text):
        words = _("«%(found)s» looks like a number or an address. Use {phone} or leave it out, then share.")
        raise Invalid(words % {"found": found.group()})
    folded = text.casefold()
    for table in (Staff, Patient):
        for row in await table.select(table.name).where(table.clinic == clinic.id):
            if row["name"].casefold() in folded:
                raise Invalid(_("There is somebody's name in it. Leave it out, then share."))
    if clinic.name.casefold() in folded:
        raise Invalid(_("Your clinic's own name is in it. Write {clinic} instead, then share."))


async def found(clinic: Clinic, now: datetime, kind: str = "") -> list[Found]:
    """What other clinics of the same region share, the latest first."""
    rows = await _readable(clinic, now)
    if kind:
        rows = [each for each in rows if each.kind == kind]
    ids = [each.id for each in rows]
    standing = await Adoption.objects().where(Adoption.shared.is_in(ids), Adoption.undone_at.is_null()) if ids else []
    own = {each.shared: each for each in standing if each.clinic == clinic.id}
    return [
        Found(
            shared=each,
            clinic_name=each.clinic.name,
            adopted_by=len({adoption.clinic for adoption in standing if adoption.shared == each.id}),
            own=own.get(each.id),
        )
        for each in rows
    ]


async def _readable(clinic: Clinic, now: datetime) -> list[SharedText]:
    """What stands, of the other clinics in what is the clinic's region today."""
    region = await clinics.region_of(clinic, local(now).date())
    if not region:
        return []
    places = await Region.select(Region.id).where(Region.name.is_in(regions.merged_into(region)))
    return (
        await SharedText.objects(SharedText.clinic)
        .where(
            SharedText.withdrawn_at.is_null(),
            SharedText.clinic != clinic.id,
            SharedText.clinic.region.is_in([row["id"] for row in places]),
        )
        .order_by(SharedText.shared_at, ascending=False)
    )


async def shared_for(clinic: Clinic, shared_id: UUID, now: datetime) -> SharedText:
    """What another clinic of the region shares; raises NotFound for anybody else's."""
    row = next((each for each in await _readable(clinic, now) if each.id == shared_id), None)
    if row is None:
        raise NotFound(_("It is not shared any more."))
    return row


async def adopt(clinic: Clinic, staff: StaffWho, shared: SharedText, type_id: UUID | None, now: datetime) -> Adoption:
    """Make the text the clinic's own.

    `type_id` names the type that a text on when video suits goes to, None the first type on video. Raise Invalid where
    the clinic has no type for it.
    """
    async with change():
        if shared.kind == "phrase":
            place, before = await _adopt_phrase(clinic.id, shared, now)
        elif shared.kind == "suits":
            place, before = await _adopt_suits(clinic.id, shared, type_id)
        else:
            place, before = await _adopt_conditions(clinic, shared)
        adoption = Adoption(shared=shared.id, clinic=clinic.id, staff=staff.id, place=place, before=before)
        adoption.after, adoption.adopted_at = await _now_there(clinic, shared, place), now
        await adoption.save()
    return adoption


async def _adopt_phrase(clinic: UUID, shared: SharedText, now: datetime) -> tuple[UUID | None, str]:
    before = await _phrase_now(clinic, shared)
    await own_phrases.keep(
        clinic, shared.about, cast(Channel, shared.channel), shared.language, shared.subject, shared.text, now
    )
    return None, before


async def _adopt_suits(clinic: UUID, shared: SharedText, type_id: UUID | None) -> tuple[UUID | None, str]:
    kinds = await types.bookable(clinic, "video")
    kind = next((each for each in kinds if type_id in (None, each.id)), None)
    if kind is None:
        raise Invalid(_("Choose one of your appointment types on video."))
    before = kind.suits_video_when
    kind.suits_video_when = shared.text
    await kind.save([AppointmentType.suits_video_when])
    return kind.id, before


async def _adopt_conditions(clinic: Clinic, shared: SharedText) -> tuple[UUID | None, str]:
    """Append the lines the clinic does not have to its own."""
    known = await policy.policy_of(clinic)
    lines = dict.fromkeys([*known.conditions, *shared.text.splitlines()])
    await policy.keep(clinic, Policy(known.offer, known.criteria, tuple(lines)))
    return None, "\n".join(known.conditions)


async def _phrase_now(clinic: UUID, shared: SharedText) -> str:
    own = (await own_phrases.of(clinic, shared.about, shared.language)).get(cast(Channel, shared.channel))
    return json.dumps([own.subject, own.text]) if own else ""


async def _now_there(clinic: Clinic, shared: SharedText, place: UUID | None) -> str:
    """The clinic's own text where it was adopted to, as it stands."""
    if shared.kind == "phrase":
        return await _phrase_now(clinic.id, shared)
    if shared.kind == "suits":
        row = await AppointmentType.objects().get(AppointmentType.id == place)
        return row.suits_video_when if row else ""
    return "\n".join((await policy.policy_of(clinic)).conditions)


async def adoption_for(clinic: UUID, adoption_id: UUID) -> Adoption:
    """The clinic's adoption with what was adopted; raises NotFound for another's, and for one taken back."""
    row = await Adoption.objects(Adoption.shared).get(Adoption.id == adoption_id)
    if row is None or row.clinic != clinic or row.undone_at:
        raise NotFound(_("It is not adopted any more."))
    return row


async def undo(clinic: Clinic, adoption: Adoption, now: datetime) -> None:
    """Back to what it was; raises Conflict when somebody has changed the text since."""
    shared = adoption.shared
    async with change():
        if await _now_there(clinic, shared, adoption.place) != adoption.after:
            raise Conflict(_("Somebody has changed the text since. It stays as it is."))
        if shared.kind == "phrase":
            await _phrase_back(clinic.id, shared, adoption.before, now)
        elif shared.kind == "suits":
            await AppointmentType.update({AppointmentType.suits_video_when: adoption.before}).where(
                AppointmentType.id == adoption.place, AppointmentType.clinic == clinic.id
            )
        else:
            known = await policy.policy_of(clinic)
            await policy.keep(clinic, Policy(known.offer, known.criteria, tuple(adoption.before.splitlines())))
        await Adoption.update({Adoption.undone_at: now}).where(Adoption.id == adoption.id)


async def _phrase_back(clinic: UUID, shared: SharedText, before: str, now: datetime) -> None:
    channel = cast(Channel, shared.channel)
    if before:
        subject, text = json.loads(before)
        await own_phrases.keep(clinic, shared.about, channel, shared.language, subject, text, now)
    else:
        await own_phrases.go_back(clinic, shared.about, channel, shared.language)
