"""The page at a consulting room's door, for a tablet: "do not disturb" while a video consultation runs (E9).

It needs no signing in, since it hangs where everybody sees it, and tells nothing but whether the room is taken.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from app.clinic.calls.view import is_busy
from app.clinic.people import own_addresses
from app.web.html import Asked, page_or_fragment


@get("/door/{staff_id:uuid}/{secret:str}")
async def show_door_page(request: Asked, staff_id: FromPath[UUID], secret: FromPath[str]) -> Response[Any]:
    """Taken or free; the page asks again by itself."""
    staff = await own_addresses.owner(staff_id, secret, "door")
    request.state["clinic"] = staff.clinic
    return page_or_fragment(request, "public/door_page.html", "sign", staff=staff, busy=await is_busy(staff.id))
