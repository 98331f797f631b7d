"""Where code asks where it lies, or changes where modules are found: what counts may lie there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .module import Module
from .names import Use
from .resolve import Foreign, Target, Unit
from .searched import changes_search

# They look for files from where their caller lies.
LOOKING_UP = ("decouple.", "dotenv.", "environs.", "hydra.initialize", "hydra.main")
_ASKING = (
    *LOOKING_UP,
    *("importlib.resources.", "importlib_resources.", "pkg_resources.resource_"),
    *("inspect.getfile", "inspect.getsourcefile", "jinja2.PackageLoader", "pkgutil.get_data"),
)


class Finding(NamedTuple):
    """A name in a statement that says where modules lie, and what it is in full."""

    unit: Unit
    line: int
    chain: tuple[str, ...]
    name: str


def asked(use: Use, module: Module, names: Sequence[str], targets: Sequence[Target]) -> str | None:
    """What a use is in full, where it says where a module of the project lies or others are found;
    `names` are those outside the project that it may stand for."""
    if use.chain[0] == "__file__" and not use.imports:
        return None if "__file__" in module.binders else "__file__"
    if "__file__" in use.chain and not (targets and isinstance(targets[0], Foreign)):
        return "__file__"
    asking = (name for name in names if name.startswith(_ASKING) or changes_search(name))
    return next(asking, None)
