"""Pickled models whose bytes do not depend on the process that made them."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO, Protocol, cast

PROTOCOL = 5


class _Pickler(Protocol):
    def dump(self, value: object) -> None: ...


def suffix() -> str:
    """How the file of a model written by `dump` ends."""
    return "joblib" if _has_joblib() else "pkl"


@cache
def _has_joblib() -> bool:
    return importlib.util.find_spec("joblib") is not None


def dump(value: object, path: Path) -> None:
    """Write an object by joblib where it is importable, by pickle otherwise.

    Equal objects give equal bytes: sets are written in the order of their pickled elements, and
    equal texts are written once, whether or not this process happens to hold them once.
    """
    with open(path, "wb") as file:
        _pickler()(file).dump(value)


def load(path: Path) -> object:
    """Read what `dump` wrote. This runs code: only for bytes that a trusted step made."""
    if _has_joblib():
        return cast(object, importlib.import_module("joblib").load(path))
    with open(path, "rb") as file:
        return cast(object, pickle.load(file))


@cache
def _pickler() -> Callable[[BinaryIO], _Pickler]:
    # Only the pickler written in Python lets every object pass through one method.
    base: type = vars(pickle)["_Pickler"]
    if _has_joblib():
        base = importlib.import_module("joblib.numpy_pickle").NumpyPickler

    class Canonical(base):  # type: ignore[misc]  # the base is chosen at run time
        def __init__(self, file: BinaryIO) -> None:
            super().__init__(file, protocol=PROTOCOL)
            self._same: dict[str | bytes, str | bytes] = {}

        def save(self, obj: object, *rest: object, **named: object) -> None:
            if type(obj) is str or type(obj) is bytes:
                obj = self._same.setdefault(obj, obj)
            elif type(obj) is set or type(obj) is frozenset:
                ordered = sorted(obj, key=lambda item: pickle.dumps(item, PROTOCOL))
                self.save_reduce(type(obj), (ordered,), obj=obj)
                return
            super().save(obj, *rest, **named)

    return cast("Callable[[BinaryIO], _Pickler]", Canonical)
