"""The parameters of a pipeline and their values: command line before target before default."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...runtime.descriptors import ValueMismatch
from ...runtime.digest import Memo
from ...runtime.values import decode
from ..check.closest import closest
from ..diagnostics.diagnostic import error
from ..ir import meaning
from ..ir.nodes import Parameter
from ..ir.values import Apply, Expr, Json, Literal
from ..lower.expressions import Expressions
from ..source import Span
from ..syntax import ast
from ..types.types import DATE, Type, is_artifact, show
from .breaches import breach
from .choose import Chosen, listed, program_of
from .digests import Digests
from .front import Checked, Usage
from .literals import decoded, read_files, read_literal
from .located import located
from .places import NotThereError, found_at

DAY = "run.day"


def parameters_of(checked: Checked, chosen: Chosen) -> tuple[Parameter, ...]:
    """The pipeline's parameters with the target's `params` as their defaults."""
    program = program_of(checked)
    scope = Expressions(program, {}, checked.disk)
    found: list[Parameter] = []
    for port in program.pipelines[chosen.pipeline].parameters:
        written = chosen.params.get(port.name, port.default)
        default: Literal | None = None
        if written is not None and is_artifact(port.type):
            default = Literal(port.type, _names(scope.folded(written)))
        elif written is not None:
            folded = scope.folded(written)
            default = meaning.widened(folded, port.type) if isinstance(folded, Literal) else None
        found.append(Parameter(port.name, port.type, default, port.span))
    return tuple(found)


def _names(expression: Expr) -> Json:
    """The paths and URLs in the default of an artifact, or of a list or record of some."""
    match expression:
        case Literal(value=value):
            return value
        case Apply(operator="record", operands=operands, names=names):
            return {name: _names(o) for name, o in zip(names, operands, strict=True)}
        case Apply(operator="list", operands=operands):
            return [_names(operand) for operand in operands]
        case _:
            raise AssertionError("the checker lets only known defaults through")


def literal_of(type_: Type, data: Json) -> Literal:
    """JSON of a type as a literal of it."""
    return meaning.constant(type_, decode(meaning.descriptor_of(type_), data))


def _takes(name: str, known: list[str]) -> str:
    near = closest(name, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"it takes {listed(known)}" if known else "it takes none"


def given_values(
    checked: Checked,
    chosen: Chosen,
    words: Mapping[str, str],
    *,
    complete: bool,
    had: Mapping[str, Literal] | None = None,
) -> dict[str, Literal]:
    """The parameters' values: command line before target before default.

    `had` are values of an earlier run, which stand before target and default. `complete` asks for a
    value of each; what defaults name is read only where it will be used, and one that is not there
    is in the report. Raises `Usage` for unknown names, ill-typed values and, when `complete`, for
    those that are missing or break a check of their schema.
    """
    parameters = parameters_of(checked, chosen)
    known = {parameter.name: parameter for parameter in parameters}
    for name in words:
        if name not in known and name != DAY:
            raise Usage(
                f"`{chosen.pipeline}` has no parameter called `{name}`; "
                + _takes(name, list(known))
            )
    values: dict[str, Literal] = dict(had or {})
    memo = Digests(checked.project.state)
    if DAY in words:
        values[DAY] = _parsed(
            checked, Parameter(DAY, DATE, None, checked.source.span(0, 0)), words[DAY]
        )
    elif complete and DAY not in values:
        values[DAY] = meaning.constant(DATE, today(zone_of(checked, chosen.pipeline)))
    for name, parameter in known.items():
        if name in words:
            values[name] = _parsed(checked, parameter, words[name], memo)
        elif name in values:
            continue
        elif parameter.default is not None:
            values[name] = parameter.default
            if complete or chosen.kind == "local":
                values[name] = _located(checked, chosen, parameter.default, name, memo)
        elif complete and not show(parameter.type).endswith("?"):
            raise Usage(
                f"`{chosen.pipeline}` needs a value for `{name}`: "
                f"add `{name}=…` ({show(parameter.type)})"
            )
        elif complete:
            values[name] = Literal(parameter.type, None)
    if complete:
        _hold(checked, parameters, values)
    memo.save()
    return values


def _hold(
    checked: Checked, parameters: tuple[Parameter, ...], values: Mapping[str, Literal]
) -> None:
    """Holds values to the checks of their schemas. Raises `Usage`."""
    top = Expressions(program_of(checked), {}, checked.disk)
    for parameter in parameters:
        words = breach(values[parameter.name], top)
        if words is not None:
            raise Usage(f"`{parameter.name}` is {_article(show(parameter.type))}, but {words}")


def zone_of(checked: Checked, pipeline: str) -> str:
    """Where the days of a pipeline begin: as its schedule says, else as the project does."""
    program = program_of(checked)
    options = program.pipelines[pipeline].syntax.options
    for option in () if options is None else options.arguments:
        if option.name is None or option.name.text != "schedule":
            continue
        written = option.value
        while isinstance(written, ast.NameRef) and written.name in program.constants:
            written = program.constants[written.name].value
        for argument in written.arguments if isinstance(written, ast.Call) else ():
            if argument.name is not None and argument.name.text == "timezone":
                return str(Expressions(program, {}).known(argument.value))
    return checked.project.zone


def today(zone: str, at: datetime | None = None) -> date:
    """The calendar day in a time zone, now or `at` another moment: what `run.day` is when nobody
    says otherwise."""
    try:
        return (at or datetime.now(UTC)).astimezone(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        raise Usage(f"`zone` in mlp.toml: there is no time zone called `{zone}`") from None


def _parsed(checked: Checked, parameter: Parameter, text: str, memo: Memo | None = None) -> Literal:
    def find(type_: Type, named: str) -> Json:
        return found_at(named, Path(), type_, memo).to_json()

    try:
        if is_artifact(parameter.type):
            return read_files(parameter.type, text, find)
    except NotThereError as problem:
        raise Usage(f"`{parameter.name}`: {problem}") from None
    except ValueMismatch as problem:
        type_ = _article(show(parameter.type))
        raise Usage(f"`{parameter.name}` is {type_}; `{text}` is not one; {problem}") from None
    try:
        return read_literal(parameter.type, text)
    except ValueMismatch as problem:
        why = f"; {problem}" if " what? " in str(problem) else ""
        raise Usage(
            f"`{parameter.name}` is {_article(show(parameter.type))}; `{text}` is not one{why}"
        ) from None


def _located(checked: Checked, chosen: Chosen, default: Literal, name: str, memo: Memo) -> Literal:
    """A default that names files, with what is there; what is not there is in the report."""
    if not is_artifact(default.type):
        return default

    def find(type_: Type, named: str) -> Json:
        try:
            return found_at(named, checked.project.folder, type_, memo).to_json()
        except NotThereError as problem:
            span = _written(checked, chosen, name)
            checked.report.add(error("MLP0506", str(problem), span, "this names it"))
            return named

    return Literal(default.type, located(default.type, default.value, find, decoded))


def _written(checked: Checked, chosen: Chosen, name: str) -> Span:
    """Where the default of a parameter stands: in the target, or with the parameter."""
    pipeline = program_of(checked).pipelines[chosen.pipeline]
    port = next(port for port in pipeline.parameters if port.name == name)
    written = chosen.params.get(name, port.default)
    return port.span if written is None else written.span


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"
