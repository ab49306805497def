"""Pages without anybody's data, so that the worker may keep them for when there is no network (C8)."""

from typing import Any

from litestar import Response, get

from app.clinic.booking import checklist
from app.clinic.booking.measurements import KINDS
from app.clinic.booking.preparation import Tick
from app.web.html import Asked, page


@get("/guide")
async def show_guide(request: Asked) -> Response[Any]:
    """How a video consultation goes, what to expect, and video manners (C4)."""
    request.state["clinic"] = None
    return page(request, "public/guide.html")


@get("/offline")
async def show_offline(request: Asked) -> Response[Any]:
    """What the worker shows without network: the frame that the kept appointments are put into."""
    request.state["clinic"] = None
    ticks = [Tick(checklist.built_in(item), done=False) for item in checklist.ITEMS]
    return page(request, "public/offline.html", ticks=ticks, kinds=KINDS)
