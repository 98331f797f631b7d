"""Loading a step's Python function, once per process and code folder."""

from __future__ import annotations

import importlib
import inspect
import sys
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .imports import from_source


class FunctionError(Exception):
    """The function cannot be loaded or called as the step says; in the user's words."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function, its parameters' names, and the annotations that could be resolved.

    An annotation whose names exist only for type checkers stays the text it is.
    """

    call: Callable[..., object]
    parameters: tuple[str, ...]
    takes_more: bool
    annotations: dict[str, object]


_loaded: dict[tuple[tuple[Path, ...], str, str], Function] = {}
_roots: tuple[Path, ...] = ()


def load(
    module: str, function: str, roots: Sequence[Path], planned: Path | None = None
) -> Function:
    """The function `module:function` found below `roots`, with the code that lies in `planned`.
    Raises `FunctionError`.

    Whatever the module itself raises while it is imported comes through. Modules of other roots
    are forgotten, so that two projects may use the same name in one process.
    """
    where = tuple(roots)
    known = _loaded.get((where, module, function))
    if known is not None and where == _roots:
        return known
    _use(where)
    from_source(where, planned)
    found: object = importlib.import_module(module)
    for name in function.split("."):
        if not hasattr(found, name):
            raise FunctionError(f"`{module}` has no function `{function}`")
        found = getattr(found, name)
    if not callable(found):
        raise FunctionError(f"`{module}:{function}` is not a function")
    parameters = inspect.signature(found).parameters.values()
    names = tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
    takes_more = any(p.kind is p.VAR_KEYWORD for p in parameters)
    loaded = Function(found, names, takes_more, _annotations(found))
    _loaded[where, module, function] = loaded
    return loaded


def _use(roots: tuple[Path, ...]) -> None:
    """Put other code folders in front, and forget the modules of those that were there."""
    global _roots
    if roots == _roots:
        return
    old = {str(root) for root in _roots}
    sys.path[:] = [*map(str, roots), *(entry for entry in sys.path if entry not in old)]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file is None or name.startswith(__package__ or __name__):
            continue
        # A virtual environment may lie in the project; its packages belong to the process.
        if "site-packages" not in file and any(Path(file).is_relative_to(root) for root in old):
            del sys.modules[name]
    importlib.invalidate_caches()
    _roots = roots


def _annotations(function: Callable[..., object]) -> dict[str, object]:
    try:
        return typing.get_type_hints(function)
    except Exception:
        raw: dict[str, object] = dict(getattr(function, "__annotations__", {}))
        scope = getattr(inspect.unwrap(function), "__globals__", {})
        return {name: _resolved(text, scope) for name, text in raw.items()}


def _resolved(annotation: object, scope: dict[str, object]) -> object:
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, scope)
    except Exception:
        return annotation
