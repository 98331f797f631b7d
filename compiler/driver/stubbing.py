"""What a test puts in: given values, stubs of nodes and blocks, and the graph that has them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from ...runtime.dataclass import dataclass, field, replace
from ...runtime.descriptors import ValueMismatch
from ...runtime.evaluate import EvaluationError
from ..bodies.body import ShellBody
from ..bodies.shell import read_shell
from ..check.stubs import Called, Question, Yielding, node_names
from ..check.values import Callee, CheckedPipeline, CheckedStep, Port, Program
from ..diagnostics.diagnostic import Diagnostic, error
from ..ir import meaning
from ..ir.expand import in_blocks
from ..ir.graph import Graph
from ..ir.nodes import (
    YIELD,
    Block,
    Branch,
    Join,
    Map,
    Node,
    Select,
)
from ..ir.values import Literal, NodeId
from ..lower import Mistaken
from ..lower.expressions import Expressions
from ..syntax import ast
from ..types.types import BOOL, Per, Type, keyed
from .naming import Names


class NoValue(Exception):  # noqa: N818  (a mistake in a test, reported as its failure)
    """Something that a test gives has no value."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Stubs:
    """What a test says of the nodes of a pipeline, by the names that it knows them by.

    `outputs` are values by port; `blocks` what blocks yield; `answers` what approvals come to.
    """

    names: Names = field(default_factory=lambda: Names({}))
    outputs: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    blocks: Mapping[str, Literal] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)

    def called(self, node: NodeId) -> str:
        """The shortest name by which a test knows a node."""
        return self.names.of(node)[-1]

    def of(self, node: NodeId) -> Mapping[str, object] | None:
        """What stands in for a node, the narrowest that a test says; None where it runs."""
        return next((self.outputs[n] for n in self.names.of(node) if n in self.outputs), None)


def stubs_of(test: ast.Test, subject: Callee, program: Program, values: Expressions) -> Stubs:
    """The stubs of a checked test. Raises `NoValue`."""
    if isinstance(subject, CheckedStep):
        return Stubs()
    calls = ChainMap(*(p.typing.calls for p in (program, *program.modules.values())))
    names = node_names(subject, calls)
    outputs: dict[str, Mapping[str, object]] = {}
    blocks: dict[str, Literal] = {}
    answers: dict[str, bool] = {}
    for item in test.items:
        if not isinstance(item, ast.Stub):
            continue
        name = item.ref.text
        match names[name]:
            case Called(callee):
                assert isinstance(item.value, ast.Record)
                given = {entry.key.text: entry.value for entry in item.value.entries}
                outputs[name] = {
                    port.name: None
                    if port.name not in given
                    else meaning.value_of(literal(given[port.name], port.type, values))
                    for port in callee.ports
                }
            case Yielding(type_):
                blocks[name] = literal(item.value, type_, values)
            case Question():
                answers[name] = literal(item.value, BOOL, values).value is True
    return Stubs(Names(names), outputs, blocks, answers)


def literal(written: ast.Expr, type_: Type, values: Expressions) -> Literal:
    """What a test gives, as a value of the type that is wanted. Raises `NoValue`."""
    try:
        found = values.found(values.folded(written), written)
        if isinstance(found, Literal):
            return meaning.widened(found, type_)
        return meaning.constant(type_, meaning.evaluate(found, {}))
    except (EvaluationError, ValueMismatch) as problem:
        why = str(problem)
    except Mistaken as problem:
        raise NoValue(
            error(problem.code, str(problem), problem.span, problem.label, help=problem.help)
        ) from None
    raise NoValue(error("MLP0301", f"this has no value: {why}", written.span, "in a test"))


@contextmanager
def standing_in(stubs: Stubs, program: Program) -> Iterator[None]:
    """While it lasts, calls of pipelines that are stubbed are calls of one step each."""
    tables = [p.typing.calls for p in {id(p): p for p in _all(program)}.values()]
    swapped: list[tuple[dict[int, Callee], int, Callee]] = []
    for name in stubs.outputs:
        stubbed = stubs.names.known[name]
        if isinstance(stubbed, Called) and isinstance(stubbed.callee, CheckedPipeline):
            for table in tables:
                if id(stubbed.call) in table:
                    swapped.append((table, id(stubbed.call), table[id(stubbed.call)]))
                    table[id(stubbed.call)] = _as_step(stubbed.callee)
    try:
        yield
    finally:
        for table, call, callee in swapped:
            table[call] = callee


def _all(program: Program) -> Iterable[Program]:
    return (program, *program.modules.values())


def _as_step(pipeline: CheckedPipeline) -> CheckedStep:
    """A step with the inputs and outputs of a pipeline. It is never run."""
    syntax = pipeline.syntax
    return CheckedStep(
        module=pipeline.module,
        syntax=ast.Step(syntax.span, syntax.name, (), (), (), (), ()),
        name=pipeline.name,
        inputs=pipeline.parameters,
        outputs=tuple(_plain(port) for port in pipeline.ports),
        kind="shell",
        body=ast.Literal(syntax.span, "", "true"),
        body_text="true",
        source=ShellBody(read_shell("true"), (), ""),
    )


def _plain(port: Port) -> Port:
    return replace(port, type=keyed(port.type.item)) if isinstance(port.type, Per) else port


def with_blocks(graph: Graph, stubs: Stubs) -> Graph:
    """The graph in which blocks that are stubbed are nothing but their value."""
    if not stubs.blocks:
        return graph
    return graph.with_nodes(_stubbed(graph.nodes, stubs))


def _stubbed(nodes: tuple[Node, ...], stubs: Stubs) -> tuple[Node, ...]:
    gone: set[NodeId] = set()
    for node in reversed(nodes):
        if isinstance(node, Join) and (node.id in gone or stubs.called(node.id) in stubs.blocks):
            gone.update(member for limb in node.limbs for member in limb.members)
    kept: list[Node] = []
    for node in nodes:
        if node.id in gone:
            continue
        value = stubs.blocks.get(stubs.called(node.id))
        match node:
            case Map() | Branch() | Join() if value is not None:
                kept.append(Select(node.id, ((YIELD, value),), node.after, node.span, node.gates))
            case _:
                kept.append(in_blocks(node, lambda inner: _stubbed(inner, stubs)))
    return tuple(kept)


def without_hooks(graph: Graph) -> Graph:
    """The graph whose run ends where its nodes do, those of called pipelines too."""

    def bare(node: Node) -> Node:
        match node:
            case Map(body=body):
                return replace(node, body=inside(body))
            case Branch(arms=arms):
                return replace(node, arms=tuple(replace(a, body=inside(a.body)) for a in arms))
            case _:
                return node

    def inside(block: Block) -> Block:
        return replace(block, nodes=tuple(map(bare, block.nodes)), hooks=())

    return replace(graph, nodes=tuple(map(bare, graph.nodes)), hooks=())
