"""Experience exchange: shared within the region, never about a person, adopted and taken back with one click each."""

from datetime import datetime, timedelta

import pytest

from app.clinic.booking import policy, types
from app.clinic.booking.policy import Policy
from app.clinic.errors import Conflict, Invalid, NotFound
from app.clinic.learning import exchange
from app.clinic.learning.exchange import Found
from app.clinic.messages import own_phrases
from app.clinic.people.tables import Clinic, Region
from tests.cast import Cast, who
from tests.conftest import Browser

OURS = "{link}\nKom i god tid. Hilsen {clinic}"


async def shared_phrase(cast: Cast, now: datetime) -> Found:
    """A reminder in the other clinic's words, as Nordby finds it."""
    await own_phrases.keep(cast.other_clinic.id, "reminder", "sms", "da", "", OURS, now)
    [offer] = [each for each in await exchange.offers(cast.other_clinic) if each.piece.kind == "phrase"]
    await exchange.share(cast.other_clinic, "phrase", offer.piece.id, now)
    [found] = await exchange.found(cast.clinic, now)
    return found


async def test_the_region_reads_who_shared_what_and_when(cast: Cast, now: datetime) -> None:
    found = await shared_phrase(cast, now)
    assert (found.clinic_name, found.shared.text, found.shared.shared_at) == ("Lægerne Sønderby", OURS, now)
    assert await exchange.found(cast.other_clinic, now) == []


async def test_another_region_reads_nothing(cast: Cast, now: datetime) -> None:
    found = await shared_phrase(cast, now)
    north = Region(name="Region Nordjylland")
    await north.save()
    await Clinic.update({Clinic.region: north.id}).where(Clinic.id == cast.clinic.id)
    moved = await Clinic.objects().get(Clinic.id == cast.clinic.id)
    assert moved is not None and await exchange.found(moved, now) == []
    with pytest.raises(NotFound):
        await exchange.shared_for(moved, found.shared.id, now)


async def test_an_adopted_phrase_is_the_clinics_own_and_goes_back_to_what_it_was(cast: Cast, now: datetime) -> None:
    found = await shared_phrase(cast, now)
    before = "{link}\nVi ses snart"
    await own_phrases.keep(cast.clinic.id, "reminder", "sms", "da", "", before, now)
    adoption = await exchange.adopt(cast.clinic, who(cast.superuser), found.shared, None, now)
    assert (await own_phrases.of(cast.clinic.id, "reminder", "da"))["sms"].text == OURS
    [again] = await exchange.found(cast.clinic, now)
    assert again.own is not None and again.adopted_by == 1
    await exchange.undo(cast.clinic, await exchange.adoption_for(cast.clinic.id, adoption.id), now)
    assert (await own_phrases.of(cast.clinic.id, "reminder", "da"))["sms"].text == before
    with pytest.raises(NotFound):
        await exchange.adoption_for(cast.clinic.id, adoption.id)


async def test_without_words_of_its_own_undo_leads_to_the_built_in_ones(cast: Cast, now: datetime) -> None:
    adoption = await exchange.adopt(
        cast.clinic, who(cast.superuser), (await shared_phrase(cast, now)).shared, None, now
    )
    await exchange.undo(cast.clinic, await exchange.adoption_for(cast.clinic.id, adoption.id), now)
    assert await own_phrases.of(cast.clinic.id, "reminder", "da") == {}


async def test_what_was_changed_since_is_not_undone(cast: Cast, now: datetime) -> None:
    adoption = await exchange.adopt(
        cast.clinic, who(cast.superuser), (await shared_phrase(cast, now)).shared, None, now
    )
    await own_phrases.keep(cast.clinic.id, "reminder", "sms", "da", "", "{link}\nEgne ord", now)
    with pytest.raises(Conflict):
        await exchange.undo(cast.clinic, await exchange.adoption_for(cast.clinic.id, adoption.id), now)


async def test_when_video_suits_goes_to_the_type_chosen(cast: Cast, now: datetime) -> None:
    kind = cast.video_type
    kind.suits_video_when = "Til prøvesvar."
    await kind.save()
    await exchange.share(cast.clinic, "suits", kind.id, now)
    [found] = await exchange.found(cast.other_clinic, now)
    with pytest.raises(Invalid):
        await exchange.adopt(cast.other_clinic, who(cast.outsider), found.shared, None, now)
    await types.add_starters(cast.other_clinic.id)
    short = (await types.bookable(cast.other_clinic.id, "video"))[1]
    adoption = await exchange.adopt(cast.other_clinic, who(cast.outsider), found.shared, short.id, now)
    assert (await types.any_type(cast.other_clinic.id, short.id)).suits_video_when == "Til prøvesvar."
    with pytest.raises(NotFound):
        await exchange.adoption_for(cast.clinic.id, adoption.id)
    await exchange.undo(cast.other_clinic, await exchange.adoption_for(cast.other_clinic.id, adoption.id), now)
    assert (await types.any_type(cast.other_clinic.id, short.id)).suits_video_when == ""


async def test_an_adopted_list_adds_the_lines_one_lacks(cast: Cast, now: datetime) -> None:
    await policy.keep(cast.other_clinic, Policy(conditions=("Sleep", "Travel advice")))
    await exchange.share(cast.other_clinic, "conditions", cast.other_clinic.id, now)
    await policy.keep(cast.clinic, Policy("We offer", ("Known",), ("Sleep",)))
    [found] = await exchange.found(cast.clinic, now, "conditions")
    adoption = await exchange.adopt(cast.clinic, who(cast.superuser), found.shared, None, now)
    assert await policy.policy_of(cast.clinic) == Policy("We offer", ("Known",), ("Sleep", "Travel advice"))
    await exchange.undo(cast.clinic, await exchange.adoption_for(cast.clinic.id, adoption.id), now)
    assert await policy.policy_of(cast.clinic) == Policy("We offer", ("Known",), ("Sleep",))


@pytest.mark.parametrize(
    "words",
    ["Ring 20 12 34 56", "mette@nordby.example", "Spørg Mette Holm", "Som hos Jens Hansen", "Lægehuset Nordby venter"],
)
async def test_nothing_about_a_person_leaves_the_clinic(cast: Cast, now: datetime, words: str) -> None:
    cast.video_type.suits_video_when = words
    await cast.video_type.save()
    with pytest.raises(Invalid):
        await exchange.share(cast.clinic, "suits", cast.video_type.id, now)
    assert await exchange.found(cast.other_clinic, now) == []


async def test_a_change_stays_at_home_until_it_is_shared_anew_and_what_is_withdrawn_is_gone(
    cast: Cast, now: datetime
) -> None:
    found = await shared_phrase(cast, now)
    await own_phrases.keep(cast.other_clinic.id, "reminder", "sms", "da", "", "{link}\nNyt", now)
    [offer] = [each for each in await exchange.offers(cast.other_clinic) if each.piece.kind == "phrase"]
    assert offer.shared is not None and not offer.is_same
    assert (await exchange.found(cast.clinic, now))[0].shared.text == OURS
    await exchange.share(cast.other_clinic, "phrase", offer.piece.id, now + timedelta(days=1))
    [newer] = await exchange.found(cast.clinic, now)
    assert newer.shared.text == "{link}\nNyt"
    with pytest.raises(NotFound):
        await exchange.shared_for(cast.clinic, found.shared.id, now)
    await exchange.withdraw(cast.other_clinic, "phrase", offer.piece.id, now)
    assert await exchange.found(cast.clinic, now) == []
    with pytest.raises(NotFound):
        await exchange.withdraw(cast.other_clinic, "phrase", offer.piece.id, now)


async def test_one_click_to_adopt_and_one_to_take_it_back(browser: Browser, cast: Cast) -> None:
    found = await shared_phrase(cast, browser.clock.now)
    await browser.sign_in(cast.doctor)
    assert "/adoption" not in (await browser.get("/exchange")).text
    await browser.sign_in(cast.superuser)
    page = (await browser.get("/exchange")).text
    assert "Lægerne Sønderby" in page and "Region Syddanmark" in page
    adopted = await browser.post(f"/exchange/{found.shared.id}/adoption")
    shown = (await browser.get(adopted.headers["location"])).text
    assert "Nu er det jeres" in shown and "bruges af én klinik" in shown
    adoption = adopted.headers["location"].rpartition("=")[2]
    assert (await browser.post(f"/adoptions/{adoption}/undo")).headers["location"] == "/exchange"
    cast.video_type.suits_video_when = "Ring 20 12 34 56"
    await cast.video_type.save()
    refused = await browser.post(f"/exchange/own/suits/{cast.video_type.id}")
    assert refused.status_code == 422 and "20 12 34 56" in refused.text
