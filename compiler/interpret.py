"""The reference interpreter of graphs: what a pipeline comes to, with steps given as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias, assert_never

from ..runtime.dataclass import dataclass, field
from ..runtime.evaluate import EvaluationError
from .ir import meaning
from .ir.graph import Graph
from .ir.values import Expr, Gate, Node, NodeId, Select, Task, needs

RunStep: TypeAlias = "Callable[[Task, Mapping[str, object]], Mapping[str, object]]"
"""What a step gives for its arguments: a value for each of its outputs."""


class End(StrEnum):
    """How a node ended; a node below one that is not `done` is skipped."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How every node ended, aliases included; the arguments of the tasks that ran; warnings;
    and the outputs that have a value."""

    ends: Mapping[NodeId, End]
    arguments: Mapping[NodeId, Mapping[str, object]]
    warnings: tuple[NodeId, ...]
    outputs: Mapping[str, object]

    @property
    def failed(self) -> bool:
        return End.FAILED in self.ends.values()


@dataclass(slots=True)
class _Run:
    """A run so far: `values` by the names that expressions use."""

    values: dict[str, object]
    step: RunStep
    ends: dict[NodeId, End] = field(default_factory=dict)
    arguments: dict[NodeId, Mapping[str, object]] = field(default_factory=dict)
    warnings: list[NodeId] = field(default_factory=list)


def interpret(graph: Graph, parameters: Mapping[str, object], step: RunStep) -> Outcome:
    """Evaluates every node in order, whatever else fails beside it; `parameters` are values."""
    run = _Run(dict(parameters), step)
    for node in graph.nodes:
        ready = all(run.ends[need] is End.DONE for need in needs(node))
        end = _ended(node, run) if ready else End.SKIPPED
        for name in (node.id, *(node.aliases if isinstance(node, Task) else ())):
            run.ends[name] = end
    outputs = {}
    for output in graph.outputs:
        try:
            outputs[output.name] = _value(output.value, run)
        except EvaluationError:
            continue
    return Outcome(run.ends, run.arguments, tuple(run.warnings), outputs)


def _value(expression: Expr, run: _Run) -> object:
    return meaning.evaluate(expression, run.values)


def _ended(node: Node, run: _Run) -> End:
    try:
        match node:
            case Task():
                _task(node, run)
                return End.DONE
            case Gate():
                return _gate(node, run)
            case Select():
                values = {f"{node.id}.{name}": _value(of, run) for name, of in node.outputs}
                run.values.update(values)
                return End.DONE
            case _:
                assert_never(node)
    except EvaluationError:
        return End.FAILED


def _task(task: Task, run: _Run) -> None:
    arguments = {name: _value(of, run) for name, of in task.arguments}
    given = run.step(task, arguments)
    for name in (task.id, *task.aliases):
        run.arguments[name] = arguments
        run.values.update((f"{name}.{port}", value) for port, value in given.items())


def _gate(gate: Gate, run: _Run) -> End:
    if _value(gate.condition, run) is True:
        return End.DONE
    match gate.policy:
        case "warn":
            run.warnings.append(gate.id)
            return End.DONE
        case "stop":
            return End.SKIPPED
        case _:
            return End.FAILED
