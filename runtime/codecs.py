"""Codecs: how an artifact is read for an annotation, and how a returned object is written."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, Union, get_args, get_origin

from . import pickles
from .arrow import Table
from .descriptors import Type, ValueMismatch, fields, kind, part, spell
from .tables import read_table, write_pandas, write_table
from .values import encode, parse_json

Reader: TypeAlias = "Callable[[Path], object]"


class CodecError(Exception):
    """An artifact cannot be given, or an object not taken, in this form; in the user's words."""


def _names(cls: object) -> list[tuple[str, str]]:
    """(root package, name) of a class and those it derives from, read without importing any."""
    return [
        (str(getattr(each, "__module__", "")).partition(".")[0], getattr(each, "__qualname__", ""))
        for each in getattr(cls, "__mro__", (cls,))
    ]


def _read_numpy(path: Path) -> object:
    try:
        return importlib.import_module("numpy").load(path, allow_pickle=False)
    except ValueError as problem:
        raise CodecError(f"this is no numpy array: {problem}") from None


def _read_json(path: Path) -> object:
    try:
        return parse_json(path.read_bytes())
    except (ValueError, ValueMismatch) as problem:
        raise CodecError(f"this is no JSON: {problem}") from None


def _polars(table: Table) -> Any:
    return importlib.import_module("polars").from_arrow(table)


_TABLES: dict[tuple[str, str], Callable[[Table], object]] = {
    ("pandas", "DataFrame"): lambda table: table.to_pandas(),
    ("polars", "DataFrame"): _polars,
    ("polars", "LazyFrame"): lambda table: _polars(table).lazy(),
    ("pyarrow", "Table"): lambda table: table,
}
_READERS: dict[tuple[str, str], Reader] = {
    ("numpy", "ndarray"): _read_numpy,
    ("builtins", "dict"): _read_json,
    ("builtins", "list"): _read_json,
    ("builtins", "bytes"): Path.read_bytes,
}


def reader(
    annotation: object, type: Type, *, pickled: bool, unpickle: bool = True
) -> Reader | None:
    """How an artifact of `type` is read for a parameter; None: it gets the path.

    `annotation` is None where there is none. Bytes are loaded as an object only if it was `pickled`
    by us, and where the project says never to `unpickle`, not even then. Raises `CodecError`.
    """
    if annotation is None:
        return None
    annotation = get_origin(annotation) or annotation
    names = _names(annotation)
    if ("pathlib", "PurePath") in names or ("os", "PathLike") in names:
        return None
    for name in names:
        if name in _TABLES:
            declared = fields(type) if kind(type) == "Dataset" else []
            made_of = _TABLES[name]
            return lambda path: made_of(read_table(path, declared=declared))
        if name in _READERS and not (kind(type) == "Model" and name[0] == "builtins"):
            return _READERS[name]
    if kind(type) != "Model" or isinstance(annotation, str):
        raise CodecError(
            f"{spell(type)} cannot be given as {_spelled(annotation)}; "
            "annotate the parameter with pathlib.Path, or with pandas.DataFrame, "
            "pyarrow.Table, polars.DataFrame, numpy.ndarray, dict, list"
        )
    if not unpickle:
        raise CodecError(
            'a model is not unpickled here, as `pickle = "never"` stands in `mlp.toml`; '
            "annotate the parameter with pathlib.Path"
        )
    if not pickled:
        raise CodecError(
            "a model that no step of yours made is not unpickled, as that would run its code: it "
            "was named by its path, or a step that reads the world outside, such as a registry's, "
            "fetched it; annotate the parameter with pathlib.Path, and load it there if you trust "
            "it"
        )
    return pickles.load


def _spelled(annotation: object) -> str:
    if isinstance(annotation, str):
        return f"{annotation} (a name that its module does not have at run time)"
    return str(getattr(annotation, "__qualname__", annotation))


def element(annotation: object, type: Type) -> object:
    """The annotation of one artifact inside the lists, maps and optional values of `type`."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        if get_origin(annotation) in (Union, UnionType):
            rest = [each for each in get_args(annotation) if each is not NoneType]
            annotation = rest[0] if len(rest) == 1 else annotation
        head = kind(type)
        if head in ("List", "Map"):
            annotation = (get_args(annotation) or (None,))[-1]
        elif head == "record":
            return None
        elif head != "optional":
            return annotation
        type = part(type)


def write(type: Type, value: object, folder: Path, stem: str) -> Path:
    """Write a returned object as an artifact of `type`; returns the file. Raises `CodecError`."""
    head = kind(type)
    names = _names(value.__class__)
    if head == "Dataset":
        path = folder / f"{stem}.parquet"
        if ("pandas", "DataFrame") in names:
            write_pandas(value, path)
        elif ("pyarrow", "Table") in names:
            write_table(value, path)
        elif ("polars", "DataFrame") in names:
            write_table(value.to_arrow(), path)  # type: ignore[attr-defined]
        else:
            raise _unwritable(type, value)
        return path
    if head == "Model":
        path = folder / f"{stem}.{pickles.suffix()}"
        pickles.dump(value, path)
        return path
    if head == "File" and isinstance(value, bytes):
        path = folder / stem
        path.write_bytes(value)
        return path
    if head == "File" and isinstance(value, (dict, list)):
        path = folder / f"{stem}.json"
        text = json.dumps(encode("Json", value), ensure_ascii=False, allow_nan=False)
        path.write_text(text, encoding="utf-8")
        return path
    if head == "File" and ("numpy", "ndarray") in names:
        path = folder / f"{stem}.npy"
        try:
            sys.modules["numpy"].save(path, value, allow_pickle=False)
        except ValueError as problem:
            raise CodecError(f"this array cannot be written: {problem}") from None
        return path
    raise _unwritable(type, value)


def _unwritable(type: Type, value: object) -> CodecError:
    return CodecError(
        f"{spell(type)} is declared and a {value.__class__.__name__} was returned; "
        "return a pathlib.Path or an object that has a codec"
    )


_MAGIC = (
    (b"PAR1", ".parquet"),
    (b"ARROW1", ".arrow"),
    (b"\x89PNG\r\n", ".png"),
    (b"%PDF-", ".pdf"),
    (b"\x93NUMPY", ".npy"),
    (b"<!doctype html", ".html"),
    (b"<html", ".html"),
    (b"<svg", ".svg"),
)


def suffix_of(path: Path) -> str:
    """The suffix of a file that was written under a name without one, by its first bytes."""
    if path.suffix or path.is_dir():
        name = path.name
        dot = name.find(".", 1)
        return name[dot:] if dot > 0 else ""
    with open(path, "rb") as file:
        head = file.read(16).lower()
    return next((suffix for magic, suffix in _MAGIC if head.startswith(magic.lower())), "")
