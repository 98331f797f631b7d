"""Calls of steps and pipelines: every argument by name, of the right type, none left out."""

from __future__ import annotations

from collections.abc import Mapping

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.relate import assignable
from ..types.types import (
    BOOL,
    DURATION,
    FLOAT,
    INT,
    SIZE,
    STRING,
    Dataset,
    EnumOf,
    ListOf,
    MapOf,
    Scalar,
    Type,
    Unknown,
    show,
)
from .assign import Place, fits
from .closest import closest, listed
from .finding import finding
from .infer import infer
from .scope import Scope
from .values import Callee, Port

_ORDERS = frozenset(("depends_on", "after", "needs", "wait_for", "upstream", "dependencies"))


def check_call(call: ast.Call, step: Callee, scope: Scope) -> None:
    """Holds the arguments of a call against the inputs of what it runs."""
    ports = {port.name: port for port in step.inputs}
    given: dict[str, ast.Argument] = {}
    excused: set[str] = set()
    unnamed: list[tuple[ast.Argument, Type]] = []
    for argument in call.arguments:
        compared = _compared(argument, ports)
        if compared is not None and compared.text not in given:
            given[compared.text] = argument
            _report_compared(argument, scope)
        elif argument.name is None:
            unnamed.append((argument, infer(argument.value, scope)))
        elif argument.name.text in ports:
            _check_named(argument.name, argument, ports[argument.name.text], step, given, scope)
        else:
            infer(argument.value, scope)
            _report_unknown(argument.name, step, call, excused, scope)
    for argument, type_ in unnamed:
        open_ = [port for port in step.inputs if port.name not in given]
        _report_unnamed(argument, type_, open_, step, scope)
    if not unnamed:
        lacking = [
            port
            for port in step.inputs
            if port.wanted and port.name not in given and port.name not in excused
        ]
        if lacking:
            _report_lacking(call, step, lacking, scope)


def _check_named(
    name: ast.Name,
    argument: ast.Argument,
    port: Port,
    step: Callee,
    given: dict[str, ast.Argument],
    scope: Scope,
) -> None:
    first = given.setdefault(name.text, argument)
    if first is not argument:
        infer(argument.value, scope)
        place = first.span if first.name is None else first.name.span
        scope.file.add(
            finding(
                "MLP0504",
                f"`{name.text}` is set twice",
                name.span,
                "again here",
                labels=(Label(place, "first here"),),
            )
        )
        return
    type_ = infer(argument.value, scope, port.type)
    fits(argument.value, type_, port.type, Place(name.text, port.type_span, step.name), scope)


def _compared(argument: ast.Argument, ports: Mapping[str, Port]) -> ast.Name | None:
    """The input that `rounds == 10` most likely means to set."""
    match argument:
        case ast.Argument(
            name=None, value=ast.Binary(operator=operator, left=ast.NameRef(name=name, span=span))
        ) if operator.text == "==" and name in ports:
            return ast.Name(name, span)
        case _:
            return None


def _report_compared(argument: ast.Argument, scope: Scope) -> None:
    assert isinstance(argument.value, ast.Binary)
    infer(argument.value.right, scope)
    operator = argument.value.operator.span
    scope.file.add(
        finding(
            "MLP0103",
            "use `=` to give an argument its value",
            operator,
            "`==` compares",
            fixes=(Fix("write `=`", (Edit(operator, "="),), safe=True),),
        )
    )


def _report_unknown(
    name: ast.Name, step: Callee, call: ast.Call, excused: set[str], scope: Scope
) -> None:
    said = {argument.name.text for argument in call.arguments if argument.name is not None}
    free = [port.name for port in step.inputs if port.name not in said]
    near = closest(name.text, [port for port in free if port not in excused])
    fixes = []
    help_: tuple[str, ...] = ()
    if near is None and name.text in _ORDERS:
        help_ = (f"to wait for a node, write `after` behind the call: `{step.name}(…) after x`",)
    if near is not None:
        excused.add(near)
        fixes.append(Fix(f"rename it to `{near}`", (Edit(name.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0208",
            f"`{step.name}` has no input called `{name.text}`",
            name.span,
            f"did you mean `{near}`?" if near else f"`{step.name}` does not take this",
            labels=(Label(step.syntax.name.span, f"`{step.name}` is declared here"),),
            notes=(_inputs_of(step),),
            help=help_,
            fixes=fixes,
        )
    )


def _report_unnamed(
    argument: ast.Argument, type_: Type, open_: list[Port], step: Callee, scope: Scope
) -> None:
    matching = [port for port in open_ if assignable(type_, port.type)]
    fixes = []
    if len(matching) == 1 and not isinstance(type_, Unknown):
        edit = Edit(argument.value.span.at_start(), f"{matching[0].name} = ")
        fixes.append(Fix(f"write `{matching[0].name} = `", (edit,), safe=True))
        label = f"write `{matching[0].name} = {scope.file.text(argument.value.span)}`"
    elif step.inputs:
        label = f"which input of `{step.name}` is this?"
    else:
        label = f"`{step.name}` has no inputs"
    scope.file.add(
        finding(
            "MLP0209",
            "arguments are named",
            argument.span,
            label if len(label) <= 60 else "say which input this is",
            notes=(_inputs_of(step),),
            fixes=fixes,
        )
    )


def _inputs_of(step: Callee) -> str:
    if not step.inputs:
        return f"`{step.name}` has no inputs"
    what = "input" if len(step.inputs) == 1 else "inputs"
    return f"`{step.name}` has the {what} {listed(port.name for port in step.inputs)}"


def placeholder(type_: Type) -> str | None:
    """A literal that could stand for an argument of the type."""
    plain = {INT: "0", FLOAT: "0.0", STRING: '""', BOOL: "false", DURATION: "1h", SIZE: "1GB"}
    match type_:
        case EnumOf(values):
            return f'"{values[0]}"'
        case ListOf():
            return "[]"
        case MapOf():
            return "{}"
        case Dataset():
            return 'dataset("…")'
        case _:
            known = plain.get(type_) if isinstance(type_, Scalar) else None
            return known or ('file("…")' if show(type_) == "File" else None)


def _report_lacking(call: ast.Call, step: Callee, lacking: list[Port], scope: Scope) -> None:
    source = scope.file.source
    words = [(port.name, _candidate(port, scope)) for port in lacking]
    fixes = []
    if all(value is not None for _, value in words):
        text = ", ".join(f"{name} = {value}" for name, value in words)
        if call.arguments:
            at = call.arguments[-1].span.at_end()
            text = f", {text}"
        else:
            closing = source.text.rfind(")", call.callee.span.end, call.span.end)
            at = source.span(closing, closing)
        title = f"add {listed(name for name, _ in words)}, and say what to pass"
        fixes.append(Fix(title, (Edit(at, text),), safe=False))
    count = "this input" if len(lacking) == 1 else "these inputs"
    scope.file.add(
        finding(
            "MLP0210",
            f"`{step.name}` also needs {listed(port.name for port in lacking)}",
            call.callee.span,
            f"{count} has no default" if len(lacking) == 1 else f"{count} have no default",
            labels=tuple(
                Label(port.span, f"`{port.name}` is declared here") for port in lacking[:3]
            ),
            fixes=fixes,
        )
    )


def _candidate(port: Port, scope: Scope) -> str | None:
    """A value in sight that has the input's type, the last one first; else a placeholder."""
    for binding in reversed(scope.names.values()):
        if binding.step is None:
            if binding.type == port.type:
                return binding.name
            continue
        for output in binding.step.ports:
            if output.type == port.type and not isinstance(port.type, Scalar):
                return f"{binding.name}.{output.name}"
    return placeholder(port.type)
