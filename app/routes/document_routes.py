"""The addresses of a business case and an evaluation report, alike for a clinic, a region and the nation."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.html import Asked
from app.routes import business_case_pages as case
from app.routes import evaluation_pages as report
from app.routes.documents import Place

PlaceOf = Callable[[Asked, datetime], Awaitable[Place]]


def case_routes(root: str, place_of: PlaceOf) -> list[HTTPRouteHandler]:
    """The business case's, below this address."""
    here = f"{root}/{case.PATH}"

    @get(here)
    async def show_case(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await case.show(request, await place_of(request, now))

    @post(here)
    async def keep_case(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await case.keep(request, await place_of(request, now), now)

    @get(f"{here}/csv")
    async def case_csv(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await case.file(request, await place_of(request, now), "csv")

    @get(f"{here}/xlsx")
    async def case_xlsx(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await case.file(request, await place_of(request, now), "xlsx")

    @get(f"{here}/versions/{{number:int}}")
    async def case_version(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
        return await case.version(request, await place_of(request, now), number)

    @post(f"{here}/versions/{{number:int}}/return")
    async def case_back(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
        return await case.bring_back(request, await place_of(request, now), number, now)

    return [show_case, keep_case, case_csv, case_xlsx, case_version, case_back]


def report_routes(root: str, place_of: PlaceOf) -> list[HTTPRouteHandler]:
    """The evaluation report's, below this address."""
    here = f"{root}/{report.PATH}"

    @get(here)
    async def show_report(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await report.show(request, await place_of(request, now))

    @post(here)
    async def keep_report(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await report.keep(request, await place_of(request, now), now)

    @get(f"{here}/versions/{{number:int}}")
    async def report_version(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
        return await report.version(request, await place_of(request, now), number)

    @post(f"{here}/versions/{{number:int}}/return")
    async def report_back(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
        return await report.bring_back(request, await place_of(request, now), number, now)

    return [show_report, keep_report, report_version, report_back]
