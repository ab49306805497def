"""The composition root: settings in, Litestar out. The only place that knows everybody."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Litestar, Response, Router
from litestar.config.compression import CompressionConfig
from litestar.config.csrf import CSRFConfig
from litestar.connection import Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import InternalServerException
from litestar.logging import LoggingConfig
from litestar.static_files import create_static_files_router

from app import jobs
from app.budgets import REQUESTS
from app.clinic import change, database
from app.clinic.booking import reminders
from app.clinic.calls import call as calls
from app.clinic.calls import quality, ringing
from app.clinic.events import Event
from app.clinic.learning import book, questionnaire
from app.clinic.messages import deliveries, key_mark, pushes
from app.clinic.people import devices, evaluators, installation, passwords, rates, sent_forms, sessions
from app.clinic.waiting import day_end, delays, door_codes, presence, queue, schedule, waiting_notices
from app.clock_steps import ClockSteps
from app.crowds import Pace, Proxies
from app.delivery import carrier, reports
from app.health import Health
from app.piccolo_app import TABLES
from app.pwa import push, subscriptions
from app.pwa import router as pwa_router
from app.realtime import metrics
from app.realtime.live import Live
from app.realtime.relay import AnyRelay, Relay, RelayProxy
from app.realtime.turn import TurnWatch
from app.routes import guest, patient, public, region, staff
from app.routes.public import well_known
from app.settings import Settings
from app.web import html
from app.web.addresses import Application
from app.web.errors import HANDLERS, no_such_file
from app.web.headers import (
    KeepPace,
    RefuseForeignForms,
    SpeakTheirLanguage,
    headers_for,
    is_unchanged,
    refuse_slowly,
)

Clock = Callable[[], datetime]

_COMPRESSED_ALREADY = r"[./](woff2|png|jpe?g|webp|xlsx|zip)$"
"""What gzip would only make larger."""


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """What lives in an application while it runs: `state` for its handlers, and the `lifespan` they run in."""

    state: State
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_services(settings: Settings, clock: Clock, *, regularly: bool = True) -> Services:
    """The relay, the live side and the jobs, not yet started; without what is done `regularly`, only what happens in a
    test happens."""
    relay = _relay(settings)
    live = Live(relay, settings, clock)
    health = Health(lambda: relay.is_up, lambda: live.hub.tell_the_time("queue", within_ms=0))
    pacing = {"pace": Pace(REQUESTS), "proxies": Proxies(settings.trusted_proxies)}
    known = {"settings": settings, "clock": clock, "live": live, "relay": relay, "health": health}
    regular = [jobs.Job("look at the database", 3, health.look), *_jobs(live, settings)] if regularly else []
    return Services(State({**known, **pacing}), _running(settings, clock, relay, live, health, regular))


def _relay(settings: Settings) -> AnyRelay:
    where = settings.relay_host, settings.relay_port, settings.relay_public_hosts
    if settings.relay_own_process:
        return RelayProxy(*where, max_rooms=settings.relay_max_calls, log_format=settings.log_format)
    return Relay(*where, max_rooms=settings.relay_max_calls)


def create_app(settings: Settings, clock: Clock = utc_now) -> Litestar:
    """The whole application; `clock` tells the time to everything in it, so tests can set it."""
    installation.install(settings.secret_key, settings.base_url)
    passwords.use_cost(settings.argon2_memory_kib, settings.argon2_time_cost)
    services = create_services(settings, clock)
    app = Application(
        route_handlers=[
            public.router,
            patient.router,
            guest.router,
            staff.router,
            region.router,
            pwa_router,
            reports.router,
            metrics.router,
            _static(),
        ],
        lifespan=[services.lifespan],
        state=services.state,
        dependencies={"now": Provide(_now, sync_to_thread=False)},
        middleware=[SpeakTheirLanguage, RefuseForeignForms],
        before_send=[headers_for(https=settings.https), refuse_slowly],
        exception_handlers=HANDLERS,
        csrf_config=CSRFConfig(
            secret=installation.derive("csrf", "form"),
            cookie_name="__Host-csrftoken" if settings.https else "csrftoken",
            cookie_secure=settings.https,
            exclude=[
                "^/static/",
                well_known.ADDRESSES,
                f"^{reports.PATH}$",
                subscriptions.ARRIVALS,
                f"^{subscriptions.RENEWAL}$",
            ],
        ),
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=400, gzip_compress_level=6, exclude=_COMPRESSED_ALREADY
        ),
        logging_config=LoggingConfig(configure_root_logger=False, log_exceptions="never"),
        openapi_config=None,
        request_max_body_size=256 * 1024,
    )
    # outside of all routes: a middleware of Litestar's never hears of addresses nobody knows
    app.asgi_handler = KeepPace(app.asgi_handler)
    return app


def _now(request: Request[Any, Any, Any]) -> datetime:
    moment: datetime = request.app.state.clock()
    return moment


def _static() -> Router:
    return create_static_files_router(
        path=f"/static/{html.build()}",
        directories=[html.STATIC],
        include_in_schema=False,
        before_request=_spare_what_is_kept,
        after_request=_keep_for_ever,
        exception_handlers={ValueError: no_such_file, InternalServerException: no_such_file},
    )


def _spare_what_is_kept(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """304 for who has the file: it never changes at its address, which holds the build."""
    return Response(b"", status_code=304) if is_unchanged(request.headers, _static_tag()) else None


def _keep_for_ever(response: Any) -> Any:
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["ETag"] = _static_tag()
    return response


def _static_tag() -> str:
    return f'W/"{html.build()}"'


def _running(
    settings: Settings, clock: Clock, relay: AnyRelay, live: Live, health: Health, regular: list[jobs.Job]
) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        engine = database.open_engine(settings.database_url, settings.database_timeout_s)
        database.use_engine(engine, TABLES)
        await database.start(engine)
        await key_mark.check()
        await relay.start()
        steps = [ClockSteps(lambda by: move_along(live, by)).look] if regular else []
        carrying, pushing = carrying_jobs(settings, clock), pushing_job(settings, clock)
        try:
            async with (
                change.listening(live.on_event),
                change.listening(lambda event: ring(carrying, event)),
                change.listening(lambda event: push.ring(pushing.bell, event)),
                jobs.running([*carrying, pushing, turn_job(settings), *regular], clock, *steps),
            ):
                await live.start()
                yield
                await live.stop()
        finally:
            await relay.stop()
            await health.stop()
            await database.stop(engine)

    return lifespan


async def move_along(live: Live, by: timedelta) -> None:
    """The clock was set: what runs for seconds moves with it, all of it or nothing."""
    async with change.change():
        for moved in (deliveries.clock_moved, pushes.clock_moved, presence.clock_moved, ringing.clock_moved):
            await moved(by)
    live.clock_moved(by)


def carrying_jobs(settings: Settings, clock: Clock) -> list[jobs.Job]:
    """Return several jobs for each channel, so that a hanging message delays neither the other channel nor its own."""

    async def carry_sms(_now: datetime) -> None:
        await carrier.carry_due(settings, "sms", clock)

    async def carry_mail(_now: datetime) -> None:
        await carrier.carry_due(settings, "email", clock)

    return [
        jobs.Job("settle what carriers left", 5, carrier.settle),
        *(
            jobs.Job(f"{name} {number}", 5 * number, work)
            for name, work in (("carry SMS", carry_sms), ("carry mail", carry_mail))
            for number in range(1, carrier.AT_ONCE + 1)
        ),
    ]


def turn_job(settings: Settings) -> jobs.Job:
    """Looks at once, and then now and then, whether the TURN servers answer."""
    return jobs.Job("look at TURN", 300, TurnWatch(settings).look)


def ring(carrying: list[jobs.Job], event: Event) -> None:
    """Wake every job that carries when the outbox changed."""
    for job in carrying:
        carrier.ring(job.bell, event)


def pushing_job(settings: Settings, clock: Clock) -> jobs.Job:
    """Return the job that sends pushes, independent of SMS and mail."""

    async def carry_pushes(_now: datetime) -> None:
        await push.carry_due(settings, clock)

    return jobs.Job("carry pushes", 5, carry_pushes)


def _jobs(live: Live, settings: Settings) -> list[jobs.Job]:
    async def forget_quality(now: datetime) -> None:
        await quality.forget_old(now, settings.quality_days)

    return [
        jobs.Job("notice absences", 3, live.notice_absences),
        jobs.Job("remind", 20, reminders.remind),
        jobs.Job("clear yesterday's places", 600, queue.clear_old),
        jobs.Job("tell of open doors", 20, waiting_notices.tell_of_open_doors),
        jobs.Job("tell of delay", 60, waiting_notices.tell_of_delay),
        jobs.Job("tell of delay by SMS", 60, delays.text_unreached),
        jobs.Job("climb the ladder", 2, ringing.climb),
        jobs.Job("tell desks the time", 60, live.tell_the_time),
        jobs.Job("hold rings", 5, live.hold_rings),
        jobs.Job("keep the opening windows", 15, schedule.keep),
        jobs.Job("send home whoever is left", 300, day_end.send_home),
        jobs.Job("write down how lines are", 30, live.signalling.write_down_quality),
        jobs.Job("forget how lines were", 3600, forget_quality),
        jobs.Job("end abandoned calls", 60, calls.end_abandoned),
        jobs.Job("keep the book of meetings", 600, book.keep),
        jobs.Job("offer questionnaires", 300, questionnaire.offer_due),
        jobs.Job("close old questionnaires", 3600, questionnaire.forget_old),
        jobs.Job("forget door codes", 600, door_codes.forget_old),
        jobs.Job("forget pushes", 3600, pushes.forget_old),
        jobs.Job("forget rate buckets", 600, rates.forget_old),
        jobs.Job("forget forms sent", 3600, sent_forms.forget_old),
        jobs.Job("forget sessions", 3600, sessions.forget_old),
        jobs.Job("forget evaluators' sessions", 3600, evaluators.forget_old),
        jobs.Job("forget devices", 3600, devices.forget_old),
        jobs.Job("forget outgrown guardians' devices", 600, devices.forget_outgrown),
    ]
