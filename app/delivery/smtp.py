"""E-mail over SMTP (I3): one message to one person, as text and as HTML that says the same.

A message sent twice after a crash carries the same Message-ID, by which mailboxes know it again. We insist
on TLS unless the server is this very machine, or is said to stand in a network that is trusted.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import cast
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from app.clinic.messages.deliveries import Envelope
from app.clinic.people.emails import in_ascii
from app.clinic.people.texts import one_line
from app.delivery.mail_html import as_html
from app.delivery.outcomes import RefusedForGood, TryLater
from app.i18n import use_language
from app.network import is_this_machine
from app.settings import Settings
from app.web import ical

_TIMEOUT_S = 30
_MAX_S = 60
_DEFAULT_PORT = {"smtp": 587, "smtps": 465}
_PUBLISHED = {"method": "PUBLISH"}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A server that takes our mail, from an address like `smtp://user:password@host:587` or `smtps://host`."""

    url: str
    mail_from: str
    may_be_plain: bool = False
    timeout_s: float = _TIMEOUT_S

    @classmethod
    def of(cls, settings: Settings) -> "MailServer | None":
        """The mail server the settings name, if any."""
        return cls(settings.smtp_url, settings.mail_from, settings.smtp_plain) if settings.smtp_url else None

    async def carry(self, envelope: Envelope, now: datetime) -> str:
        """Send the message and return its Message-ID; raise RefusedForGood or TryLater."""
        try:
            mail = self._written(envelope, now)
        except (ValueError, IndexError, MessageError):
            raise RefusedForGood("mail_refused") from None
        try:
            async with asyncio.timeout(_MAX_S):
                await self._send(mail)
        except aiosmtplib.SMTPAuthenticationError:
            raise TryLater("mail_login") from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _answered(error.recipients[0]) from None
        except aiosmtplib.SMTPConnectError:
            raise TryLater("mail_away") from None
        except aiosmtplib.SMTPResponseException as error:
            raise _answered(error) from None
        except (aiosmtplib.SMTPException, OSError):
            raise TryLater("mail_away") from None
        return str(mail["Message-ID"])

    async def _send(self, mail: EmailMessage) -> None:
        server = urlsplit(self.url)
        client = aiosmtplib.SMTP(
            hostname=server.hostname,
            port=server.port or _DEFAULT_PORT.get(server.scheme, 25),
            use_tls=server.scheme == "smtps",
            timeout=self.timeout_s,
        )
        async with client:
            if client.get_transport_info("sslcontext") is None and not self._may_leave_plain(server):
                raise TryLater("mail_unencrypted")
            if server.username:
                await client.login(unquote(server.username), unquote(server.password or ""))
            await client.send_message(mail)

    def _may_leave_plain(self, server: SplitResult) -> bool:
        """A password never leaves this machine unencrypted, and mail only where the network is said to be trusted."""
        return is_this_machine(server.hostname) or (self.may_be_plain and not server.username)

    def _written(self, envelope: Envelope, now: datetime) -> EmailMessage:
        address, sender = parseaddr(self.mail_from)[1], _in_head(envelope.sender)
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(sender, addr_spec=address)
        mail["To"] = Address(addr_spec=in_ascii(envelope.to))
        if envelope.reply_to:
            mail["Reply-To"] = Address(sender, addr_spec=in_ascii(envelope.reply_to))
        mail["Subject"] = _in_head(envelope.subject)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{envelope.id}@{address.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(envelope.body, cte="quoted-printable")
        html = as_html(envelope.body, str(mail["Subject"]), envelope.language)
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
        if envelope.event is not None:
            with use_language(envelope.language):
                event = ical.attachment(envelope.event, address).decode()
            mail.add_attachment(event, subtype="calendar", filename="tid.ics", cte="base64", params=_PUBLISHED)
        mail["Content-Language"] = envelope.language  # only now: setting content takes such headers away
        check_head(mail)
        return mail


def _in_head(text: str) -> str:
    """Return text for a mail header on one line, without the start of an encoded word (RFC 2047).

    EmailMessage decodes what it is given once more, and the result could hold line breaks.
    """
    return one_line(text).replace("=?", "= ?")


def check_head(mail: EmailMessage) -> None:
    """Raises ValueError when a header would end early, and MessageError when one can't be written at all."""
    if any(sign in str(value) for value in mail.values() for sign in "\r\n"):
        raise ValueError("a line break in a mail's head")
    mail.as_bytes()


def _answered(error: Exception) -> RefusedForGood | TryLater:
    """What a server's answer means (RFC 5321, section 4.2.1): 4yz is for now, 5yz is for good."""
    answer = cast(aiosmtplib.SMTPResponseException, error)
    detail = f"{answer.code} {answer.message}"
    return TryLater("mail_busy", detail) if 400 <= answer.code < 500 else RefusedForGood("mail_refused", detail)
