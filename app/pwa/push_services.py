"""Where browsers' push services live: the only hosts a push is ever posted to, whatever a browser claims (SSRF)."""

from collections.abc import Sequence
from urllib.parse import urlsplit

HOSTS = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "*.push.services.mozilla.com",
    "web.push.apple.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""Chrome and most of Android, Firefox, Safari, Edge. `*.` stands for one or more names in front."""


def is_push_service(endpoint: str, further: Sequence[str]) -> bool:
    """Whether a push may be posted there: HTTPS to one of HOSTS, or exactly one of the `further` origins."""
    try:
        address = urlsplit(endpoint)
        port = address.port
    except ValueError:
        return False
    if f"{address.scheme}://{address.netloc}" in further:
        return True
    host = address.hostname or ""
    plain = address.scheme == "https" and port in (None, 443) and not (address.username or address.password)
    return plain and any(host == each or (each[0] == "*" and host.endswith(each[1:])) for each in HOSTS)
