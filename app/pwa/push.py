"""Carries pushes: encrypted and signed by webpush, posted to the browser's push service (RFC 8030, 8291, 8292).

The payload is a declarative push, which iOS shows without waking our worker; other browsers hand it to the worker. It
says one of a few sentences about nobody: what a screen shows that lies on a table is read by whoever passes.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from webpush import WebPush, WebPushException, WebPushMessage, WebPushSubscription

from app.clinic.events import Event, PushChanged
from app.clinic.messages import push_keys, pushes
from app.clinic.messages.push_keys import Keys
from app.clinic.messages.pushes import KINDS, Parcel
from app.clinic.people import installation
from app.i18n import _, use_language
from app.network import trusted
from app.pwa.push_services import is_push_service
from app.settings import Settings

AT_ONCE = 8
MAX_BYTES = 3000
"""Services take 4096 with all that encryption adds; ours are a tenth of it."""
_TIMEOUT_S, _MAX_PAUSE_S = 10, 120

log = structlog.get_logger()

Clock = Callable[[], datetime]


async def carry_due(settings: Settings, clock: Clock) -> None:
    """Push everything that is due, a few at once; returns when nothing more is due."""
    parcels: list[Parcel] = []
    while len(parcels) < AT_ONCE and (parcel := await pushes.claim(clock())) is not None:
        parcels.append(parcel)
    if not parcels:
        return
    keys = await push_keys.keys(clock())
    async with (
        httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False, verify=trusted()) as client,
        asyncio.TaskGroup() as group,
    ):
        for parcel in parcels:
            group.create_task(_carry_on(parcel, settings, keys, client, clock))


def ring(bell: asyncio.Event, event: Event) -> None:
    """Wake the job that carries when something is to be pushed."""
    if isinstance(event, PushChanged):
        bell.set()


async def _carry_on(
    parcel: Parcel | None, settings: Settings, keys: Keys, client: httpx.AsyncClient, clock: Clock
) -> None:
    """This one, and then whatever else is due."""
    while parcel is not None:
        try:
            await _carry(parcel, settings, keys, client, clock)
        except Exception:
            log.exception("push failed", push=str(parcel.id))
            await pushes.failed(parcel)
        parcel = await pushes.claim(clock())


async def _carry(parcel: Parcel, settings: Settings, keys: Keys, client: httpx.AsyncClient, clock: Clock) -> None:
    """Post one push and record the result."""
    if not is_push_service(parcel.browser.endpoint, settings.push_origins):
        return await pushes.failed(parcel)
    seconds = max(1, int((parcel.useful_until - clock()).total_seconds()))
    message = sealed(parcel, keys, settings, seconds)
    try:
        answer = await client.post(
            parcel.browser.endpoint, content=message.encrypted, headers=headers(parcel, message, seconds)
        )
    except httpx.HTTPError:
        return await pushes.again(parcel, clock())
    if answer.is_success:
        return await pushes.sent(parcel)
    if answer.status_code in (404, 410):
        return await pushes.gone(parcel)
    if answer.status_code == 429 or answer.is_server_error:
        return await pushes.again(parcel, clock(), _pause(answer.headers.get("Retry-After", "")))
    log.warning("push refused", status=answer.status_code, service=urlsplit(parcel.browser.endpoint).hostname)
    return await pushes.failed(parcel)


def sealed(parcel: Parcel, keys: Keys, settings: Settings, seconds: int) -> WebPushMessage:
    """The push encrypted for its browser and signed for its service. Raises WebPushException when it is too long."""
    words = payload(parcel)
    if len(words) > MAX_BYTES:
        raise WebPushException("too long for a push service")
    private = load_pem_private_key(keys.private, None)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    subscription = WebPushSubscription.model_validate(
        {
            "endpoint": parcel.browser.endpoint,
            "keys": {"auth": parcel.browser.auth, "p256dh": parcel.browser.p256dh},
        }
    )
    return WebPush(private_key=keys.private, public_key=public, ttl=seconds, subscriber=_contact(settings)).get(
        words, subscription
    )


def headers(parcel: Parcel, message: WebPushMessage, seconds: int) -> dict[str, str]:
    """How long the service keeps it, how hard it tries, and which older push of the same topic it replaces."""
    return {
        "Authorization": message.headers["authorization"],
        "Content-Encoding": message.headers["content-encoding"],
        "Content-Type": "application/octet-stream",
        "TTL": str(seconds),
        "Urgency": "high" if KINDS[parcel.kind].urgent else "normal",
        "Topic": re.sub(r"[^\w-]", "-", parcel.kind),
    }


def payload(parcel: Parcel) -> bytes:
    """The declarative push (WebKit's, iOS 18.4); `data` is for our worker."""
    with use_language(parcel.language):
        title, body = words(parcel.kind)
    notification = {
        "title": title,
        "body": body,
        "navigate": installation.base_url() + parcel.page,
        "lang": parcel.language,
        "dir": "ltr",
        "tag": parcel.kind,
        "silent": False,
        "data": {"push": str(parcel.id), "urgent": KINDS[parcel.kind].urgent},
    }
    return msgspec.json.encode({"web_push": 8030, "notification": notification})


def words(kind: str) -> tuple[str, str]:
    """Title and text in the present language."""
    return {
        "your_turn": (_("It is your turn"), _("You are being called in. Tap to go in.")),
        "delayed": (_("A little more waiting time"), _("You keep your place. We tell you when it is your turn.")),
        "open": (_("The waiting room is open"), _("Tap to go in.")),
        "reminder": (_("You are expected now"), _("Tap to go into the waiting room.")),
    }[kind]


def _contact(settings: Settings) -> str:
    """Whom a push service may write to when something is wrong with our pushes."""
    return settings.mail_from or f"webmaster@{urlsplit(settings.base_url).hostname}"


def _pause(asked: str) -> float:
    return min(float(asked), _MAX_PAUSE_S) if asked.isascii() and asked.isdigit() else 0
