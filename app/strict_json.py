"""JSON from outside, read strictly into a type. Whatever is wrong with it is one kind of error."""

from typing import TypeVar

import msgspec

T = TypeVar("T")


class NotReadable(ValueError):
    """It is no JSON, not of this type, or nested deeper than anything we ask for."""


def read_json(raw: bytes | str, decoder: msgspec.json.Decoder[T]) -> T:
    """The value; raises NotReadable."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise NotReadable(str(problem)) from None
