"""A third party's pages: the link into the lobby of one call, and what follows from there. There is no account."""

from litestar import Router

from app.routes import handlers_of
from app.routes.guest import call, link
from app.web.guards import GuestDevices, guest_only

door = Router("/", route_handlers=handlers_of(link), middleware=[GuestDevices])
inside = Router("/", route_handlers=handlers_of(call), middleware=[GuestDevices], guards=[guest_only])
router = Router("/", route_handlers=[door, inside])
