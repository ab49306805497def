"""The SMS gateway's delivery reports: one signed POST for each change of a message's state (B9).

The signature is HMAC-SHA256 of the body under the secret agreed with the gateway, as `Signature: v1=<hex>`. A state we
don't know changes nothing: it is better to say "sent" than to claim an arrival. That it was accepted settles a doubt.
"""

import hmac
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException, PermissionDeniedException

from app.clinic.messages import deliveries
from app.settings import Settings
from app.strict_json import read_json

PATH = "/delivery-reports"

_ARRIVED = frozenset({"DELIVERED", "READ"})
_ACCEPTED = frozenset({"ACCEPTED", "SCHEDULED", "BUFFERED", "ENROUTE", "PROCESSED"})
_LOST = frozenset({"EXPIRED", "DELETED", "UNDELIVERABLE", "REJECTED", "FAILED"})


class _Fault(msgspec.Struct):
    details: str = ""


class _Status(msgspec.Struct):
    status: str = ""
    reference: str | None = None
    error: _Fault | None = None


class _Report(msgspec.Struct):
    event_type: str
    event: _Status


_REPORT = msgspec.json.Decoder(_Report)


@post(PATH, status_code=204)
async def take_report(request: Request[Any, Any, Any], now: NamedDependency[datetime]) -> None:
    """Take a delivery report: 404 until a secret is agreed, 403 for a wrong signature."""
    secret = cast(Settings, request.app.state.settings).sms_report_secret
    if not secret:
        raise NotFoundException
    body = await request.body()
    if not is_genuine(body, request.headers.get("Signature", ""), secret):
        raise PermissionDeniedException
    await note(body, now)


router = Router("/", route_handlers=[take_report])


def is_genuine(body: bytes, signature: str, secret: str) -> bool:
    """Whether the gateway signed this body; never without a secret."""
    expected = "v1=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.encode())


async def note(body: bytes, now: datetime) -> None:
    """Record what a genuine report says of one of our messages; other kinds of report are ignored."""
    try:
        report = read_json(body, _REPORT)
        message_id = UUID(report.event.reference or "")
    except ValueError:
        return
    status = report.event.status.upper()
    if not report.event_type.startswith("message.status."):
        return
    if status in _ARRIVED | _LOST:
        detail = report.event.error.details if report.event.error else status
        await deliveries.reported(message_id, now, arrived=status in _ARRIVED, detail=detail)
    elif status in _ACCEPTED:
        await deliveries.reported(message_id, now)
