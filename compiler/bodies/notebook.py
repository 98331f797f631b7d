"""What a notebook step runs: its cells, what it takes and gives, and the code that it reaches."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...runtime.dataclass import dataclass, replace
from .cells import OUTPUTS, PARAMETERS, Cell, read_cells, statements
from .closure import Closure, import_closure
from .library import Library
from .module import Module
from .modules import ModuleFile
from .problem import ModuleProblem, NotebookBroken
from .slice import Slice, slice_module

_FORM = b"notebook 1\n"


@dataclass(frozen=True, slots=True)
class NotebookBody:
    """A notebook by its path as written. `parameters` says of each name in the cell tagged so
    whether it has no value there; `outputs` are the names that the cell tagged `outputs` mentions.
    Both are None where no cell has the tag; `outputs` also where the cell is not plain Python."""

    reference: str
    path: Path
    cells: tuple[Cell, ...]
    parameters: dict[str, bool] | None
    outputs: frozenset[str] | None
    gives: bool
    code: Slice
    closure: Closure
    digest: str

    def takes_path_of(self, output: str) -> bool:
        """Whether the notebook is given a path for an output, and writes it there."""
        return f"out_{output}" in (self.parameters or {})


def read_notebook(
    reference: str, path: Path, content: bytes, library: Library
) -> NotebookBody | NotebookBroken | ModuleProblem:
    """The notebook at `path`, or what is wrong with it or with a module that it imports."""
    cells = read_cells(path, content)
    if isinstance(cells, NotebookBroken):
        return cells
    module = _module(reference, path, cells)
    library.add(module)
    code = slice_module(library, module)
    if not isinstance(code, Slice):
        return code
    closure = import_closure(library, [module.name, *code.modules])
    if not isinstance(closure, Closure):
        return closure
    files = tuple((name, file) for name, file in closure.files if name != module.name)
    parameters = _tagged(cells, PARAMETERS)
    outputs = _tagged(cells, OUTPUTS)
    return NotebookBody(
        reference,
        path,
        cells,
        None if parameters is None else dict(_parameters(parameters[0])),
        frozenset(_mentioned(outputs[0])) if outputs is not None and outputs[1] else None,
        outputs is not None,
        _labelled(code, module, reference),
        replace(closure, files=files),
        hashlib.sha256(_FORM + code.digest.encode()).hexdigest(),
    )


def _module(reference: str, path: Path, cells: Sequence[Cell]) -> Module:
    """The code cells as one module. Where parameters come in stands a call that nobody may move."""
    body: list[ast.stmt] = []
    first = True
    for cell in cells:
        if cell.kind != "code":
            continue
        body += statements(cell.source)[0]
        if first and PARAMETERS in cell.tags:
            body += ast.parse("get_ipython().take_parameters()").body
            first = False
    source = "\n".join(cell.source for cell in cells if cell.kind == "code").encode()
    # A dot would make packages of what stands before it.
    file = ModuleFile(f"notebook {reference}".replace(".", " "), path, False, ())
    return Module(file, source, ast.Module(body, []), tuple(body))


def _tagged(cells: Sequence[Cell], tag: str) -> tuple[list[ast.stmt], bool] | None:
    """The Python of the first code cell with a tag, and whether that is all of the cell."""
    found = next((cell for cell in cells if cell.kind == "code" and tag in cell.tags), None)
    return None if found is None else statements(found.source)


def _parameters(body: Sequence[ast.stmt]) -> Iterator[tuple[str, bool]]:
    for statement in body:
        match statement:
            case ast.Assign(targets=targets):
                for target in targets:
                    for name in _names(target):
                        yield name, False
            case ast.AnnAssign(target=ast.Name(id=name), value=value):
                yield name, value is None
            case _:
                continue


def _names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _names(element)
        case _:
            return


def _mentioned(body: Sequence[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                yield node.id
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node.name


def _labelled(code: Slice, module: Module, reference: str) -> Slice:
    """The slice with the notebook's own path for the module that we made of it."""
    own = f"{module.file.label}:"

    def label(text: str) -> str:
        return f"{reference}:{text.removeprefix(own)}" if text.startswith(own) else text

    symbols = tuple(replace(symbol, label=label(symbol.label)) for symbol in code.symbols)
    modules = tuple(name for name in code.modules if name != module.name)
    return replace(code, symbols=symbols, modules=modules)
