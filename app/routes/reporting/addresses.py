"""The addresses of a business case and an evaluation report, alike for a clinic, a region, the nation, a programme."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.clinic.reporting import editions
from app.routes.reporting import business_case, evaluation
from app.routes.reporting.documents import ReportScope
from app.web.html import Asked, see_other
from app.web.once import once

PlaceOf = Callable[[Asked, datetime], Awaitable[ReportScope]]


class Document(Protocol):
    """What either kind of document does for itself: its pages, and saving a version."""

    PATH: str
    KIND: editions.Kind

    async def show(self, request: Asked, place: ReportScope) -> Response[Any]: ...
    async def keep(self, request: Asked, place: ReportScope, now: datetime) -> Response[Any]: ...
    async def version(self, request: Asked, place: ReportScope, number: int) -> Response[Any]: ...


def document_routes(root: str, place_of: PlaceOf) -> list[HTTPRouteHandler]:
    """Both documents' addresses below this one."""
    both: tuple[Document, Document] = (business_case, evaluation)
    return [*(route for document in both for route in _pages(root, place_of, document)), *_files(root, place_of)]


def _pages(root: str, place_of: PlaceOf, document: Document) -> list[HTTPRouteHandler]:
    here = f"{root}/{document.PATH}"

    @get(here)
    async def show(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await document.show(request, await place_of(request, now))

    @post(here)
    @once()
    async def keep(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await document.keep(request, await place_of(request, now), now)

    @get(f"{here}/versions/{{number:int}}")
    async def version(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
        return await document.version(request, await place_of(request, now), number)

    @post(f"{here}/versions/{{number:int}}/return")
    @once()
    async def bring_back(request: Asked, number: FromPath[int], now: NamedDependency[datetime]) -> Response[Any]:
        """Make that version the last one again; those between stay."""
        place = await place_of(request, now)
        back = await editions.bring_back(place.scope, document.KIND, number, place.author, now)
        return see_other(place.address(f"{document.PATH}/versions/{back}"), request)

    return [show, keep, version, bring_back]


def _files(root: str, place_of: PlaceOf) -> list[HTTPRouteHandler]:
    """The business case's tables; the report has words, and is printed."""
    here = f"{root}/{business_case.PATH}"

    @get(f"{here}/csv")
    async def csv(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await business_case.file(request, await place_of(request, now), "csv")

    @get(f"{here}/xlsx")
    async def xlsx(request: Asked, now: NamedDependency[datetime]) -> Response[Any]:
        return await business_case.file(request, await place_of(request, now), "xlsx")

    return [csv, xlsx]
