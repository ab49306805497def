"""The command line: `python -m app dev | serve | migrate | demo | invite-evaluator`."""

import argparse
import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeVar

import uvicorn

from app import lan, logs
from app.clinic import database
from app.clinic.errors import ClinicError, Unavailable
from app.clinic.messages import key_mark
from app.clinic.messages.key_mark import OtherKey
from app.clinic.people import evaluators, installation, passwords, setup
from app.clinic.people.evaluators import Coming
from app.migrate import migrate
from app.settings import KEY_FILE, SettingError, Settings, keep_secret

os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")

T = TypeVar("T")


def main() -> None:
    """Read the command and the settings, and do it."""
    parser = argparse.ArgumentParser(prog="naervaer", description="Video consultations for Danish general practice")
    parser.add_argument(
        "command",
        choices=("dev", "serve", "migrate", "demo", "invite-evaluator"),
        help="dev is serve with the demo clinic; invite-evaluator lets somebody see the figures",
    )
    parser.add_argument("--name", default="", help="whom to invite")
    parser.add_argument("--email", default="", help="what they sign in with")
    parser.add_argument("--region", default="", help="their region, e.g. 'Region Syddanmark'; none: the whole country")
    parser.add_argument("--lan", action="store_true", help="HTTPS on the local network, for trying with real phones")
    arguments = parser.parse_args()
    try:
        settings = Settings.from_environment()
    except SettingError as error:
        raise SystemExit(f"naervaer: {error}") from None
    logs.configure(settings.log_format)
    if arguments.lan:
        settings = lan.with_https(settings)
        link = lan.hand_out_authority(settings)
        print(f"On the phone, first install the demo's certificate authority from {link}")
        lan.show_code(link)
    if arguments.command == "invite-evaluator":
        invite_evaluator(settings, Coming(arguments.name, arguments.email, arguments.region))
        return
    {"dev": dev, "serve": serve, "migrate": just_migrate, "demo": seed_demo}[arguments.command](settings)


async def _prepared(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work on the database. Whatever is wrong with it or its key ends the start in words."""
    try:
        return await _with_database(settings, work)
    except Unavailable as error:
        raise SystemExit(f"naervaer: the database that DATABASE_URL names can't be used: {error.__cause__}") from None
    except SettingError as error:
        raise SystemExit(f"naervaer: {error}") from None
    except OtherKey:
        raise SystemExit(
            "naervaer: SECRET_KEY is not the one this database was made with, and nothing was changed. Put the old one "
            f"back: it stands in {KEY_FILE} unless you set it yourself"
        ) from None


def just_migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    asyncio.run(_prepared(settings, migrate))


def seed_demo(settings: Settings) -> None:
    """Fill an empty database with the demo clinic and print how to get in."""
    from app.demo import seed

    async def work() -> None:
        await migrate()
        print(await seed.seed(settings, datetime.now(UTC)), flush=True)

    asyncio.run(_prepared(settings, work))


def invite_evaluator(settings: Settings, coming: Coming) -> None:
    """Print the one-time address that opens an evaluator's account; the first one there is lets in the others."""

    async def work() -> None:
        await migrate()
        try:
            print(await evaluators.invite(coming, None, datetime.now(UTC)), flush=True)
        except ClinicError as error:
            raise SystemExit(f"naervaer: {error.words}") from None

    asyncio.run(_prepared(settings, work))


def dev(settings: Settings) -> None:
    """Serve with the demo clinic, readable logs, and the outbox page instead of carriers."""
    logs.configure("console")
    settings = replace(settings, smtp_url="", sms_gateway_url="")
    seed_demo(settings)
    _serve(settings)


def serve(settings: Settings) -> None:
    """Serve. Without a clinic yet, print the one-time address that creates it."""

    async def prepare() -> bool:
        await migrate()
        return await setup.is_needed()

    if asyncio.run(_prepared(settings, prepare)):
        settings = replace(settings, setup_secret=settings.setup_secret or secrets.token_urlsafe(16))
        print(f"No clinic yet. Create it, once, at {settings.base_url}/setup/{settings.setup_secret}", flush=True)
    _serve(settings)


async def _with_database(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    from app.piccolo_app import TABLES

    installation.install(settings.secret_key, settings.base_url)
    passwords.use_cost(settings.argon2_memory_kib, settings.argon2_time_cost)
    engine = database.open_engine(settings.database_url)
    database.use_engine(engine, TABLES)
    await database.start(engine)
    try:
        await key_mark.check()
        keep_secret(settings.secret_key)
        return await work()
    finally:
        await database.stop(engine)


def _serve(settings: Settings) -> None:
    from app.main import create_app
    from app.web.connections import Entrance

    app = create_app(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        ssl_certfile=settings.tls_certificate or None,
        ssl_keyfile=settings.tls_key or None,
        timeout_graceful_shutdown=5,
        backlog=4096,
        http=Entrance(settings.trusted_proxies).protocol(),
        ws=app.state.live.sockets(app),
    )


if __name__ == "__main__":
    main()
