"""What programs ask every site for at a fixed address: whom to tell of a hole, what to index, the small picture."""

from datetime import UTC, datetime, timedelta
from functools import cache

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException

from app.settings import Settings
from app.web.html import STATIC, Asked

ADDRESSES = r"^/(\.well-known/|robots\.txt$|favicon\.ico$)"
GOOD_FOR = timedelta(days=180)
KEPT = {"Cache-Control": "public, max-age=86400"}

ROBOTS = """\
# Everything behind the front page is between a clinic and its patients.
User-agent: *
Allow: /$
Disallow: /
"""


@get("/.well-known/security.txt", sync_to_thread=False)
def show_security_contact(request: Asked, now: NamedDependency[datetime]) -> Response[str]:
    """Whom to tell of a weakness (RFC 9116); 404 until the installation names somebody."""
    settings: Settings = request.app.state.settings
    if not settings.security_contact:
        raise NotFoundException
    expires = (now.astimezone(UTC) + GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        f"Contact: {settings.security_contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: da, en",
        f"Canonical: {settings.origin}/.well-known/security.txt",
    )
    return Response("\n".join((*lines, "")), media_type=MediaType.TEXT, headers=KEPT)


@get("/robots.txt", sync_to_thread=False)
def show_robots() -> Response[str]:
    """What search engines may read (RFC 9309): the front page."""
    return Response(ROBOTS, media_type=MediaType.TEXT, headers=KEPT)


@get("/favicon.ico", sync_to_thread=False)
def show_favicon() -> Response[bytes]:
    """The small picture, for what asks without having read a page."""
    return Response(_favicon(), media_type="image/x-icon", headers=KEPT)


@cache
def _favicon() -> bytes:
    return (STATIC / "images/favicon.ico").read_bytes()
