"""The middle stages: choose a pipeline and a target, lower, bind parameters, optimize, plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...runtime.dataclass import dataclass, replace
from ..diagnostics.diagnostic import Label, Report, error
from ..ir.expand import direct
from ..ir.graph import Graph
from ..ir.nodes import Gate, blocks, expressions
from ..ir.values import (
    Literal,
    NodeId,
    ParameterRef,
    references,
)
from ..lower import Choice, Mistaken, NotKnown, RangeNotKnown, lower
from ..passes import DEFAULT
from ..passes.fold import bind, fold
from ..passes.host import on_host
from ..passes.keys import Spec, specs
from ..passes.run import run as run_passes
from ..plan import Plan, Results, make_plan
from ..source import Span
from ..syntax import ast
from .choose import Chosen, program_of
from .footers import column_errors
from .front import Checked
from .parameters import DAY, given_values
from .pinned import doubtful_images, settle

Watch = Callable[[str, Graph], None]
"""Sees the graph behind each pass: `--dump-ir`."""


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


def lowered(checked: Checked, chosen: Chosen, values: Mapping[str, Literal]) -> Graph:
    """The graph before any pass, with what the lock has pinned. A setting that is not known yet is
    MLP0902 in the report."""
    choice = Choice(chosen.pipeline, chosen.block, chosen.kind, values, checked.project.environment)
    try:
        return settle(lower(program_of(checked), choice, checked.disk), checked.lock)
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
        found = error(problem.code, str(problem), problem.span, problem.label, help=problem.help)
        # A default that names nothing was told of where it stands.
        if all((found.code, found.message) != (d.code, d.message) for d in checked.report):
            checked.report.add(found)
        raise NotKnown(problem.written) from None
    except NotKnown as problem:
        report_unknown(checked, chosen, problem)
        raise


_WAYS_OUT = {
    "setting": "use a constant, or set it in the `target` block",
    "path": "use a constant, or make what it names a parameter: `rows: Dataset`",
}


def report_unknown(checked: Checked, chosen: Chosen, problem: NotKnown) -> None:
    """What parameters decide, on a target that has to know it."""
    checked.report.add(
        error(
            "MLP0902",
            f"{chosen.target.title} must know this {problem.what} when compiling",
            problem.expression.span,
            "known only when the run is submitted",
            help=[_WAYS_OUT[problem.what]],
        )
    )


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
    without_images = chosen.kind == "local" and chosen.settings.get("containers") == "host"
    if without_images:
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
    if not without_images:
        checked.report.extend(doubtful_images(graph))
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


def startable(checked: Checked, chosen: Chosen, words: Mapping[str, str]) -> Built | None:
    """What a run with these values would do; None, with the reasons in the report, where nothing
    may start. Raises `Usage` for values that do not fit."""
    values = given_values(checked, chosen, words, complete=True)
    try:
        made = build(checked, chosen, values, frozen=True)
    except NotKnown:
        return None
    report_refusals(made, checked.report)
    return None if checked.report.has_errors else made


def plan_of(built: Built, results: Results) -> Plan:
    """What would run."""
    return make_plan(built.graph, built.specs, results)
