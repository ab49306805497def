"""The sockets: what pages hear of at once, and the signalling of calls. `Live` is all the composition root needs.

The relay forwards media and knows nothing of this package; this package forwards words and knows no media.
"""

from app.realtime.live import Live

__all__ = ["Live"]
