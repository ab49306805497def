"""Service codes: which holds on which day, what is kept when one is changed, and the day's list."""

import html
import io
import zipfile
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.clinic.calls import billing, guests, service_codes
from app.clinic.calls.guests import Invitation
from app.clinic.calls.outcome import OutcomeForm
from app.clinic.calls.service_codes import NATIONAL, AgreedCode, suggestion
from app.clinic.calls.tables import Call, Guest
from app.clinic.errors import Invalid, NotFound
from app.clinic.learning import postcards
from app.clinic.learning.book import Postcard
from app.clinic.people.tables import Patient
from app.i18n import local
from tests.calls.test_outcome import ended
from tests.cast import Cast, who
from tests.conftest import Browser

DAY = date(2026, 11, 24)
NEW_YEAR = date(2027, 1, 1)
HELD = OutcomeForm("completed", solved="solved", instead_of="in_person")


def test_a_code_holds_on_its_first_and_last_day_and_no_other() -> None:
    code = AgreedCode("video", "0125", valid_from=DAY, valid_until=NEW_YEAR)
    days = (DAY - timedelta(days=1), DAY, NEW_YEAR, NEW_YEAR + timedelta(days=1))
    assert [code.is_valid_on(day) for day in days] == [False, True, True, False]
    assert suggestion([code], "video", days[0]) is None
    assert suggestion([code], "phone", DAY) is None


def test_the_longest_code_that_a_call_reaches_is_suggested() -> None:
    codes = [*NATIONAL, AgreedCode("video", "0999", from_minutes=20)]
    found = [suggestion(codes, "video", DAY, minutes) for minutes in (0, 19, 20, 90)]
    assert [each.code for each in found if each] == ["0125", "0125", "0999", "0999"]


async def test_a_clinic_begins_with_the_agreements_codes(cast: Cast) -> None:
    assert [(each.kind, each.code) for each in await service_codes.valid_on(DAY, cast.clinic.id)] == [
        ("video", "0125"),
        ("conference", "0126"),
        ("phone", "0201"),
    ]
    assert await service_codes.valid_on(DAY) == list(NATIONAL)


async def test_a_new_fee_ends_the_one_before_it_and_leaves_its_days_alone(cast: Cast, now: datetime) -> None:
    await service_codes.write(
        who(cast.superuser), AgreedCode("video", "0125", fee_oere=18250, valid_from=NEW_YEAR), now
    )
    fees = {day: (await service_codes.valid_on(day, cast.clinic.id))[0].fee_oere for day in (DAY, NEW_YEAR)}
    assert fees == {DAY: None, NEW_YEAR: 18250}
    assert await service_codes.suggested(cast.clinic.id, "video", DAY) == "0125"
    assert len(await service_codes.codes_of(cast.clinic.id)) == 4
    with pytest.raises(Invalid) as refused:
        await service_codes.write(who(cast.superuser), AgreedCode("video", "0777", valid_from=NEW_YEAR), now)
    assert refused.value.field == "valid_from"


async def test_what_was_changed_is_kept_with_who_did_it(cast: Cast, now: datetime) -> None:
    known = (await service_codes.codes_of(cast.clinic.id))[0]
    await service_codes.write(who(cast.superuser), replace(known, fee_oere=100, id=None), now, known)
    dearer = (await service_codes.codes_of(cast.clinic.id))[0]
    await service_codes.remove(who(cast.superuser), dearer, now)
    history = await service_codes.history(cast.clinic.id)
    assert [(row.fee_oere, row.set_aside_by.name) for row in sorted(history, key=lambda row: row.fee_oere or 0)] == [
        (None, "Sara Juul"),
        (100, "Sara Juul"),
    ]
    assert await service_codes.suggested(cast.clinic.id, "video", DAY) == ""
    with pytest.raises(NotFound):
        await service_codes.remove(who(cast.superuser), dearer, now)


async def test_one_clinics_codes_are_not_anothers(cast: Cast, now: datetime) -> None:
    known = (await service_codes.codes_of(cast.clinic.id))[0]
    assert known.id is not None
    with pytest.raises(NotFound):
        await service_codes.code_for(cast.other_clinic.id, known.id)
    await service_codes.remove(who(cast.superuser), known, now)
    assert await service_codes.suggested(cast.other_clinic.id, "video", DAY) == "0125"


@pytest.mark.parametrize(
    ("code", "field"),
    [
        (AgreedCode("video", "12"), "code"),
        (AgreedCode("video", "0125", words="x" * 121), "words"),
        (AgreedCode("video", "0125", fee_oere=-1), "fee"),
        (AgreedCode("video", "0125", from_minutes=300), "from_minutes"),
        (AgreedCode("video", "0125", valid_from=NEW_YEAR, valid_until=DAY), "valid_until"),
    ],
)
async def test_what_no_code_can_be_is_named(cast: Cast, now: datetime, code: AgreedCode, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await service_codes.write(who(cast.superuser), code, now)
    assert refused.value.field == field


async def test_a_call_that_a_third_party_joined_is_a_conference(cast: Cast, now: datetime) -> None:
    call = await ended(cast, now)
    assert (await postcards.sheet_of(call)).kind == "consultation"
    await Call.update({Call.state: "running"}).where(Call.id == call.id)
    guest = await guests.invite(call, who(cast.doctor), Invitation("Bo", "interpreter", "22334455"), now)
    await Guest.update({Guest.state: "lobby"}).where(Guest.id == guest.id)
    await guests.admit(guest, now)
    await Call.update({Call.state: "ended"}).where(Call.id == call.id)
    sheet = await postcards.sheet_of(call)
    assert sheet.kind == "conference"
    card = Postcard(sheet.kind, "good", "good", "no")
    await postcards.hand_in(call, who(cast.doctor), HELD, card, now)
    [line] = await billing.of_day(cast.clinic.id, local(now).date())
    assert line.code is not None and line.code.code == "0126"


async def test_the_days_list_is_copied_with_what_was_charged(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    call = await ended(cast, now)
    await browser.sign_in(cast.doctor)
    day = local(now).date().isoformat()
    before = (await browser.get(f"/calls/codes?day={day}")).text
    assert "Udfyld skemaet først" in before and "data-text" not in before
    await postcards.hand_in(call, who(cast.doctor), OutcomeForm("by_phone", "", "", "solved", "phone"), Postcard(), now)
    page = (await browser.get(f"/calls/codes?day={day}")).text
    assert 'data-text="09.00\tJens Hansen\t0201\tTelefonkonsultation"' in page
    book = zipfile.ZipFile(io.BytesIO((await browser.get(f"/calls/codes/xlsx?day={day}&lang=en")).content))
    texts = book.read("xl/sharedStrings.xml").decode()
    assert ">0201</t>" in texts and ">Jens Hansen</t>" in texts, "as text the code keeps its first nought"
    await browser.sign_in(cast.outsider)
    assert "Jens Hansen" not in (await browser.get(f"/calls/codes?day={day}")).text


async def test_no_copied_line_is_a_formula_where_it_is_pasted(browser: Browser, cast: Cast) -> None:
    now = browser.clock.now
    await Patient.update({Patient.name: '=HYPERLINK("http://x";"y")'}).where(Patient.id == cast.patient.id)
    form = OutcomeForm("by_phone", "", "", "solved", "phone")
    await postcards.hand_in(await ended(cast, now), who(cast.doctor), form, Postcard(), now)
    await browser.sign_in(cast.doctor)
    page = html.unescape((await browser.get(f"/calls/codes?day={local(now).date().isoformat()}")).text)
    assert "\t'=HYPERLINK(" in page and "\t=HYPERLINK(" not in page


async def test_superusers_write_a_code_and_a_mistake_comes_back_filled_in(browser: Browser, cast: Cast) -> None:
    await browser.sign_in(cast.superuser)
    form = {"kind": "video", "code": "0125", "fee": "182,5", "valid_from": "2027-01-01", "from_minutes": "0"}
    wrong = await browser.post("/settings/codes", form | {"fee": "gratis"})
    assert wrong.status_code == 422
    assert 'value="gratis"' in wrong.text and 'id="fee-error"' in wrong.text
    assert (await browser.post("/settings/codes", form)).status_code == 303
    page = (await browser.get("/settings/codes?saved=1")).text
    assert "182,50" in page and "1. januar 2027" in page and "31. december 2026" in page
    call = await ended(cast, browser.clock.now)
    sheet = (await browser.get(f"/calls/{call.id}/outcome")).text
    assert 'data-code="video">0125' in sheet and 'data-code="phone">0201' in sheet
