"""Whom we trust when we speak to other servers by TLS."""

import ssl
from functools import cache


@cache
def trusted() -> ssl.SSLContext:
    """The machine's authorities, read once: that takes longer than saying what there is to say."""
    return ssl.create_default_context()
