"""JSON from outside, read strictly into a type. Whatever is wrong with it is one kind of error."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


class NotReadable(ValueError):
    """The text is not JSON, not of the type asked for, or nested too deeply."""


def read_json(raw: bytes | str, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode the JSON; raise NotReadable."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise NotReadable(str(problem)) from None
