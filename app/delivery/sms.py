"""SMS through GatewayAPI's REST interface, `POST /mobile/single` (I3).

A refused connection means the message never left and may be tried again. A time-out after it was sent off means
"perhaps", and is said so: a patient with two different links is worse off than one whom the clinic phones.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import httpx
import msgspec

from app.clinic.messages.deliveries import Envelope
from app.delivery.outcomes import PerhapsCarried, RefusedForGood, TryLater
from app.network import trusted
from app.settings import Settings

_TIMEOUT_S, _CONNECT_S = 20, 5
_MAX_S = 60
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.ProxyError)
_MAX_PAUSE_S = 600


class _Accepted(msgspec.Struct):
    msg_id: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """An account at the gateway; `url` is the whole address messages are posted to."""

    url: str
    token: str
    sender: str
    timeout_s: float = _TIMEOUT_S

    @classmethod
    def of(cls, settings: Settings) -> "Gateway | None":
        """The gateway the settings name, if any."""
        if not settings.sms_gateway_url:
            return None
        return cls(settings.sms_gateway_url, settings.sms_gateway_token, settings.sms_sender)

    async def carry(self, envelope: Envelope, now: datetime) -> str:
        """Send the message and return the gateway's id for it; raise RefusedForGood, TryLater or PerhapsCarried."""
        timeout = httpx.Timeout(self.timeout_s, connect=_CONNECT_S)
        try:
            async with asyncio.timeout(_MAX_S), httpx.AsyncClient(timeout=timeout, verify=trusted()) as client:
                answer = await client.post(
                    self.url, json=self._written(envelope, now), headers={"Authorization": f"Token {self.token}"}
                )
        except _NEVER_LEFT:
            raise TryLater("gateway_away") from None
        except (httpx.HTTPError, TimeoutError):
            raise PerhapsCarried("gateway_silent") from None
        return _read(answer)

    def _written(self, envelope: Envelope, now: datetime) -> dict[str, str | int]:
        minutes = max(1, int((envelope.useful_until - now).total_seconds() // 60))
        return {
            "sender": self.sender,
            "recipient": int(envelope.to.removeprefix("+")),
            "message": envelope.body,
            "reference": str(envelope.id),
            "priority": "urgent" if envelope.urgent else "normal",
            "expiration": f"PT{minutes}M",
        }


def _read(answer: httpx.Response) -> str:
    """The gateway's id of the message, or the reason there is none."""
    if answer.is_success:
        try:
            return msgspec.json.decode(answer.content, type=_Accepted).msg_id
        except msgspec.DecodeError:
            return ""
    if answer.status_code in (401, 403):
        raise TryLater("gateway_key")
    if answer.status_code in (429, 503):
        raise TryLater("gateway_busy", after_s=_pause(answer.headers.get("Retry-After", "")))
    if answer.status_code == 422:
        raise RefusedForGood("number_refused")
    if answer.is_client_error:
        raise RefusedForGood("gateway_refused", str(answer.status_code))
    raise PerhapsCarried("gateway_silent", str(answer.status_code))


def _pause(asked: str) -> float:
    return min(float(asked), _MAX_PAUSE_S) if asked.isascii() and asked.isdigit() else 0
