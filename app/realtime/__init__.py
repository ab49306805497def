"""The sockets: what pages hear of at once, and the signalling of calls. `live.Live` is all the composition root needs.

The relay forwards media and knows nothing of this package; this package forwards words and knows no media. Nothing is
imported here: the relay's process loads the relay alone.
"""
