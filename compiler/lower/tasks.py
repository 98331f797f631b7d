"""Lowers calls of steps: a task with its arguments, settings and order."""

from __future__ import annotations

from collections.abc import Iterable

from ..check.values import CheckedStep
from ..ir.definitions import Port
from ..ir.nodes import Task
from ..ir.settings import Settings
from ..ir.values import Expr, NodeId, PortRef
from ..syntax import ast
from .expressions import missing, record_of
from .frame import Frame
from .settings import Layers, Voice, settings_of


def lower_task(
    frame: Frame, compute: ast.Compute, step: CheckedStep, name: str, node: NodeId
) -> Expr:
    """Adds the task; what stands for it is a record of its outputs. `name` is what it is called in
    its pipeline, without the blocks around it."""
    assert isinstance(compute.value, ast.Call)
    definition = frame.shared.definitions.of(step, frame.module(step.module))
    given = {a.name.text: a.value for a in compute.value.arguments if a.name is not None}
    settings = _settings(frame, compute, step, name, node)
    after, gates = order(frame, compute.after, effects=settings.effects)
    frame.nodes.append(
        Task(
            id=node,
            definition=definition,
            arguments=tuple(
                (port.name, _argument(frame, given.get(port.name), port))
                for port in definition.inputs
            ),
            settings=settings,
            after=after,
            gates=gates,
            span=compute.span,
        )
    )
    frame.waits[name] = (node,)
    return record_of({p.name: PortRef(p.type, node, p.name) for p in definition.outputs})


def order(
    frame: Frame, refs: Iterable[ast.Ref], *, effects: bool = False
) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...]]:
    """For what a node waits and behind which gates it stands. What has effects waits besides for
    every gate written before it, wherever it stands."""
    named = [node for ref in refs for node in frame.waits.get(ref.parts[0].text, ())]
    elsewhere = frame.guarded_above() if effects else ()
    return tuple(dict.fromkeys((*frame.after, *named, *elsewhere))), frame.gates


def _argument(frame: Frame, given: ast.Expr | None, port: Port) -> Expr:
    if given is not None:
        return frame.found(frame.expression(given), given)
    return port.default or missing(port.type)


def _settings(
    frame: Frame, compute: ast.Compute, step: CheckedStep, name: str, node: NodeId
) -> Settings:
    choice, program = frame.shared.choice, frame.module(frame.shared.program.source.name)
    own = frame.module(step.module)
    overrides = () if choice.target is None else choice.target.overrides
    spoken = tuple(o for o in overrides if _speaks_of(o, step, name, node, frame))
    usual = None if spoken or compute.options is not None else (step.module, step.name)
    if usual in frame.shared.settings:
        return frame.shared.settings[usual]
    layers = Layers(
        step=step.syntax,
        call=compute.options,
        target=choice.target,
        kind=choice.kind,
        overrides=spoken,
        project=choice.environment,
    )
    settings = settings_of(
        layers,
        program=Voice(program.known, frame.shared.read),
        step=Voice(own.known, frame.shared.read.of(step.module)),
        caller=Voice(frame.known, frame.read),
    )
    if usual is not None:
        frame.shared.settings[usual] = settings
    return settings


def _speaks_of(
    override: ast.Override, step: CheckedStep, name: str, node: NodeId, frame: Frame
) -> bool:
    """Whether an override of the target is for this call: by its step, or by its own name."""
    meant = frame.shared.program.typing.overrides.get(id(override))
    if meant is not None:
        return (meant.module, meant.name) == (step.module, step.name)
    word = override.ref.text.removeprefix("node.")
    return word == node or (word == name and frame.is_main)
