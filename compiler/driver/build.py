"""The middle stages: choose a pipeline and a target, lower, bind parameters, optimize, plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...runtime import values as runtime_values
from ...runtime.dataclass import dataclass, replace
from ..check.values import Program
from ..contract.target import Target
from ..diagnostics.diagnostic import Label, Report, error
from ..ir import meaning
from ..ir.expand import direct
from ..ir.graph import Graph
from ..ir.nodes import Gate, Parameter, blocks, expressions
from ..ir.values import (
    Apply,
    Expr,
    Json,
    Literal,
    NodeId,
    ParameterRef,
    references,
)
from ..lower import Choice, Mistaken, NotKnown, RangeNotKnown, lower
from ..lower.expressions import Expressions
from ..lower.settings import plain
from ..passes import DEFAULT
from ..passes.fold import bind, fold
from ..passes.host import on_host
from ..passes.keys import Spec, specs
from ..passes.run import run as run_passes
from ..plan import Plan, Results, make_plan
from ..source import Span
from ..syntax import ast
from ..types.types import DATE, Type, is_artifact, show
from .footers import column_errors
from .front import Checked, Targets, Usage
from .literals import decoded, read_files, read_literal
from .located import located
from .places import NotThereError, found_at

DAY = "run.day"

Watch = Callable[[str, Graph], None]
"""Sees the graph behind each pass: `--dump-ir`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The pipeline and target that a command works on. `block` is None for a bare kind.

    `settings` are the block's own keys, `params` what it says of parameters; `image` is what its
    `defaults` name for all steps.
    """

    pipeline: str
    name: str
    kind: str
    target: Target
    block: ast.Target | None
    settings: dict[str, Json]
    params: Mapping[str, ast.Expr]
    image: str | None

    @property
    def span(self) -> Span | None:
        return None if self.block is None else self.block.name.span


@dataclass(frozen=True, slots=True)
class Built:
    """An optimized graph for one target, and the specs of its tasks; `day` is the `run.day` that it
    was built for, read or not."""

    chosen: Chosen
    graph: Graph
    specs: Mapping[NodeId, Spec]
    values: Mapping[str, Literal]
    refused: tuple[tuple[Gate, str], ...] = ()
    day: Literal | None = None


def choose(checked: Checked, targets: Targets, pipeline: str | None, target: str | None) -> Chosen:
    """What to work on. Raises `Usage` where the words fit nothing in the file."""
    program = _program(checked)
    names = list(program.pipelines)
    if pipeline is not None and pipeline not in names:
        raise Usage(f"there is no pipeline called `{pipeline}`; the file has {_listed(names)}")
    if pipeline is None and len(names) != 1:
        if not names:
            raise Usage("the file has no pipeline")
        raise Usage(f"the file has several pipelines; say `--pipeline` with {_either(names)}")
    block, kind = _target(program, targets, target)
    known = Expressions(program, {}).known
    own = () if block is None else block.settings
    params = {
        setting.key.text: setting.value
        for part in own
        if part.key.text == "params" and isinstance(part, ast.SetBlock)
        for setting in part.settings
        if isinstance(setting, ast.SetValue)
    }
    said = plain(tuple(part for part in own if part.key.text != "params"), known)
    defaults = said.pop("defaults", {})
    environment = defaults.get("environment") if isinstance(defaults, dict) else None
    image = environment.get("image") if isinstance(environment, dict) else None
    return Chosen(
        pipeline or names[0],
        kind if block is None else block.name.text,
        kind,
        targets.load(kind),
        block,
        said,
        params,
        image if isinstance(image, str) else None,
    )


def _target(program: Program, targets: Targets, name: str | None) -> tuple[ast.Target | None, str]:
    blocks = {
        block.name.text: (block, block.kind.text if block.kind else block.name.text)
        for block in program.targets.values()
    }
    if name is None:
        local = [found for found in blocks.values() if found[1] == "local"]
        return local[0] if len(local) == 1 else (None, "local")
    if name in blocks:
        return blocks[name]
    if name in targets.kinds:
        return None, name
    listed = [*(f"`{block}` ({kind})" for block, (_, kind) in blocks.items())]
    more = f"; the file has {', '.join(listed)}" if listed else ""
    raise Usage(
        f"there is no target called `{name}`{more}; the kinds are {_listed(list(targets.kinds))}"
    )


def lowered(checked: Checked, chosen: Chosen, values: Mapping[str, Literal]) -> Graph:
    """The graph before any pass. A setting that is not known yet is MLP0902 in the report."""
    choice = Choice(chosen.pipeline, chosen.block, chosen.kind, values, checked.project.environment)
    try:
        return lower(_program(checked), choice, checked.disk)
    except RangeNotKnown as problem:
        checked.report.add(
            error(
                "MLP0902",
                f"{chosen.target.title} must know the keys of this partition when compiling",
                problem.keyword,
                "its keys follow from the parameters of a run",
                labels=[Label(problem.bound.span, "known only when the run is submitted")],
                help=["use constants, or run it here: `mlp run`"],
            )
        )
        raise NotKnown(problem.bound) from None
    except Mistaken as problem:
        checked.report.add(
            error(problem.code, str(problem), problem.span, problem.label, help=problem.help)
        )
        raise NotKnown(problem.written) from None
    except NotKnown as problem:
        checked.report.add(
            error(
                "MLP0902",
                f"{chosen.target.title} must know this setting when compiling",
                problem.expression.span,
                "known only when the run is submitted",
                help=["use a constant, or set it in the `target` block"],
            )
        )
        raise


def parameters_of(checked: Checked, chosen: Chosen) -> tuple[Parameter, ...]:
    """The pipeline's parameters with the target's `params` as their defaults."""
    program = _program(checked)
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
    return meaning.constant(type_, runtime_values.decode(meaning.descriptor_of(type_), data))


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
    those that are missing.
    """
    parameters = parameters_of(checked, chosen)
    known = {parameter.name: parameter for parameter in parameters}
    for name in words:
        if name not in known and name != DAY:
            raise Usage(
                f"`{chosen.pipeline}` has no parameter called `{name}`; "
                + (f"it takes {_listed(list(known))}" if known else "it takes none")
            )
    values: dict[str, Literal] = dict(had or {})
    if DAY in words:
        values[DAY] = _parsed(
            checked, Parameter(DAY, DATE, None, checked.source.span(0, 0)), words[DAY]
        )
    elif complete and DAY not in values:
        values[DAY] = meaning.constant(DATE, today(checked.project.zone))
    for name, parameter in known.items():
        if name in words:
            values[name] = _parsed(checked, parameter, words[name])
        elif name in values:
            continue
        elif parameter.default is not None:
            values[name] = parameter.default
            if complete or chosen.kind == "local":
                values[name] = _located(checked, chosen, parameter.default, name)
        elif complete and not show(parameter.type).endswith("?"):
            raise Usage(
                f"`{chosen.pipeline}` needs a value for `{name}`: "
                f"add `{name}=…` ({show(parameter.type)})"
            )
        elif complete:
            values[name] = Literal(parameter.type, None)
    return values


def today(zone: str) -> date:
    """The calendar day in a time zone: what `run.day` is when nobody says otherwise."""
    try:
        return datetime.now(ZoneInfo(zone)).date()
    except (ZoneInfoNotFoundError, ValueError):
        raise Usage(f"`zone` in mlp.toml: there is no time zone called `{zone}`") from None


def _reads_day(graph: Graph) -> Span | None:
    """The first place that depends on `run.day`."""
    read = [(node.span, e) for node in graph.everything() for e in expressions(node)]
    read += [
        (node.span, block.result)
        for node in graph.everything()
        for block in blocks(node)
        if block.result is not None
    ]
    read += [(output.span, output.value) for output in graph.outputs]
    for span, expression in read:
        for reference in references(expression):
            if isinstance(reference, ParameterRef) and reference.name == DAY:
                return span
    return None


def _parsed(checked: Checked, parameter: Parameter, text: str) -> Literal:
    def find(type_: Type, named: str) -> Json:
        return found_at(named, Path(), type_).to_json()

    try:
        if is_artifact(parameter.type):
            return read_files(parameter.type, text, find)
    except NotThereError as problem:
        raise Usage(f"`{parameter.name}`: {problem}") from None
    except runtime_values.ValueMismatch as problem:
        type_ = _article(show(parameter.type))
        raise Usage(f"`{parameter.name}` is {type_}; `{text}` is not one; {problem}") from None
    try:
        return read_literal(parameter.type, text)
    except runtime_values.ValueMismatch as problem:
        why = f"; {problem}" if " what? " in str(problem) else ""
        raise Usage(
            f"`{parameter.name}` is {_article(show(parameter.type))}; `{text}` is not one{why}"
        ) from None


def _located(checked: Checked, chosen: Chosen, default: Literal, name: str) -> Literal:
    """A default that names files, with what is there; what is not there is in the report."""
    if not is_artifact(default.type):
        return default

    def find(type_: Type, named: str) -> Json:
        try:
            return found_at(named, checked.project.folder, type_).to_json()
        except NotThereError as problem:
            span = _written(checked, chosen, name)
            checked.report.add(error("MLP0506", str(problem), span, "this names it"))
            return named

    return Literal(default.type, located(default.type, default.value, find, decoded))


def _written(checked: Checked, chosen: Chosen, name: str) -> Span:
    """Where the default of a parameter stands: in the target, or with the parameter."""
    pipeline = _program(checked).pipelines[chosen.pipeline]
    port = next(port for port in pipeline.parameters if port.name == name)
    written = chosen.params.get(name, port.default)
    return port.span if written is None else written.span


def build(
    checked: Checked,
    chosen: Chosen,
    values: Mapping[str, Literal],
    *,
    frozen: bool,
    watch: Watch | None = None,
) -> Built:
    """Lowers and optimizes. `frozen` binds every parameter: a run; else a template, whose
    parameters have `values` as their defaults.

    A dataset without its columns is in the report. Raises `NotKnown` after reporting it.
    """
    graph = lowered(checked, chosen, values if frozen else {})
    on = values.get(DAY)
    day = _reads_day(graph)
    if day is not None:
        if on is None:
            checked.report.add(
                error(
                    "MLP0902",
                    f"{chosen.target.title} must know `run.day` when compiling",
                    day,
                    "depends on the day of the run",
                    help=["add `--day 2026-11-22` to fix it"],
                )
            )
            raise NotKnown(ast.NameRef(day, DAY))
        graph = fold(graph, {DAY: on})
    else:
        values = {name: value for name, value in values.items() if name != DAY}
    if chosen.kind == "local" and chosen.settings.get("containers") == "host":
        graph = on_host(graph)
    if watch is not None:
        watch("lower", graph)
    parameters = graph.parameters
    if frozen:
        graph = bind(graph, values)
    else:
        opened = (replace(p, default=values.get(p.name)) for p in graph.parameters)
        graph = replace(graph, parameters=tuple(opened))
    graph = run_passes(graph, DEFAULT, watch)
    if frozen and not checked.report.has_errors:
        checked.report.extend(column_errors(graph, parameters, values))
    made = specs(graph, checked.locate, unpickle=checked.project.unpickle)
    return Built(chosen, graph, made, values, _refusals(graph) if frozen else (), on)


def _refusals(graph: Graph) -> tuple[tuple[Gate, str], ...]:
    """The gates on parameters alone that already fail: nothing may start. In a branch of a block
    one fails that branch alone, and below a gate that may stop the run it may not be reached."""
    own = frozenset(direct(graph.nodes))
    stops = {node.id for node in graph.nodes if isinstance(node, Gate) and node.policy == "stop"}
    return tuple(
        (node, _message(node))
        for node in graph.nodes
        if isinstance(node, Gate)
        and node.id in own
        and not stops.intersection(node.gates)
        and node.policy == "fail"
        and isinstance(node.condition, Literal)
        and node.condition.value is False
    )


def _message(gate: Gate) -> str:
    if isinstance(gate.message, Literal):
        return str(gate.message.value)
    return f"`expect {gate.text}` does not hold"


def report_refusals(built: Built, report: Report) -> None:
    """Gates on parameters that fail, as errors at their place."""
    for gate, message in built.refused:
        report.add(
            error(
                "MLP0404",
                f"this run cannot start: {message}",
                gate.span,
                "does not hold for these parameters",
                labels=[Label(built.chosen.span, "for this target")] if built.chosen.span else [],
            )
        )


def plan_of(built: Built, results: Results) -> Plan:
    """What would run."""
    return make_plan(built.graph, built.specs, results)


def _program(checked: Checked) -> Program:
    assert checked.program is not None, "only a checked program comes this far"
    return checked.program


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _either(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "AEIOU" else f"a {word}"
