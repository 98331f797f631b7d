"""Notebooks as files: their cells, and the Python in them, read and never run."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

from ...runtime.dataclass import dataclass
from .problem import NotebookBroken

MAX_BYTES = 50_000_000  # with the pictures that it holds
PARAMETERS, OUTPUTS = "parameters", "outputs"
_FORMAT = 4
# What IPython reads and Python does not: `%magic`, `!command`, `x = !command`, `name?`.
_LINE = re.compile(r"(?P<to>\s*(?:[\w, ]+=\s*)?)(?P<what>[%!].*|[\w.]+\?\??)\s*")
# One of the two codes that JSON writes for an emoji: no file can hold it alone.
_HALF = re.compile("[\ud800-\udfff]")
_IMPORT = re.compile(r"\s*(?:import|from)\s.*")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: `kind` is `code`, `markdown` or `raw`."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()


def read_cells(path: Path, content: bytes) -> tuple[Cell, ...] | NotebookBroken:
    """The cells of a notebook, or why there are none."""
    if len(content) > MAX_BYTES:
        return NotebookBroken(path, f"it is larger than {MAX_BYTES // 1_000_000} MB")
    try:
        data: object = json.loads(content)
    except (ValueError, RecursionError):
        return NotebookBroken(path, "it is not JSON, which notebooks are")
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        return NotebookBroken(path, "it has no list of cells")
    if data.get("nbformat") != _FORMAT:
        return NotebookBroken(path, f"it is not of notebook format {_FORMAT}; save it anew")
    for number, cell in enumerate(data["cells"], start=1):
        if _HALF.search(json.dumps(cell, ensure_ascii=False)):
            text = f"cell {number} holds half a character (a lone surrogate); write it anew"
            return NotebookBroken(path, text)
    language = _language(data.get("metadata"))
    if language != "python":
        return NotebookBroken(path, f"its language is {language}; steps run Python")
    return tuple(_cell(cell) for cell in data["cells"] if isinstance(cell, dict))


def _language(metadata: object) -> str:
    """The language that a notebook says; Python where it says none."""
    for holder, name in (("language_info", "name"), ("kernelspec", "language")):
        held = metadata.get(holder) if isinstance(metadata, dict) else None
        said = held.get(name) if isinstance(held, dict) else None
        if isinstance(said, str):
            return said.lower().removeprefix("i")
    return "python"


def _cell(cell: dict[str, object]) -> Cell:
    source, metadata = cell.get("source"), cell.get("metadata")
    lines = source if isinstance(source, list) else [source]
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return Cell(
        str(cell.get("cell_type")),
        "".join(line for line in lines if isinstance(line, str)),
        tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def statements(source: str) -> tuple[list[ast.stmt], bool]:
    """The Python of a code cell, and whether that is all of it as it stands.

    What only IPython understands stays as the text it is, in a call that nobody may move.
    """
    parsed = _parsed(source)
    if parsed is not None:
        return parsed, True
    if not source.lstrip().startswith("%%"):
        plain = "\n".join(map(_plain, source.splitlines()))
        parsed = _parsed(plain)
        if parsed is not None:
            return parsed, False
    return [*_imports(source), *(_parsed(f"get_ipython().run_cell({source!r})") or ())], False


def _parsed(source: str) -> list[ast.stmt] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _plain(line: str) -> str:
    found = _LINE.fullmatch(line)
    if found is None:
        return line
    return f"{found['to']}get_ipython().run_line({found['what']!r})"


def _imports(source: str) -> Iterator[ast.stmt]:
    """The imports in a cell that cannot be read as a whole: they lead to the project's code."""
    for line in source.splitlines():
        if _IMPORT.fullmatch(line):
            yield from _parsed(line.strip()) or ()
