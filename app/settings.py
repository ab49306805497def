"""Every setting, read once from the environment into one frozen dataclass.

A wrong value stops the start with the variable's name and what it should be. docs/operations.md says what each is for.
"""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from app.network import is_nearby, is_this_machine, own_address

log = structlog.get_logger(__name__)


OLD_NAMES = {"RELAY_APART": "RELAY_OWN_PROCESS"}
"""Renamed settings. The old name is read, with a warning, until the release after the next."""


KEY_FILE = Path("var/secret.key")
"""Where the secret is kept that was made on first start."""
MIN_SECRET = 16
"""Characters of a secret shared with another server; a SECRET_KEY has twice as many."""


class SettingError(Exception):
    """A variable has a value we can't use; the message names it."""


@dataclass(frozen=True)
class Settings:
    """The installation's settings; times in seconds, sizes in KiB where the name says so."""

    base_url: str = "http://localhost:8000"
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = "sqlite:///var/naervaer.sqlite"
    database_timeout_s: int = 10
    secret_key: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    trusted_proxies: str = "127.0.0.1"
    relay_host: str = "0.0.0.0"  # noqa: S104  phones must reach it
    relay_port: int = 8001
    relay_public_hosts: tuple[str, ...] = ()
    relay_own_process: bool = True
    relay_max_calls: int = 50
    metrics_secret: str = ""
    security_contact: str = ""
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = ""
    smtp_url: str = ""
    smtp_plain: bool = False
    mail_from: str = ""
    sms_gateway_url: str = ""
    sms_gateway_token: str = ""
    sms_report_secret: str = ""
    sms_sender: str = "Naervaer"
    push_origins: tuple[str, ...] = ()
    argon2_memory_kib: int = 65536
    argon2_time_cost: int = 3
    quality_days: int = 180
    log_format: str = "json"
    setup_secret: str = ""

    @property
    def https(self) -> bool:
        """Whether people reach us over TLS; then cookies are `__Host-` and the browser is told to stay on HTTPS."""
        return self.base_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port of the address people use, as a browser's Origin header spells it."""
        address = urlsplit(self.base_url)
        usual = {"https": 443, "http": 80}[address.scheme]
        port = "" if address.port in (None, usual) else f":{address.port}"
        return f"{address.scheme}://{address.hostname}{port}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read and check; raises SettingError naming the variable."""
        environment = _renamed(environment)
        values: dict[str, object] = {}
        for name, kind in cls.__annotations__.items():
            raw = environment.get(name.upper())
            if raw is not None:
                values[name] = _read(name.upper(), raw, kind)
        values.setdefault("relay_public_hosts", tuple(dict.fromkeys((own_address(), "127.0.0.1"))))
        values["secret_key"] = environment.get("SECRET_KEY") or _kept_secret()
        settings = cls(**values)  # type: ignore[arg-type]
        _check(settings)
        return settings


def _renamed(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment under today's names; a setting given under both keeps the new one's value."""
    names = dict(environment)
    for old, new in OLD_NAMES.items():
        if old in names:
            log.warning("setting_renamed", old=old, new=new)
            names.setdefault(new, names[old])
    return names


def _read(name: str, raw: str, kind: object) -> object:
    if kind is int:
        try:
            return int(raw)
        except ValueError:
            raise SettingError(f"{name} must be a whole number, not {raw!r}") from None
    if kind is bool:
        return raw.lower() in ("1", "true", "yes", "on")
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in raw.split(",") if part.strip())
    return raw


def _check(settings: Settings) -> None:
    if not settings.base_url.startswith(("http://", "https://")) or not urlsplit(settings.base_url).hostname:
        raise SettingError("BASE_URL must be the whole address people use, e.g. https://video.klinik.dk")
    if not re.fullmatch(r"sqlite:///.+|postgres(ql)?://.+", settings.database_url):
        raise SettingError(
            "DATABASE_URL must begin with sqlite:/// and a file's path, or be postgresql://user@host/name"
        )
    if not 1 <= settings.database_timeout_s <= 120:
        raise SettingError("DATABASE_TIMEOUT_S must be 1 to 120 seconds")
    host = urlsplit(settings.base_url).hostname
    if not settings.https and not is_this_machine(host):
        if not is_nearby(host):
            raise SettingError(
                "BASE_URL must begin with https:// anywhere but on localhost: browsers give no camera there"
            )
        log.warning("base_url_without_https", host=host)
    if len(settings.secret_key) < 2 * MIN_SECRET:
        raise SettingError("SECRET_KEY must be at least 32 characters")
    if any(not re.fullmatch(r"turns?:[^\s?]+(\?transport=(udp|tcp))?", url) for url in settings.turn_urls):
        raise SettingError("TURN_URLS must be addresses like turn:host:3478?transport=udp, separated by commas")
    if settings.turn_urls and len(settings.turn_secret) < MIN_SECRET:
        raise SettingError("TURN_SECRET must be at least 16 characters when TURN_URLS is set")
    for name in ("metrics_secret", "sms_report_secret"):
        if 0 < len(getattr(settings, name)) < MIN_SECRET:
            raise SettingError(f"{name.upper()} must be at least {MIN_SECRET} characters")
    if settings.security_contact and not re.fullmatch(
        r"(mailto:[!-~]+@[!-~]+|https://[!-~]+)", settings.security_contact
    ):
        raise SettingError("SECURITY_CONTACT must be a mailto: or https:// address")
    if settings.quality_days < 1:
        raise SettingError("QUALITY_DAYS must be at least 1")
    _check_carriers(settings)


def _check_carriers(settings: Settings) -> None:
    if settings.smtp_url and not settings.smtp_url.startswith(("smtp://", "smtps://")):
        raise SettingError("SMTP_URL must begin with smtp:// or smtps://")
    if settings.smtp_url and "@" not in settings.mail_from:
        raise SettingError("MAIL_FROM must be an address when SMTP_URL is set")
    if settings.sms_gateway_url and not settings.sms_gateway_url.startswith(("https://", "http://")):
        raise SettingError("SMS_GATEWAY_URL must be the whole address messages are posted to")
    gateway = urlsplit(settings.sms_gateway_url)
    if gateway.scheme == "http" and not is_this_machine(gateway.hostname):
        raise SettingError("SMS_GATEWAY_URL must begin with https://, or the token and the messages go open")
    if settings.sms_gateway_url and not settings.sms_gateway_token:
        raise SettingError("SMS_GATEWAY_TOKEN must be set when SMS_GATEWAY_URL is")
    if not 3 <= len(settings.sms_sender) <= 11 or not settings.sms_sender.isalnum():
        raise SettingError("SMS_SENDER must be 3-11 letters or digits (what operators allow)")


def _kept_secret() -> str:
    """The secret beside the embedded database, else a fresh one, which is not kept before `keep_secret`."""
    return KEY_FILE.read_text().strip() if KEY_FILE.exists() else secrets.token_urlsafe(48)


def keep_secret(secret_key: str, environment: Mapping[str, str] = os.environ) -> None:
    """Keep a secret that was made just now, readable by its owner only. Raises SettingError when another process kept
    another one meanwhile."""
    if environment.get("SECRET_KEY"):
        return
    KEY_FILE.parent.mkdir(parents=True, exist_ok=True)
    if not KEY_FILE.exists():
        descriptor, written = tempfile.mkstemp(dir=KEY_FILE.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret_key)
        with suppress(FileExistsError):
            os.link(written, KEY_FILE)
        os.unlink(written)
    if KEY_FILE.read_text().strip() != secret_key:
        raise SettingError(f"SECRET_KEY was made by another process just now, in {KEY_FILE}: start again")
