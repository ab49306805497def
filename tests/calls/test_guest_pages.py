"""The third party's pages and the desk's, through the whole application: the link, the lobby, the call, the way out."""

from uuid import UUID

import pytest

from app.clinic.calls.tables import Guest
from tests.calls.test_call_pages import HTMX, call_in, only_call
from tests.calls.test_guests import token_sent
from tests.cast import Cast
from tests.conftest import Browser

FORM = {"name": "Ane Tolk", "kind": "interpreter", "to": "22 33 44 55"}


async def invited(browser: Browser, cast: Cast) -> UUID:
    """A call is ringing, and an interpreter is invited by form; answers the guest's id."""
    await call_in(browser, cast)
    call = await only_call()
    answer = await browser.post(f"/calls/{call.id}/guests", FORM, headers=HTMX)
    assert "Ane Tolk" in answer.text
    (guest,) = await Guest.objects()
    return UUID(str(guest.id))


async def test_from_the_link_to_the_call_and_out_again(browser: Browser, cast: Cast) -> None:
    guest = await invited(browser, cast)
    link = f"/g/{await token_sent()}"
    assert "Ane Tolk" in (await browser.get(link)).text
    (untouched,) = await Guest.objects()
    assert untouched.state == "invited", "opening the link changes nothing"
    assert (await browser.post(link)).headers["Location"] == "/guest"
    assert "Du er i venterummet" in (await browser.get("/guest")).text
    assert f"/guests/{guest}/admission" in (await browser.get("/desk")).text
    await browser.post(f"/guests/{guest}/admission", headers=HTMX)
    assert "<call-stage" in (await browser.get("/guest")).text
    assert (await browser.get(link)).headers["Location"] == "/guest"
    await browser.post(f"/guests/{guest}/hold", {"on": "1"}, headers=HTMX)
    assert "hører og ser intet" in (await browser.get("/desk")).text
    await browser.post(f"/guests/{guest}/removal", headers=HTMX)
    assert (await browser.get("/guest")).status_code == 410
    assert (await browser.get(link)).status_code == 410
    assert (await browser.post(link)).status_code == 410
    assert "Ane Tolk" not in (await browser.get("/desk")).text


async def test_leaving_is_the_guests_own(browser: Browser, cast: Cast) -> None:
    guest = await invited(browser, cast)
    await browser.post(f"/g/{await token_sent()}")
    await browser.post(f"/guests/{guest}/admission", headers=HTMX)
    await browser.post("/guest/departure")
    assert "Du har forladt samtalen" in (await browser.get("/guest")).text
    assert "Er gået" in (await browser.get("/desk")).text


async def test_what_is_wrong_brings_the_form_back_filled_in(browser: Browser, cast: Cast) -> None:
    await call_in(browser, cast)
    call = await only_call()
    answer = await browser.post(
        f"/calls/{call.id}/guests", {**FORM, "to": "12"}, headers={**HTMX, "HX-Target": "panel"}
    )
    assert answer.status_code == 422
    assert 'value="Ane Tolk"' in answer.text and "aria-invalid" in answer.text
    page = await browser.get(f"/calls/{call.id}/guests/new")
    assert "Invitér med i samtalen" in page.text


@pytest.mark.parametrize("language", ["da", "en"])
async def test_every_state_of_a_guest_can_be_shown(browser: Browser, cast: Cast, language: str) -> None:
    guest = await invited(browser, cast)
    await browser.post(f"/g/{await token_sent()}")
    for state in ("invited", "lobby", "present", "on_hold", "left"):
        await Guest.update({"state": state, "is_muted": True}).where(Guest.id == guest)
        for address in ("/guest", "/desk"):
            shown = await browser.get(f"{address}?lang={language}")
            assert shown.status_code == 200 and "style=" not in shown.text
    call = await only_call()
    await browser.post(f"/calls/{call.id}/end", headers=HTMX)
    over = await browser.get(f"/guest?lang={language}")
    assert "<call-stage" not in over.text and over.status_code == 200
    assert (await browser.get(f"/g/cut?lang={language}")).status_code == 404
