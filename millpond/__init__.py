"""The import name of Millpond: `check`, `plan`, `compile` and `run`, each loaded on first use.

`Refused` says that a file has errors, `Usage` that a call makes no sense for it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .face.api import Refused, Usage, check, compile, plan, run

__version__ = "0.1.0"
__all__ = ["Refused", "Usage", "__version__", "check", "compile", "plan", "run"]


def __getattr__(name: str) -> object:
    """Load a function of the face when it is first asked for, and keep it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .face import api

    value: object = getattr(api, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
