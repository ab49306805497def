"""The HTTP edge: one package an audience. Each module ends with its `handlers`; an audience's router gathers them."""

from types import ModuleType

from litestar.handlers import HTTPRouteHandler


def handlers_of(*modules: ModuleType) -> list[HTTPRouteHandler]:
    """Return what these modules handle, in their order."""
    return [handler for module in modules for handler in module.handlers]
