"""The clinic's own pages, through the real application: details, logo, policy, support, types, online order, hours."""

import pytest

from app.clinic.booking import hours, policy, types
from app.clinic.booking.tables import AppointmentType
from app.clinic.people import clinics, support, team
from app.clinic.people.support import Contact
from app.clinic.people.tables import Clinic
from tests.cast import Cast
from tests.conftest import Browser

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
DETAILS = {
    "name": "Lægehuset Nordby og Omegn",
    "region": "Region Syddanmark",
    "provider_number": "012345",
    "plan_b_phone": "66 11 22 34",
    "email": "post@nordby.example",
    "address": "Havnegade 3, 6720 Fanø",
    "languages": "dansk og tysk",
    "early_minutes": "20",
}


@pytest.fixture
async def desk(browser: Browser, cast: Cast) -> Browser:
    """The superuser's browser, in English."""
    browser.http.cookies.set("lang", "en")
    await browser.sign_in(cast.superuser)
    return browser


async def _clinic(cast: Cast) -> Clinic:
    return await clinics.clinic_of(cast.clinic.id)


async def test_details_are_written_anew(desk: Browser, cast: Cast) -> None:
    answer = await desk.post("/settings", DETAILS)
    assert answer.headers["location"] == "/settings?saved=1"
    clinic = await _clinic(cast)
    assert (clinic.name, clinic.plan_b_phone, clinic.early_minutes) == (DETAILS["name"], "+4566112234", 20)
    assert (clinic.slug, clinic.languages) == ("laegehuset-nordby", "dansk og tysk")
    shown = (await desk.get("/settings?saved=1")).text
    assert "Havnegade 3" in shown and "66 11 22 34" in shown and "Saved" in shown


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""),
        ("region", "Skåne"),
        ("provider_number", "054321"),
        ("provider_number", "1"),
        ("plan_b_phone", "12"),
        ("email", "post"),
        ("address", "x" * 201),
        ("early_minutes", "90"),
        ("early_minutes", "soon"),
    ],
)
async def test_a_mistake_in_the_details_changes_nothing(desk: Browser, cast: Cast, field: str, wrong: str) -> None:
    answer = await desk.post("/settings", {**DETAILS, field: wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert (await _clinic(cast)).address == ""


async def test_a_logo_is_shown_and_can_do_nothing_but_be_shown(desk: Browser, cast: Cast) -> None:
    assert (await desk.post("/settings/logo", files={"logo": ("logo.png", PNG, "image/png")})).status_code == 303
    address = f"/k/{cast.clinic.slug}/logo/{(await _clinic(cast)).logo}"
    assert address in (await desk.get("/settings")).text
    desk.forget()
    shown = await desk.get(address)
    assert (shown.content, shown.headers["content-type"]) == (PNG, "image/png")
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert address in (await desk.get(f"/k/{cast.clinic.slug}")).text
    assert (await desk.get(f"/k/{cast.other_clinic.slug}/logo/{address.rpartition('/')[2]}")).status_code == 404


async def test_a_removed_logo_is_gone(desk: Browser, cast: Cast) -> None:
    await desk.post("/settings/logo", files={"logo": ("logo.png", PNG, "image/png")})
    address = f"/k/{cast.clinic.slug}/logo/{(await _clinic(cast)).logo}"
    await desk.post("/settings/logo/removal")
    assert (await desk.get(address)).status_code == 404
    assert (await desk.get(f"/k/{cast.clinic.slug}/logo/")).status_code == 404


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"GIF89a", PNG + b"\0" * 40 * 1024],
    ids=["nothing", "svg", "gif", "large"],
)
async def test_what_is_no_small_picture_is_refused(desk: Browser, cast: Cast, content: bytes) -> None:
    answer = await desk.post("/settings/logo", files={"logo": ("logo.png", content, "image/png")})
    assert answer.status_code == 422
    assert 'id="logo-error"' in answer.text
    assert (await _clinic(cast)).logo == ""


async def test_the_policy_begins_with_the_guides_words_and_is_kept_as_written(desk: Browser, cast: Cast) -> None:
    assert not await policy.policy_of(await _clinic(cast))
    assert "Follow-up on depression" in (await desk.get("/settings/policy")).text
    form = {"offer": "Video hver dag.", "criteria": "Kendt patient\n\nKendt patient", "conditions": "- Søvn\n• Astma"}
    assert (await desk.post("/settings/policy", form)).status_code == 303
    kept = await policy.policy_of(await _clinic(cast))
    assert kept == policy.Policy("Video hver dag.", ("Kendt patient",), ("Søvn", "Astma"))
    assert "depression" not in (await desk.get("/settings/policy")).text


async def test_a_line_too_long_comes_back_with_all_that_was_written(desk: Browser, cast: Cast) -> None:
    answer = await desk.post("/settings/policy", {"offer": "Video.", "conditions": "Søvn\n" + "x" * 161})
    assert answer.status_code == 422
    assert "x" * 161 in answer.text and 'id="conditions-error"' in answer.text
    assert not await policy.policy_of(await _clinic(cast))


async def test_support_stands_on_everybodys_help_page(desk: Browser, cast: Cast) -> None:
    form = {"kind": "vendor", "name": "Systemhuset", "phone": "70 10 10 10", "hours": "hverdage 8-16"}
    assert (await desk.post("/settings/support", form)).status_code == 303
    await desk.sign_in(cast.doctor)
    shown = (await desk.get("/help")).text
    assert "Systemhuset" in shown and "tel:+4570101010" in shown and "hverdage 8-16" in shown


async def test_a_contact_nobody_can_reach_is_refused(desk: Browser, cast: Cast) -> None:
    answer = await desk.post("/settings/support", {"kind": "region", "name": "Datakonsulenterne"})
    assert answer.status_code == 422
    assert 'value="Datakonsulenterne"' in answer.text
    assert await support.contacts(cast.clinic.id) == []


async def test_the_regions_consultants_are_offered_to_its_other_clinics(desk: Browser, cast: Cast) -> None:
    consultants = Contact("region", "Datakonsulenterne", "+4570202020", "", "hverdage 9-15")
    await support.write(cast.other_clinic.id, consultants, desk.clock.now)
    await support.write(cast.other_clinic.id, Contact("vendor", "Eget hus", "+4570303030", "", ""), desk.clock.now)
    assert await support.offered(await _clinic(cast)) == [consultants]
    await support.write(cast.clinic.id, consultants, desk.clock.now)
    assert await support.offered(await _clinic(cast)) == []
    known = (await support.contacts(cast.clinic.id))[0]
    await desk.post(f"/settings/support/{known.id}", {"kind": "region", "name": "Nye", "email": "data@rsyd.example"})
    assert [each.name for each in await support.contacts(cast.clinic.id)] == ["Nye"]
    await desk.post(f"/settings/support/{known.id}/removal")
    assert await support.contacts(cast.clinic.id) == []


TYPE = {
    "name": "Video: svar på prøver",
    "mode": "video",
    "minutes": "10",
    "colour": "plum",
    "sort_key": "1",
    "suits_video_when": "Du skal have svar på en prøve.",
    "bookable_online": "yes",
}


async def test_a_type_is_made_changed_and_taken_out_of_use(desk: Browser, cast: Cast) -> None:
    assert (await desk.post("/settings/types", TYPE)).status_code == 303
    made = (await types.online(cast.clinic.id))[0]
    assert (made.name, made.minutes, made.suits_video_when) == (TYPE["name"], 10, TYPE["suits_video_when"])
    await desk.post(f"/settings/types/{made.id}", {**TYPE, "minutes": "20", "bookable_online": ""})
    assert (await types.any_type(cast.clinic.id, made.id)).minutes == 20
    assert await types.online(cast.clinic.id) == []
    await desk.post(f"/settings/types/{made.id}/retirement")
    assert [each.name for each in await types.bookable(cast.clinic.id, "video")] == ["Videokonsultation"]
    assert "Not in use" in (await desk.get("/settings/types")).text
    await desk.post(f"/settings/types/{made.id}/return")
    assert len(await types.bookable(cast.clinic.id, "video")) == 2


async def test_the_last_video_type_stays(desk: Browser, cast: Cast) -> None:
    refused = await desk.post(f"/settings/types/{cast.video_type.id}/retirement")
    assert refused.status_code == 422 and "last type on video" in refused.text
    assert (await types.any_type(cast.clinic.id, cast.video_type.id)).active


@pytest.mark.parametrize(
    ("field", "wrong"), [("name", ""), ("minutes", "2"), ("minutes", "lang"), ("colour", "signal"), ("mode", "brev")]
)
async def test_a_mistake_in_a_type_makes_none(desk: Browser, cast: Cast, field: str, wrong: str) -> None:
    answer = await desk.post("/settings/types", {**TYPE, field: wrong})
    assert answer.status_code == 422
    assert TYPE["suits_video_when"] in answer.text
    assert await AppointmentType.count().where(AppointmentType.clinic == cast.clinic.id) == 2


async def test_patients_see_staff_in_the_order_written(desk: Browser, cast: Cast) -> None:
    form = {f"online-{cast.doctor.id}": "yes", f"order-{cast.doctor.id}": "2"}
    form |= {f"online-{cast.colleague.id}": "yes", f"order-{cast.colleague.id}": "1", f"order-{cast.secretary.id}": "1"}
    form |= {f"online-{cast.outsider.id}": "yes"}
    await desk.post("/settings/online", form)
    assert [each.name for each in await team.online(cast.clinic.id)] == ["Anders Bak", "Mette Holm"]
    assert await team.online(cast.other_clinic.id) == []


WEEK = {**{f"open-{day}": "8-16" for day in range(4)}, "open-4": "8-12, 13-15", "pattern": "blocks"}


async def test_hours_and_pattern_are_kept(desk: Browser, cast: Cast) -> None:
    assert "not written your opening hours" in (await desk.get("/settings/hours")).text
    assert (await desk.post("/settings/hours", WEEK)).status_code == 303
    opening = await hours.opening(cast.clinic.id)
    assert [hours.written(opening, day) for day in (0, 4, 5)] == ["8.00–16.00", "8.00–12.00, 13.00–15.00", ""]
    assert (await _clinic(cast)).booking_pattern == "blocks"
    assert 'value="8.00–12.00, 13.00–15.00"' in (await desk.get("/settings/hours")).text


async def test_a_wrong_time_keeps_the_week_as_it_was(desk: Browser, cast: Cast) -> None:
    answer = await desk.post("/settings/hours", {**WEEK, "open-2": "16-8"})
    assert answer.status_code == 422
    assert 'id="open-2-error"' in answer.text and 'value="8-12, 13-15"' in answer.text
    assert await hours.opening(cast.clinic.id) == ()


async def test_a_colleagues_week_and_days_off(desk: Browser, cast: Cast) -> None:
    person = cast.doctor.id
    assert (await desk.post(f"/settings/hours/{person}", {"work-0": "9-15", "video-0": "9-10"})).status_code == 303
    week = await hours.own_week(person)
    assert (hours.written(week.work, 0), hours.written(week.video, 0)) == ("9.00–15.00", "9.00–10.00")
    wrong = await desk.post("/settings/days-off", {"first_day": "2026-12-24", "last_day": "2026-12-20"})
    assert wrong.status_code == 422 and 'id="last_day-error"' in wrong.text
    await desk.post("/settings/days-off", {"first_day": "2026-12-24", "staff": str(person), "words": "Jul"})
    off = await hours.days_off(cast.clinic.id, desk.clock.now.date())
    assert [(each.staff, each.words, each.first == each.last) for each in off] == [(person, "Jul", True)]
    assert "Jul" in (await desk.get("/settings/hours")).text
    await desk.post(f"/settings/days-off/{off[0].id}/removal")
    assert await hours.days_off(cast.clinic.id, desk.clock.now.date()) == []


async def test_days_off_of_another_clinics_staff_are_not_found(desk: Browser, cast: Cast) -> None:
    form = {"first_day": "2026-12-24", "staff": str(cast.outsider.id)}
    assert (await desk.post("/settings/days-off", form)).status_code == 404


async def test_sort_keys_order_numbers_as_numbers(cast: Cast) -> None:
    for key, name in (("10", "Ti"), ("B", "Brev"), ("", "Uden")):
        await AppointmentType(clinic=cast.clinic.id, name=name, mode="video", sort_key=key).save()
    names = [each.name for each in await types.bookable(cast.clinic.id)]
    assert names == ["Videokonsultation", "Konsultation", "Ti", "Brev", "Uden"]
