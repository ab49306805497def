"""The mail carrier against a real SMTP server."""

import asyncio
import dataclasses
import re
import socket
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from icalendar import Calendar

from app.clinic.messages.calendar_event import CalendarEvent
from app.delivery import smtp
from app.delivery.outcomes import RefusedForGood, TryLater
from app.delivery.smtp import MailServer
from app.settings import Settings
from tests.delivery import test_sms
from tests.delivery.test_sms import NOW

BODY = f"https://{'v' * 36}.dk/j/aB3-_aB3-_aB3-_aB3-_xy\n\nHej\n\nDu har en videotid i dag kl. 14.15. {'Å' * 90}\n"
ENVELOPE = dataclasses.replace(
    test_sms.ENVELOPE, channel="email", to="jens@example.dk", subject="Din videotid i dag på Ærø", body=BODY
)


class Mailbox:
    """What a real server does with our mail; `answer` is what it says to the recipient or the message."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.to_recipient = "250 OK"
        self.to_message = "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: Any) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(to)
            self.to.append(to)
        return self.to_recipient

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.to_message.startswith("250"):
            lines = cast(bytes, envelope.content).replace(b"\r\n", b"\n")
            self.mails.append(message_from_bytes(lines, policy=default))
        return self.to_message


class Conversation(SMTP):
    """One client's visit, which tells when it is over."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.over = asyncio.Event()

    def connection_lost(self, error: Exception | None) -> None:
        """The client is gone."""
        super().connection_lost(error)
        self.over.set()


@asynccontextmanager
async def serving(mailbox: Mailbox, **options: Any) -> AsyncIterator[str]:
    """A mail server on a free port; gives its address."""

    def answer() -> SMTP:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            conversations.append(Conversation(mailbox, hostname="mail.example", **options))
            return conversations[-1]

    conversations: list[Conversation] = []
    server = await asyncio.get_running_loop().create_server(answer, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for conversation in conversations:
            await conversation.over.wait()


def at(address: str, login: str = "") -> MailServer:
    return MailServer(f"smtp://{login}{address}", "Nærvær <video@torvet.dk>", timeout_s=5)


async def test_a_mail_arrives_with_the_link_whole_and_the_clinic_as_its_sender() -> None:
    mailbox = Mailbox()
    async with serving(mailbox) as address:
        message_id = await at(address).carry(dataclasses.replace(ENVELOPE, reply_to="post@torvet.dk"), NOW)
    [mail] = mailbox.mails
    assert text_of(mail).splitlines()[0] == BODY.splitlines()[0]
    assert text_of(mail) == BODY
    assert mail["Subject"] == ENVELOPE.subject
    assert mail["From"] == "Lægerne Torvet <video@torvet.dk>"
    assert mail["Reply-To"] == "Lægerne Torvet <post@torvet.dk>"
    assert mail["To"] == "jens@example.dk"
    assert mail["Message-ID"] == message_id == f"<{ENVELOPE.id}@torvet.dk>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mailbox.to == ["jens@example.dk"]


def text_of(mail: EmailMessage) -> str:
    """The mail as plain text."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def _html(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Page(HTMLParser):
    """An HTML page as it is read aloud: its words, its links, its list items, and whatever it would fetch."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.language: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.language = given.get("lang") or self.language
        if tag == "a":
            self.links.append(given["href"] or "")
        assert not given.keys() & {"src", "srcset", "background"} and "url(" not in (given.get("style") or "")

    def handle_data(self, data: str) -> None:
        self.words += data.split()


LETTER = """https://video.dk/j/aB3-_x

Hej <b>Jens & Co</b>

Sådan gør du klar
- Find et rum.
- Hav "papir" ved hånden.
Du kan også læse https://klinik.dk/gør?a=1&b=2.

Virker linket ikke? Gå til https://video.dk/kode og skriv koden K7M2-9QXA.
"""


async def _received(**values: Any) -> EmailMessage:
    mailbox = Mailbox()
    async with serving(mailbox) as address:
        await at(address).carry(dataclasses.replace(ENVELOPE, **values), NOW)
    [mail] = mailbox.mails
    return mail


async def test_a_mail_says_the_same_as_text_and_as_html_in_its_language() -> None:
    mail = await _received(body=LETTER, language="en")
    assert mail["Content-Language"] == "en"
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    page = Page(_html(mail))
    assert page.language == "en"
    assert "".join(page.words) == "".join((ENVELOPE.subject + LETTER).replace("\n- ", "").split())
    assert page.links == ["https://video.dk/j/aB3-_x", "https://klinik.dk/gør?a=1&b=2", "https://video.dk/kode"]
    assert (page.tags.count("p"), page.tags.count("ul"), page.tags.count("li"), "b" in page.tags) == (5, 1, 2, False)
    assert not set(page.tags) & {"img", "link", "script", "style", "iframe", "form"}


async def test_a_mail_about_a_time_brings_it_for_the_calendar_and_says_nothing_on_health() -> None:
    told = CalendarEvent(UUID("6f0c2c3e-0000-4000-8000-000000000002"), 2, NOW, NOW + timedelta(days=200), 20, True)
    mail = await _received(event=told)
    [attached] = mail.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert (attached.get_param("method"), attached.get_filename()) == ("PUBLISH", "tid.ics")
    content = attached.get_content()
    [event] = cast(Any, Calendar.from_ical(content)).walk("VEVENT")
    assert (str(event["uid"]), int(event["sequence"])) == (f"{told.uid}@naervaer", 2)
    assert (event["dtstart"].dt, event["dtend"].dt - event["dtstart"].dt) == (told.starts_at, timedelta(minutes=20))
    assert (str(event["summary"]), str(event["status"]), str(event["class"])) == ("Videotid", "CONFIRMED", "PRIVATE")
    assert str(event["organizer"]) == "mailto:video@torvet.dk" and "attendee" not in event
    assert not re.search(r"læge|doktor|konsultation|patient|klinik|/j/", content, re.IGNORECASE)
    assert text_of(mail) == BODY and Page(_html(mail)).links == [BODY.splitlines()[0]]


async def test_a_cancelled_time_at_the_clinic_leaves_the_calendar() -> None:
    told = CalendarEvent(ENVELOPE.id, 3, NOW, NOW, 20, False, cancelled=True, location="Torvet 1, 8000 Aarhus C")
    [attached] = (await _received(event=told)).iter_attachments()
    [event] = cast(Any, Calendar.from_ical(attached.get_content())).walk("VEVENT")
    assert (str(event["status"]), str(event["summary"])) == ("CANCELLED", "Aftale")
    assert str(event["location"]) == "Torvet 1, 8000 Aarhus C"


async def test_a_mail_of_something_else_brings_no_attachment() -> None:
    assert list((await _received()).iter_attachments()) == []


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        ("550 5.1.1 No such user", RefusedForGood, "mail_refused"),
        ("450 4.2.0 Greylisted", TryLater, "mail_busy"),
    ],
)
async def test_what_the_server_says_of_the_recipient_decides(
    answer: str, kind: type[RefusedForGood | TryLater], code: str
) -> None:
    mailbox = Mailbox()
    mailbox.to_recipient = answer
    async with serving(mailbox) as address:
        with pytest.raises(kind) as outcome:
            await at(address).carry(ENVELOPE, NOW)
    assert (outcome.value.code, outcome.value.detail) == (code, answer)
    assert mailbox.mails == []


@pytest.mark.parametrize(("answer", "kind"), [("554 5.7.1 Spam", RefusedForGood), ("451 4.3.0 Later", TryLater)])
async def test_what_the_server_says_of_the_message_decides(answer: str, kind: type[RefusedForGood | TryLater]) -> None:
    mailbox = Mailbox()
    mailbox.to_message = answer
    async with serving(mailbox) as address:
        with pytest.raises(kind):
            await at(address).carry(ENVELOPE, NOW)


async def test_a_server_that_is_away_is_tried_later() -> None:
    async with serving(Mailbox()) as address:
        pass
    with pytest.raises(TryLater) as delay:
        await at(address).carry(ENVELOPE, NOW)
    assert delay.value.code == "mail_away"


async def test_a_server_that_never_answers_is_tried_later() -> None:
    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        over.set()

    over = asyncio.Event()
    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    with pytest.raises(TryLater) as delay:
        await MailServer(f"smtp://{address}", "video@torvet.dk", timeout_s=0.2).carry(ENVELOPE, NOW)
    server.close()
    await over.wait()
    assert delay.value.code == "mail_away"


async def test_a_wrong_password_is_worth_another_try_once_it_is_put_right() -> None:
    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    async with serving(Mailbox(), authenticator=refuse, auth_require_tls=False, auth_required=True) as address:
        with pytest.raises(TryLater) as delay:
            await at(address, "klinik:hemmelig@").carry(ENVELOPE, NOW)
    assert delay.value.code == "mail_login"


async def test_the_right_password_is_given() -> None:
    given: list[tuple[bytes, bytes]] = []

    def accept(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        given.append((login.login, login.password))
        return AuthResult(success=True)

    mailbox = Mailbox()
    async with serving(mailbox, authenticator=accept, auth_require_tls=False, auth_required=True) as address:
        await at(address, "klinik:hem%40melig@").carry(ENVELOPE, NOW)
    assert given == [(b"klinik", b"hem@melig")]
    assert len(mailbox.mails) == 1


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """`mail.example` is a name that leads to this machine without saying so."""
    known = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **options: Any) -> Any:
        return known("127.0.0.1" if host == "mail.example" else host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


@pytest.mark.usefixtures("elsewhere")
async def test_mail_does_not_leave_the_machine_unencrypted_unless_the_network_is_trusted() -> None:
    mailbox = Mailbox()
    async with serving(mailbox) as address:
        away = at(address.replace("127.0.0.1", "mail.example"))
        with pytest.raises(TryLater) as delay:
            await away.carry(ENVELOPE, NOW)
        assert (delay.value.code, mailbox.to) == ("mail_unencrypted", [])
        with pytest.raises(TryLater):
            await dataclasses.replace(
                at(address.replace("127.0.0.1", "mail.example"), "klinik:hemmelig@"), may_be_plain=True
            ).carry(ENVELOPE, NOW)
        assert mailbox.to == [], "a password never goes openly"
        await dataclasses.replace(away, may_be_plain=True).carry(ENVELOPE, NOW)
    assert len(mailbox.mails) == 1


@pytest.mark.usefixtures("elsewhere")
async def test_mail_is_encrypted_where_the_server_offers_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, ours = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("mail.example").configure_cert(ours)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    mailbox = Mailbox()
    async with serving(mailbox, tls_context=ours, require_starttls=True) as address:
        await at(address.replace("127.0.0.1", "mail.example")).carry(ENVELOPE, NOW)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("to", ["not an address", "a@b\r\nBcc: all@example.dk", "", "@"])
async def test_what_is_no_address_is_refused_without_asking_anybody(to: str) -> None:
    with pytest.raises(RefusedForGood):
        await at("127.0.0.1:9").carry(dataclasses.replace(ENVELOPE, to=to), NOW)


def test_without_an_address_there_is_no_mail_server() -> None:
    assert MailServer.of(Settings()) is None
    assert MailServer.of(Settings(smtp_url="smtp://mail.example", mail_from="a@b.dk")) is not None


EVIL = "=?utf-8?q?Klinik=0d=0aX-Injected:_yes=0d=0aContent-Type:_text/html=0d=0a=0d=0a<h1>phish</h1>?="


@pytest.mark.parametrize("field", ["sender", "subject"])
@pytest.mark.parametrize(
    "text", [EVIL, f"Nordby {EVIL}", f"=?{EVIL}", "Nordby\r\nX-Injected: yes", "Nordby\nX-Injected: yes", "a\u2028b\0"]
)
async def test_nothing_written_ends_a_mails_head(field: str, text: str) -> None:
    mailbox = Mailbox()
    envelope = dataclasses.replace(ENVELOPE, **cast(Any, {field: text, "reply_to": "klinik@nordby.dk"}))
    async with serving(mailbox) as place:
        await MailServer(f"smtp://{place}", "Nærvær <naervaer@example.dk>").carry(envelope, NOW)
    [mail] = mailbox.mails
    assert mail["X-Injected"] is None
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert "videotid" in text_of(mail) and "\0" not in _html(mail)


async def test_a_domain_with_danish_letters_is_told_in_ascii() -> None:
    mailbox = Mailbox()
    envelope = dataclasses.replace(ENVELOPE, to="jens@blåbær.dk", reply_to="klinik@nørreå.dk")
    async with serving(mailbox) as place:
        await MailServer(f"smtp://{place}", "Nærvær <naervaer@example.dk>").carry(envelope, NOW)
    assert mailbox.to == ["jens@xn--blbr-roah.dk"]
    assert mailbox.mails[0]["Reply-To"].addresses[0].domain == "xn--nrre-toa4i.dk"


def test_a_mail_whose_head_would_end_early_is_never_sent() -> None:
    """Older Pythons let it through, newer ones raise a HeaderWriteError when it is written (S3)."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["Subject"] = EVIL
    with pytest.raises((ValueError, MessageError)):
        smtp.check_head(mail)
