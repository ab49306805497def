"""The guide's two flow charts, "Når praksis booker" and "Når patienten booker": every branch, and the message it sends,
read where it leaves us: at an SMTP server and at the SMS gateway's wire."""

import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.clinic.booking import self_booking
from app.clinic.booking.self_booking import Wish
from app.clinic.booking.tables import Appointment, AppointmentType
from app.clinic.messages.tables import Message
from app.clinic.people import team
from app.clinic.people.tables import Patient
from app.delivery import carrier
from app.settings import Settings
from tests.cast import Cast
from tests.conftest import Browser
from tests.delivery.gateway import FakeGateway, fake_gateway
from tests.delivery.test_smtp import Mailbox, serving, text_of

HTMX = {"HX-Request": "true"}


@dataclass
class Wire:
    """What arrived at the gateway and at the mail server since it was last read."""

    gateway: FakeGateway
    mailbox: Mailbox
    smtp: str
    read: list[int] = field(default_factory=lambda: [0, 0])

    def new(self) -> tuple[list[str], list[str]]:
        """The SMS, and the mails' subjects and texts, that have come since."""
        sms = [each["message"] for each in self.gateway.asked[self.read[0] :]]
        mails = [f"{mail['Subject']}\n{text_of(mail)}" for mail in self.mailbox.mails[self.read[1] :]]
        self.read = [len(self.gateway.asked), len(self.mailbox.mails)]
        return sms, mails


@pytest.fixture
async def wire(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Wire]:
    """A real mail server, and a gateway at its wire."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    mailbox = Mailbox()
    async with fake_gateway() as gateway, serving(mailbox) as address:
        yield Wire(gateway, mailbox, f"smtp://{address}")


@pytest.fixture
def settings(settings: Settings, wire: Wire) -> Settings:
    """The application sends for real."""
    return dataclasses.replace(
        settings,
        smtp_url=wire.smtp,
        mail_from="video@nordby.example",
        sms_gateway_url=wire.gateway.url,
        sms_gateway_token="token",
    )


@pytest.fixture
async def desk(browser: Browser, cast: Cast) -> Browser:
    """The secretary's desk; the clinic offers both types with the doctor online."""
    await AppointmentType.update({AppointmentType.bookable_online: True}, force=True)
    await team.choose_online(cast.clinic.id, [cast.doctor.id])
    await browser.sign_in(cast.secretary)
    return browser


async def _sent(desk: Browser, settings: Settings, wire: Wire) -> tuple[str, str]:
    """The one SMS and the one mail that go out once the time to undo is over, by this carrier or the application's."""
    desk.clock.forward(seconds=16)
    while await Message.exists().where(Message.state.is_in(["queued", "sending"])):
        for channel in ("sms", "email"):
            await carrier.carry_due(settings, channel, desk.clock)
    sms, mails = wire.new()
    assert (len(sms), len(mails)) == (1, 1)
    return sms[0], mails[0]


async def _patient_books(cast: Cast, kind: AppointmentType, desk: Browser) -> Appointment:
    now = desk.clock.now
    slot = (await self_booking.free_slots(cast.clinic, kind.mode, 15, [cast.doctor.id], now))[5]
    wish = Wish(kind.id, cast.doctor.id, slot.starts_at, "Blodtryk", has_device=True)
    return await self_booking.book(wish, cast.patient, cast.clinic, now)


def _form(cast: Cast, **values: Any) -> dict[str, Any]:
    known = {"patient": str(cast.patient.id), "type": str(cast.video_type.id), "staff": str(cast.doctor.id)}
    return known | {"starts_at": "2026-11-24T10:15"} | values


def _has_link_first(text: str) -> bool:
    return text.startswith("http://testserver.local/j/") and "\n" in text


async def test_practice_books_and_requirements_are_met(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    await desk.post("/bookings", _form(cast), headers=HTMX)
    sms, mail = await _sent(desk, settings, wire)
    assert _has_link_first(sms)
    assert "videotid hos Lægehuset Nordby i dag kl. 10.15" in sms
    subject, body = mail.split("\n", 1)
    assert subject == "Din videotid hos Lægehuset Nordby tirsdag den 24. november kl. 10.15"
    assert _has_link_first(body)
    for advice in (
        "rum, hvor kun de rigtige kan høre",
        "papir og blyant",
        "Køen er fælles for alle læger",
        "ringer vi",
    ):
        assert advice in body
    day = (await desk.get("/desk")).text
    assert 'class="badge video"' in day


async def test_practice_books_and_the_phone_must_be_confirmed_first(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    await Patient.update({Patient.phone_confirmed_at: None}).where(Patient.id == cast.patient.id)
    refused = await desk.post("/bookings", _form(cast), headers=HTMX)
    assert refused.status_code == 422
    asked = {"asked": str(cast.patient.id), "has_device": "yes", "eid": "own"}
    confirmed = {**asked, "phone": "20 12 34 56", "phone_confirmed": "yes"}
    assert (await desk.post("/bookings", _form(cast, **confirmed), headers=HTMX)).status_code == 200
    sms, _mail = await _sent(desk, settings, wire)
    assert _has_link_first(sms)


@pytest.mark.parametrize("lacking", [{"has_device": ""}, {"has_device": "yes", "eid": "none"}])
async def test_practice_books_and_requirements_are_not_met(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire, lacking: dict[str, str]
) -> None:
    asked = {"asked": str(cast.patient.id), "eid": "own", **lacking}
    assert (await desk.post("/bookings", _form(cast, **asked), headers=HTMX)).status_code == 422
    assert (await desk.post("/bookings", _form(cast, **asked, in_person="yes"), headers=HTMX)).status_code == 200
    sms, mail = await _sent(desk, settings, wire)
    assert "er i klinikken" in sms
    assert "smartphone eller tablet og MitID" in sms
    assert "/j/" not in sms + mail
    assert "For et barn kan en forælder bruge sit MitID" in mail


async def test_patient_books_video_and_the_secretary_keeps_it(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    booked = await _patient_books(cast, cast.video_type, desk)
    sms, mail = await _sent(desk, settings, wire)
    assert _has_link_first(sms)
    assert "Vi ser på den og skriver til dig" in sms
    assert "Blodtryk" not in sms + mail
    assert cast.patient.name in (await desk.get("/reviews")).text
    await desk.post(f"/reviews/{booked.id}/approval", headers=HTMX)
    sms, mail = await _sent(desk, settings, wire)
    assert _has_link_first(sms)
    assert "Du har en videotid" in sms
    assert "Sådan gør du klar" in mail
    assert cast.patient.name not in (await desk.get("/reviews")).text


async def test_patient_books_in_person_and_the_secretary_converts_it_to_video(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    booked = await _patient_books(cast, cast.in_person_type, desk)
    await _sent(desk, settings, wire)
    page = (await desk.get("/reviews")).text
    assert "bliver på video" in page
    answer = await desk.post(f"/reviews/{booked.id}/conversion", headers=HTMX)
    assert f"/reviews/{booked.id}/undoing" in answer.text
    sms, mail = await _sent(desk, settings, wire)
    assert _has_link_first(sms)
    assert "bliver på video" in sms
    assert "Du skal ikke møde op" in mail


async def test_patient_books_in_person_and_it_stays_so(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    booked = await _patient_books(cast, cast.in_person_type, desk)
    await _sent(desk, settings, wire)
    await desk.post(f"/reviews/{booked.id}/approval", headers=HTMX)
    sms, _mail = await _sent(desk, settings, wire)
    assert sms.startswith("Du har en tid i klinikken hos Lægehuset Nordby i dag kl.")


async def test_patient_books_video_that_does_not_suit(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    booked = await _patient_books(cast, cast.video_type, desk)
    await _sent(desk, settings, wire)
    await desk.post(f"/reviews/{booked.id}/conversion", headers=HTMX)
    sms, mail = await _sent(desk, settings, wire)
    assert "bliver i klinikken i stedet for på video" in sms
    assert "Vi kan bedre hjælpe dig, når du er her" in mail


async def test_patient_books_video_and_requirements_are_not_met(
    desk: Browser, cast: Cast, settings: Settings, wire: Wire
) -> None:
    booked = await _patient_books(cast, cast.video_type, desk)
    await _sent(desk, settings, wire)
    await Patient.update({Patient.has_device: False}).where(Patient.id == cast.patient.id)
    page = (await desk.get("/reviews")).text
    assert "Kravene til video er ikke opfyldt" in page
    assert f"/reviews/{booked.id}/approval" not in page
    assert (await desk.post(f"/reviews/{booked.id}/approval")).status_code == 409
    await desk.post(f"/reviews/{booked.id}/conversion", headers=HTMX)
    sms, _mail = await _sent(desk, settings, wire)
    assert "er i klinikken" in sms
    assert "MitID" in sms


async def test_a_conversion_taken_back_sends_nothing(desk: Browser, cast: Cast, settings: Settings, wire: Wire) -> None:
    booked = await _patient_books(cast, cast.in_person_type, desk)
    await _sent(desk, settings, wire)
    await desk.post(f"/reviews/{booked.id}/conversion", headers=HTMX)
    desk.clock.forward(seconds=6)
    undone = await desk.post(f"/reviews/{booked.id}/undoing", headers=HTMX)
    assert "hører ikke noget" in undone.text
    desk.clock.forward(seconds=20)
    await carrier.carry_due(settings, "sms", desk.clock)
    assert wire.new() == ([], [])
    assert cast.patient.name in (await desk.get("/reviews")).text
