"""Lowers steps as declared: ports with their defaults, bodies with the files that they need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ..bodies import body as sources
from ..bodies.closure import Closure
from ..bodies.notebook import NotebookBody as NotebookSource
from ..bodies.slice import Slice
from ..check.values import CheckedStep
from ..check.values import Port as CheckedPort
from ..ir import meaning
from ..ir.definitions import (
    Body,
    BundledFile,
    Check,
    ContainerBody,
    Definition,
    NotebookBody,
    NotebookCell,
    Pickled,
    Port,
    PythonBody,
    ShellBody,
)
from ..ir.values import Apply, Expr, Literal, ParameterRef
from ..syntax import ast
from ..types.types import MODEL, STRING, ListOf, MapOf, Optional, Row, Type, schemas_of
from .expressions import Expressions
from .reader import Reader


class Definitions:
    """The definitions of a graph, each made once: passes tell them apart by identity."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, str], Definition] = {}
        self.checks: dict[tuple[str, str], tuple[Check, ...]] = {}

    def of(self, step: CheckedStep, top: Expressions) -> Definition:
        """The definition of a step; `top` is the top level of the file that declares it."""
        name = (step.module, step.name)
        if name not in self.made:
            self.made[name] = Definition(
                name=step.name,
                inputs=tuple(_port(port, top) for port in step.inputs),
                outputs=tuple(_port(port, top) for port in step.outputs),
                body=_body(step, top),
                span=step.syntax.name.span,
                checks=tuple(
                    checks_of(
                        (r for p in (*step.inputs, *step.outputs) for r in schemas_of(p.type)),
                        top,
                        self.checks,
                    )
                ),
            )
        return self.made[name]


def checks_of(
    rows: Iterable[Row], top: Expressions, made: dict[tuple[str, str], tuple[Check, ...]]
) -> Iterator[tuple[tuple[str, str], tuple[Check, ...]]]:
    """The checks of schemas, by the file and the name of each; those in `made` are lowered."""
    for (source, name), row in {(row.source, row.name or ""): row for row in rows}.items():
        found = made.get((source, name))
        if found is None:
            place = top.module(source or top.source.name)
            written = place.program.checks.get(name, ())
            found = made[source, name] = tuple(_check(c, row, place) for c in written)
        if found:
            yield (source, name), found


def _check(written: ast.Check, row: Row, top: Expressions) -> Check:
    inside = Expressions(top.program, {}, top.read, top.elsewhere)
    for column in row.columns:
        inside.names[column.name] = ParameterRef(column.type, column.name)
    return Check(
        text=" ".join(top.source.slice(written.condition.span).split()),
        condition=inside.expression(written.condition),
        policy="fail" if written.policy is None else written.policy.text,
        message=None
        if written.message is None
        else meaning.fold(top.expression(written.message), {}),
    )


def _port(port: CheckedPort, top: Expressions) -> Port:
    return Port(port.name, port.type, port.span, default_of(port, top))


def default_of(port: CheckedPort, top: Expressions) -> Literal | None:
    """The value of an input or parameter that a call leaves out."""
    if port.default is None:
        return None
    folded = meaning.fold(top.expression(port.default), {})
    found = meaning.fold(top.found(folded, port.default), {})
    assert isinstance(found, Literal), "the checker lets only known defaults through"
    return meaning.widened(found, port.type)


def _body(step: CheckedStep, top: Expressions) -> Body:
    assert top.read is not None
    match step.kind:
        case "python":
            assert isinstance(step.source, sources.PythonBody)
            return python_body(step.source, top.read, _pickled(step, step.source.code))
        case "shell":
            assert isinstance(step.source, sources.ShellBody)
            return _shell(step.body_text or "", step.source, top.read)
        case "notebook":
            assert isinstance(step.source, NotebookSource)
            return _notebook(step, step.source, top.read)
        case "container":
            return _container(step, top)
        case _:
            raise AssertionError(f"the checker let a {step.kind} body through")


def _pickled(step: CheckedStep, code: Slice) -> Pickled | None:
    """What pickled objects in the outputs may name, None where they hold no such objects."""
    named = code.pickled
    if named is None or not (named.writes or any(_holds_model(p.type) for p in step.outputs)):
        return None
    return Pickled(named.digest, named.modules)


def _holds_model(type_: Type) -> bool:
    match type_:
        case ListOf(inner) | MapOf(inner) | Optional(inner):
            return _holds_model(inner)
        case Row(columns=columns):
            return any(_holds_model(column.type) for column in columns)
        case _:
            return type_ == MODEL


def python_body(
    source: sources.PythonBody, read: Reader, pickled: Pickled | None = None
) -> PythonBody:
    module, _, function = source.reference.partition(":")
    installed = read.packages(source.closure.third_party)
    return PythonBody(
        module=module,
        function=function,
        digest=source.digest,
        symbols=tuple(sorted(source.code.table.items())),
        files=(*_modules(source.closure, read), *_beside(source.code, read)),
        packages=installed.pins,
        needs=installed.needs,
        pickled=pickled,
        unseen=source.code.unseen[0].text if source.code.unseen else None,
    )


def _notebook(step: CheckedStep, source: NotebookSource, read: Reader) -> NotebookBody:
    installed = read.packages(source.closure.third_party)
    return NotebookBody(
        path=source.reference,
        cells=tuple(NotebookCell(cell.kind, cell.source, cell.tags) for cell in source.cells),
        paths=tuple(port.name for port in step.outputs if source.takes_path_of(port.name)),
        digest=source.digest,
        symbols=tuple(sorted(source.code.table.items())),
        files=(*_modules(source.closure, read), *_beside(source.code, read)),
        packages=installed.pins,
        needs=installed.needs,
        pickled=_pickled(step, source.code),
        unseen=source.code.unseen[0].text if source.code.unseen else None,
    )


def _modules(closure: Closure, read: Reader) -> tuple[BundledFile, ...]:
    return tuple(
        BundledFile(f"code/{_place(name, path)}", read.code(path)) for name, path in closure.files
    )


def _beside(code: Slice, read: Reader) -> tuple[BundledFile, ...]:
    there = (file for file in code.beside if file.digest)
    return tuple(BundledFile(f"code/{file.label}", read.code(file.path)) for file in there)


def _place(module: str, path: Path) -> str:
    """Where a module lies below a folder that is on Python's path."""
    base = module.replace(".", "/")
    return f"{base}/__init__.py" if path.name == "__init__.py" else f"{base}.py"


def _shell(text: str, source: sources.ShellBody, read: Reader) -> ShellBody:
    scripts = source.scripts
    return ShellBody(
        text, tuple(BundledFile(f"code/{read.place(path)}", read.code(path)) for path, _ in scripts)
    )


def _container(step: CheckedStep, top: Expressions) -> ContainerBody:
    inside = Expressions(top.program, {}, top.read, top.elsewhere)
    for port in (*step.inputs, *step.outputs):
        inside.names[port.name] = ParameterRef(port.type, port.name)
    command: tuple[Expr, ...] = ()
    for setting in step.syntax.runs[0].settings:
        if isinstance(setting, ast.SetValue) and setting.key.text == "command":
            listed = inside.expression(setting.value)
            match listed:
                case Apply(operator="list", operands=operands):
                    command = operands
                case Literal(value=list(items)):
                    command = tuple(Literal(STRING, item) for item in items)
                case _:
                    raise AssertionError("the checker wants a list for `command`")
    return ContainerBody(str(inside.known(step.body)), command)
