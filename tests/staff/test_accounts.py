"""Signing in and out, the first start, and the team, through the real application."""

from datetime import date
from pathlib import Path

import pytest

from app import i18n
from app.clinic.booking import hours
from app.clinic.messages.phrases import say
from app.clinic.messages.tables import Message
from app.clinic.people.tables import Clinic, Staff
from tests.cast import PASSWORD, Cast
from tests.conftest import Browser

SETUP = {
    "clinic_name": "Lægerne Ærø",
    "region": "Region Syddanmark",
    "provider_number": "98765",
    "plan_b_phone": "62 52 11 22",
    "languages": "dansk og tysk",
    "opening_hours": "8-12, 13-16",
    "name": "Ida Dam",
    "role": "doctor",
    "email": "ida@aeroe.example",
    "password": "tre hvide svaner flyver",
}


async def test_signing_in_leads_to_the_page_that_was_asked_for(browser: Browser) -> None:
    asked = await browser.get("/team")
    assert asked.headers["location"] == "/login?next=/team"
    form = {"email": "mette@nordby.example", "password": PASSWORD, "next": "/team"}
    signed_in = await browser.post("/login", form)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/team")
    assert "HttpOnly" in signed_in.headers["set-cookie"]
    assert (await browser.get("/team")).status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"])
async def test_signing_in_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    form = {"email": "mette@nordby.example", "password": PASSWORD, "next": elsewhere}
    assert (await browser.post("/login", form)).headers["location"] == "/desk"


async def test_wrong_password_brings_the_form_back_with_the_email(browser: Browser) -> None:
    form = {"email": "mette@nordby.example", "password": "not this one!", "next": "/desk"}
    answer = await browser.post("/login", form)
    assert answer.status_code == 422
    assert 'value="mette@nordby.example"' in answer.text
    assert "not this one!" not in answer.text


async def test_signing_out_ends_the_session(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.doctor)
    await browser.post("/logout")
    await browser.sign_in(cast.doctor)
    secret = browser.http.cookies["naervaer-staff"]
    await browser.post("/logout")
    browser.forget()
    browser.http.cookies.set("naervaer-staff", secret)
    assert (await browser.get("/team")).status_code == 303


async def test_form_without_csrf_token_is_refused(browser: Browser) -> None:
    form = {"email": "mette@nordby.example", "password": PASSWORD}
    refused = await browser.http.post("/login", data=form, follow_redirects=False)
    assert refused.headers["location"] == "/login?cookies=refused"
    await browser.get("/login")
    assert (await browser.http.post("/login", data=form)).status_code == 403


async def test_first_start_makes_the_clinic_and_signs_its_superuser_in(first_browser: Browser) -> None:
    assert (await first_browser.get("/setup/wrong-secret")).status_code == 404
    assert (await first_browser.get("/setup/the-setup-secret")).status_code == 200
    made = await first_browser.post("/setup/the-setup-secret", SETUP)
    assert made.headers["location"] == "/desk"
    clinic = await Clinic.objects().first()
    assert clinic is not None
    assert (clinic.slug, clinic.plan_b_phone) == ("laegerne-aeroe", "+4562521122")
    assert clinic.languages == "dansk og tysk"
    assert [(each.first, each.last, each.times) for each in hours.grouped(await hours.opening(clinic.id))] == [
        (0, 4, "8.00–12.00, 13.00–16.00")
    ]
    assert (await first_browser.get("/team")).status_code == 200
    assert (await first_browser.get("/setup/the-setup-secret")).status_code == 410


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("plan_b_phone", "12"),
        ("provider_number", "12a"),
        ("email", "ida"),
        ("password", "short"),
        ("region", "Skåne"),
        ("name", "x" * 121),
        ("opening_hours", "from eight"),
        ("opening_hours", "8-12, 11-16"),
    ],
)
async def test_a_mistake_at_the_first_start_loses_nothing(first_browser: Browser, field: str, wrong: str) -> None:
    answer = await first_browser.post("/setup/the-setup-secret", {**SETUP, field: wrong})
    assert answer.status_code == 422
    assert 'value="Lægerne Ærø"' in answer.text
    assert not await Clinic.exists()


async def test_superuser_invites_a_colleague_who_signs_in(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    form = {"name": "Ida Dam", "role": "nurse", "email": "ida@nordby.example"}
    invited = await browser.post("/team", form)
    assert invited.status_code == 200
    assert await Message.count().where(Message.purpose == "staff_invitation") == 1
    address = invited.text.partition('data-text="')[2].partition('"')[0]
    browser.forget()
    path = "/invitation/" + address.rpartition("/")[2]
    assert "Ida Dam" in (await browser.get(path)).text
    refused = await browser.post(path, {"password": "kort"})
    assert refused.status_code == 422
    assert "Ida Dam" in refused.text
    opened = await browser.post(path, {"password": "grøn cykel mod vinden"})
    assert opened.headers["location"] == "/desk"
    assert (await browser.get(path)).status_code == 410


async def test_only_superusers_invite_and_retire(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.doctor)
    assert (await browser.post("/team", {"name": "X", "role": "nurse", "email": "x@y.dk"})).status_code == 403
    assert (await browser.post(f"/team/{cast.colleague.id}/retirement")).status_code == 403
    await browser.sign_in(cast.superuser)
    assert (await browser.post(f"/team/{cast.outsider.id}/retirement")).status_code == 404
    assert (await browser.post(f"/team/{cast.colleague.id}/retirement")).status_code == 303
    colleague = await Staff.objects().get(Staff.id == cast.colleague.id)
    assert colleague is not None and not colleague.active


async def test_every_answer_carries_the_security_headers(browser: Browser) -> None:
    for path in ("/", "/login", "/nowhere", "/team"):
        answer = await browser.get(path)
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_folder_of_catalogues_is_a_language_more(tmp_path: Path) -> None:
    for code in ("en", "pl", "da", "ar"):
        (tmp_path / code).mkdir()
    assert list(i18n.languages_in(tmp_path).items()) == [
        ("da", "Dansk"), ("ar", "العربية"), ("en", "English"), ("pl", "Polski"),
    ]  # fmt: skip


async def test_a_language_more_is_offered_dated_and_written_its_own_way(
    browser: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(i18n.LANGUAGES, "ar", "العربية")
    page = (await browser.get("/login")).text
    assert 'hreflang="en"' in page and 'href="?lang=ar"' in page
    assert '<html lang="ar" dir="rtl">' in (await browser.get("/login?lang=ar")).text
    await browser.sign_in(cast.superuser)
    page = f"/patients/{cast.patient.id}/correction"
    assert '<option value="ar">' in (await browser.get(page)).text
    with i18n.use_language("ar"):
        assert i18n.format_day(date(2026, 11, 24)) != i18n.format_day(date(2026, 11, 25))
        assert say("cancelled", "sms", "ar", {"clinic": "Nordby", "when": "9.15", "phone": "66112233"}).body


async def test_language_is_chosen_in_the_address_and_kept(browser: Browser) -> None:
    assert '<html lang="da">' in (await browser.get("/login")).text
    assert '<html lang="en">' in (await browser.get("/login?lang=en")).text
    assert '<html lang="en">' in (await browser.get("/login")).text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_forms_from_other_sites_are_refused_even_with_a_token(browser: Browser, site: str) -> None:
    form = {"email": "mette@nordby.example", "password": PASSWORD}
    refused = await browser.post("/login", form, headers={"sec-fetch-site": site})
    assert refused.status_code == 403
    assert (await browser.post("/login", form, headers={"sec-fetch-site": "same-origin"})).status_code == 303
