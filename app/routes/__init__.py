"""The HTTP edge: one package per audience, whose router gathers the handlers of its modules."""

from collections.abc import Iterator
from types import ModuleType

from litestar.handlers import HTTPRouteHandler


def handlers_of(*modules: ModuleType) -> list[HTTPRouteHandler]:
    """Return every route these modules define, in their order; of a module that lists its `handlers` only those."""
    return [handler for module in modules for handler in getattr(module, "handlers", None) or _defined_in(module)]


def _defined_in(module: ModuleType) -> Iterator[HTTPRouteHandler]:
    """Handlers of other modules that stand here under their name are not this one's."""
    for value in vars(module).values():
        if isinstance(value, HTTPRouteHandler) and value.fn.__module__ == module.__name__:
            yield value
