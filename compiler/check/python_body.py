"""Python bodies: the function exists and takes what the step passes; read, never imported."""

from __future__ import annotations

from typing import assert_never

from ..bodies.body import PythonBody
from ..bodies.problem import (
    BodyProblem,
    Bound,
    FunctionMissing,
    FunctionUnsuitable,
    ModuleBroken,
    ModuleMissing,
    ModuleRefused,
    ModuleTwice,
    ReferenceMalformed,
    Unsuitable,
)
from ..bodies.signature import Annotation, ParameterKind, Signature
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.types import (
    show,
)
from .annotations import accepts
from .closest import closest, listed
from .finding import finding
from .origin import shortened
from .scope import FileScope
from .values import BodyReader, CheckedStep, Port

_READ = "the file was read, not imported or run"


def check_python(
    step: CheckedStep, text: str, run: ast.Run, scope: FileScope, bodies: BodyReader | None
) -> PythonBody | None:
    """The function behind a step, held against the step's signature."""
    if bodies is None:
        return None
    body = bodies.body(text)
    if not isinstance(body, PythonBody):
        report_problem(body, text, run, scope)
        return None
    _check_parameters(step, text, body, run, scope)
    return body


def _problem(
    code: str,
    message: str,
    label: str,
    run: ast.Run,
    scope: FileScope,
    *,
    notes: tuple[str, ...] = (),
    help_: tuple[str, ...] = (),
    nearest: str | None = None,
) -> None:
    fixes = []
    if nearest is not None and isinstance(run.body, ast.Literal):
        edit = Edit(run.body.span, f'"{nearest}"')
        fixes.append(Fix(f"write `{nearest}`", (edit,), safe=True))
    scope.add(finding(code, message, run.body.span, label, notes=notes, help=help_, fixes=fixes))


def report_problem(problem: BodyProblem, text: str, run: ast.Run, scope: FileScope) -> None:
    """What is wrong with the code behind a body, at its `run` line."""
    function = text.partition(":")[2]
    match problem:
        case ReferenceMalformed():
            _problem(
                "MLP0101",
                "expected `package.module:function` here",
                "this names no function",
                run,
                scope,
            )
        case ModuleMissing(module, searched, nearest):
            near = closest(module, nearest)
            _problem(
                "MLP0801",
                f"cannot find module `{module}`",
                f"did you mean `{near}`?" if near else "no file of this name",
                run,
                scope,
                notes=tuple(f"searched `{path}`" for path in searched),
                help_=("say where modules lie: `python-path` in `mlp.toml`",),
                nearest=f"{near}:{function}" if near else None,
            )
        case ModuleTwice(module, paths):
            _problem(
                "MLP0801",
                f"module `{module}` is found twice",
                "which of the two?",
                run,
                scope,
                notes=tuple(f"found `{path}`" for path in paths),
                help_=("rename one, or narrow `python-path` in `mlp.toml`",),
            )
        case ModuleRefused(module, path, reason):
            _problem(
                "MLP0801",
                f"cannot read module `{module}`",
                reason.value,
                run,
                scope,
                notes=(f"found `{path}`",),
            )
        case ModuleBroken(module, path, line, column, message):
            _problem(
                "MLP0801",
                f"cannot read module `{module}`",
                "the module is not Python",
                run,
                scope,
                notes=(f"{path}:{line}:{column}: {message}",),
            )
        case FunctionMissing(module, name, path, nearest, found, line):
            near = closest(name, nearest)
            label = f"did you mean `{near}`?" if near else "it has no such function"
            if found is not None and line is not None:
                what = {
                    Bound.CLASS: "a class",
                    Bound.VALUE: "a value",
                    Bound.FOREIGN: "imported from outside the project",
                }[found]
                label = f"`{name}` is {what}"
            _problem(
                "MLP0802",
                f"`{module}` has no function `{name}`",
                shortened(label, 60),
                run,
                scope,
                notes=(f"read `{path}`" if line is None else f"read `{path}:{line}`",),
                nearest=f"{module}:{near}" if near and found is None else None,
            )
        case FunctionUnsuitable(module, name, path, line, kind):
            what = "a coroutine" if kind is Unsuitable.ASYNC else "a generator"
            _problem(
                "MLP0802",
                f"`{module}` has no plain function `{name}`",
                f"`{name}` is {what}, which returns no result",
                run,
                scope,
                notes=(f"read `{path}:{line}`",),
            )
        case _:
            assert_never(problem)


def _place(body: PythonBody) -> str:
    signature = body.signature
    return f"{signature.module.file.path}:{signature.line} is `{signature.header}`"


def _check_parameters(
    step: CheckedStep, text: str, body: PythonBody, run: ast.Run, scope: FileScope
) -> None:
    signature = body.signature
    if signature.decorators and any(name is None for name in signature.decorators):
        # What an unknown decorator takes cannot be read.
        return
    taken = {p.name: p for p in signature.parameters if p.kind is not ParameterKind.POSITIONAL}
    outs = {f"out_{port.name}" for port in step.outputs}
    inputs = {port.name for port in step.inputs}
    lacking = [
        p.name
        for p in signature.parameters
        if not p.has_default and p.name not in inputs and p.name not in outs
    ]
    free = [name for name in taken if name not in inputs and name not in outs]
    matched: set[str] = set()
    for port in step.inputs:
        parameter = taken.get(port.name)
        if parameter is not None:
            if parameter.annotation is not None:
                _check_annotation(port, parameter.annotation, text, body, run, scope)
        elif not signature.takes_any_name:
            near = closest(port.name, free) or (free[0] if len(free) == 1 else None)
            if near is not None:
                matched.add(near)
            _report_unknown(port, text, near, body, run, scope)
    lacking = [name for name in lacking if name not in matched]
    if lacking:
        _report_lacking(text, lacking, body, run, scope)


def _report_unknown(
    port: Port, text: str, near: str | None, body: PythonBody, run: ast.Run, scope: FileScope
) -> None:
    span = port.span
    name_span = type(span)(span.file, span.start, span.start + len(port.name))
    help_ = f"add the parameter `{port.name}` to the function, or drop the input"
    if near is not None:
        help_ = f"rename the input to `{near}`, or the parameter to `{port.name}`"
    label = "the step passes this to the function"
    unnamed = (p.name for p in body.signature.parameters if p.kind is ParameterKind.POSITIONAL)
    if port.name in unnamed:
        label = "inputs are passed by name, this one has none"
        help_ = "take the `/` out of the function's parameters"
    scope.add(
        finding(
            "MLP0803",
            f"`{text}` has no parameter called `{port.name}`",
            name_span,
            label,
            labels=(Label(run.body.span, _header(body.signature)),),
            notes=(_place(body), _READ),
            help=(help_,),
        )
    )


def _header(signature: Signature) -> str:
    label = f"line {signature.line}: `{signature.header}`"
    return label if len(label) <= 60 else f"the function at line {signature.line}"


def _report_lacking(
    text: str, lacking: list[str], body: PythonBody, run: ast.Run, scope: FileScope
) -> None:
    verb = "which the step does not pass"
    scope.add(
        finding(
            "MLP0804",
            f"`{text}` wants {listed(lacking)}, {verb}",
            run.body.span,
            _header(body.signature),
            notes=(_place(body), _READ),
            help=(
                f"add {listed(lacking)} to the step's inputs, or give"
                f" {'it a default' if len(lacking) == 1 else 'them defaults'} in the function",
            ),
        )
    )


def _check_annotation(
    port: Port,
    annotation: Annotation,
    text: str,
    body: PythonBody,
    run: ast.Run,
    scope: FileScope,
) -> None:
    """Reports only what cannot work; an annotation that says little is left alone."""
    if accepts(annotation, port.type):
        return
    said, wanted = shortened(annotation.text, 30), shortened(show(port.type), 30)
    scope.add(
        finding(
            "MLP0805",
            f"`{text}` says `{port.name}: {said}`, the step says `{port.name}: {wanted}`",
            port.type_span,
            f"the function wants `{said}`",
            labels=(Label(run.body.span, _header(body.signature)),),
            notes=(_place(body), _READ),
            help=("make the two agree",),
        )
    )
