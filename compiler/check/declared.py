"""What a file declares, by kind and name; a name that is taken twice is said here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import assert_never

from ...runtime.dataclass import dataclass, field
from ..diagnostics.diagnostic import Label
from ..source import Span
from ..syntax import ast
from ..types.types import NAMES
from .builtins import BUILTINS, PARTITIONED
from .finding import finding
from .modules import Use
from .scope import FileScope
from .uses import use_module, use_names
from .values import Program


@dataclass(frozen=True, slots=True)
class Declared:
    """The first declaration of every name, in the order of the file."""

    constants: dict[str, ast.Constant] = field(default_factory=dict)
    schemas: dict[str, ast.Schema] = field(default_factory=dict)
    steps: dict[str, ast.Step] = field(default_factory=dict)
    pipelines: dict[str, ast.Pipeline] = field(default_factory=dict)
    targets: dict[str, ast.Target] = field(default_factory=dict)

    def is_whole(self, file: ast.File) -> bool:
        """Whether every constant, step and pipeline of the file is here, none left out."""
        said = sum(isinstance(d, ast.Constant | ast.Step | ast.Pipeline) for d in file.declarations)
        return said == len(self.constants) + len(self.steps) + len(self.pipelines)


def collect(file: ast.File, used: Callable[[Use], Program | None], scope: FileScope) -> Declared:
    """Sorts the declarations: values share one space of names, schemas and targets have theirs.

    `used` is the program behind a `use`, None where it could not be loaded.
    """
    declared = Declared()
    values: dict[str, tuple[str, Span]] = {}
    for declaration in file.declarations:
        match declaration:
            case ast.UseModule() | ast.UseNames() | ast.UseFile():
                _use(declaration, used(declaration), values, declared, scope)
            case ast.Constant(name=name):
                if _free(name, "constant", values, scope):
                    declared.constants[name.text] = declaration
            case ast.Step(name=name):
                if _free(name, "step", values, scope):
                    declared.steps[name.text] = declaration
            case ast.Pipeline(name=name):
                if _free(name, "pipeline", values, scope):
                    declared.pipelines[name.text] = declaration
            case ast.Schema(name=name):
                if name.text in NAMES:
                    _taken(name, "this is a built-in type", None, scope)
                elif name.text in scope.rows:
                    _taken(name, "a `use` brings in a schema of this name", None, scope)
                elif _first(name, "schema", declared.schemas, scope):
                    declared.schemas[name.text] = declaration
            case ast.Target(name=name):
                if _first(name, "target", declared.targets, scope):
                    declared.targets[name.text] = declaration
            case ast.Test():
                pass
            case _:
                assert_never(declaration)
    return declared


def _use(
    use: ast.UseModule | ast.UseNames | ast.UseFile,
    program: Program | None,
    values: dict[str, tuple[str, Span]],
    declared: Declared,
    scope: FileScope,
) -> None:
    def free_value(name: ast.Name) -> bool:
        return _free(name, "name" if isinstance(use, ast.UseNames) else "module", values, scope)

    def free_type(name: ast.Name) -> bool:
        if name.text in NAMES:
            _taken(name, "this is a built-in type", None, scope)
            return False
        if name.text in scope.rows:
            _taken(name, "this needs another name", None, scope)
            return False
        return _first(name, "schema", declared.schemas, scope)

    if isinstance(use, ast.UseNames):
        use_names(use, program, free_value, free_type, scope)
    else:
        use_module(use, program, free_value, scope)


def _free(name: ast.Name, kind: str, values: dict[str, tuple[str, Span]], scope: FileScope) -> bool:
    text = name.text
    if text in values:
        what, span = values[text]
        _taken(name, "this needs another name", Label(span, f"the {what} `{text}`"), scope)
        # Which of the two a use of the name means nobody can tell, nor what the second one uses.
        scope.broken |= {text}
        return False
    if kind in ("step", "pipeline") and (text in BUILTINS or text in PARTITIONED):
        _taken(name, "this is a built-in function", None, scope)
        scope.broken |= {text}
        return False
    if kind in ("module", "name") and text == "run":
        _taken(name, "this would hide the run itself", None, scope)
        return False
    values[text] = (kind, name.span)
    if kind in ("step", "pipeline"):
        scope.callables[text] = kind
    return True


def _first(
    name: ast.Name,
    kind: str,
    known: Mapping[str, ast.Schema] | Mapping[str, ast.Target],
    scope: FileScope,
) -> bool:
    if name.text not in known:
        return True
    first = known[name.text].name.span
    _taken(name, "this needs another name", Label(first, f"the first {kind} `{name.text}`"), scope)
    return False


def _taken(name: ast.Name, label: str, first: Label | None, scope: FileScope) -> None:
    scope.add(
        finding(
            "MLP0202",
            f"`{name.text}` is already taken",
            name.span,
            label,
            labels=() if first is None else (first,),
            help=("names are given once and never change",),
        )
    )
