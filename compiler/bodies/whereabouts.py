"""Where code asks where it lies itself: then it may read files that lie there, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .module import Module
from .names import Use
from .resolve import Foreign, Target, Unit

_ASKING = (
    *("importlib.resources.", "importlib_resources.", "pkg_resources.resource_"),
    *("inspect.getfile", "inspect.getsourcefile", "jinja2.PackageLoader", "pkgutil.get_data"),
)


class Finding(NamedTuple):
    """A name in a statement that says where a module lies, and what it is in full."""

    unit: Unit
    line: int
    chain: tuple[str, ...]
    name: str


def asked(use: Use, module: Module, names: Sequence[str], targets: Sequence[Target]) -> str | None:
    """What a use is in full, where it says where a module of the project lies; `names` are those
    outside the project that it may stand for."""
    if use.chain[0] == "__file__" and not use.imports:
        return None if "__file__" in module.binders else "__file__"
    if "__file__" in use.chain and not (targets and isinstance(targets[0], Foreign)):
        return "__file__"
    return next((name for name in names if name.startswith(_ASKING)), None)
