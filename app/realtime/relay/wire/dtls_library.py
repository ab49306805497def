"""aiortc's DTLS module without the codecs that importing aiortc would load.

`import aiortc` runs its `__init__`, which imports every codec and with them FFmpeg: 20 MB the relay has no use for. The
submodule is therefore loaded under a package name of our own, whose path is aiortc's folder and whose `__init__` is
empty; `sys.modules["aiortc"]` is left alone, so that tests and benchmarks may use the whole library beside us.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import TYPE_CHECKING

_NAME = "app.realtime.relay._aiortc"


def _load() -> ModuleType:
    spec = importlib.util.find_spec("aiortc")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("aiortc is not installed")
    package = ModuleType(_NAME)
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[_NAME] = package
    # its rtp module names av.AudioFrame in a type only; a stand-in for the moment of the import is enough
    stand_in = ModuleType("av")
    stand_in.__dict__["AudioFrame"] = object
    needed = "av" not in sys.modules
    if needed:
        sys.modules["av"] = stand_in
    try:
        return importlib.import_module(f"{_NAME}.rtcdtlstransport")
    finally:
        if needed:
            del sys.modules["av"]


if TYPE_CHECKING:
    from aiortc import rtcdtlstransport as dtls
else:
    dtls = _load()

__all__ = ["dtls"]
