"""The nodes that a graph is made of: calls, gates, blocks and the joins that end them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, assert_never

from ...runtime.dataclass import dataclass
from ..source import Span
from ..types.types import BOOL, Type
from .definitions import Definition
from .settings import Settings
from .values import (
    Expr,
    Literal,
    NodeId,
    PortRef,
    hard_references,
    references,
    sure_references,
)

#
# Every node has two lists of nodes that it waits for although no data flows. `after` is order:
# satisfied when the other one is done or was skipped. `gates` guard: satisfied only when the gate
# let the run pass.


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a step. `arguments` are in the order of the definition's inputs, all bound.

    `aliases` are the ids of equal nodes that were merged into this one. `refresh` asks for a new
    result even where one is stored.
    """

    id: NodeId
    definition: Definition
    arguments: tuple[tuple[str, Expr], ...]
    settings: Settings
    after: tuple[NodeId, ...]
    span: Span
    aliases: tuple[NodeId, ...] = ()
    gates: tuple[NodeId, ...] = ()
    refresh: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    """`expect`: `policy` is `fail`, `warn` or `stop`; `text` is the condition as written."""

    id: NodeId
    condition: Expr
    policy: str
    message: Expr | None
    text: str
    after: tuple[NodeId, ...]
    span: Span
    gates: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Approval:
    """`approve`: a gate that a person opens. `by` says who may; `timeout`, in seconds, rejects."""

    id: NodeId
    message: Expr
    by: tuple[str, ...]
    timeout: float | None
    after: tuple[NodeId, ...]
    span: Span
    gates: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Select:
    """Run-time arithmetic that an engine cannot do: named expressions, one helper node."""

    id: NodeId
    outputs: tuple[tuple[str, Expr], ...]
    after: tuple[NodeId, ...]
    span: Span
    gates: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """The nodes between two braces, in topological order, and what they yield, if anything.

    `hooks` are those of pipelines called there: they come to be with the nodes.
    """

    nodes: tuple[Node, ...]
    result: Expr | None
    hooks: tuple[Hook, ...] = ()

    @property
    def everything(self) -> tuple[Node, ...]:
        """The nodes, and those of the hooks."""
        return (*self.nodes, *(node for hook in self.hooks for node in hook.nodes))


@dataclass(frozen=True, slots=True)
class Map:
    """`for` over a list that is not known yet; the body reads `variable` as a parameter.

    `type` is that of the whole: what its port `yield` will hold. At most `max_parallel` branches
    are under way at one time; up to the share `allow_failures` of them, rounded down, may fail.
    """

    id: NodeId
    variable: str
    items: Expr
    body: Block
    type: Type | None
    max_parallel: int | None
    allow_failures: float
    after: tuple[NodeId, ...]
    span: Span
    gates: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """One way through a `when`; the condition of the last `else` is None."""

    condition: Expr | None
    body: Block


@dataclass(frozen=True, slots=True)
class Branch:
    """`when`: the first arm whose condition holds is taken, or none."""

    id: NodeId
    arms: tuple[Arm, ...]
    type: Type | None
    after: tuple[NodeId, ...]
    span: Span
    gates: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Limb:
    """One branch of an expanded block: its number or key, its nodes, and what they yield."""

    name: str
    members: tuple[NodeId, ...]
    result: Expr | None


@dataclass(frozen=True, slots=True)
class Join:
    """The end of a block whose list or condition is known; `kind` is `for`, `when` or `partition`.

    It waits until every member has settled: done, failed or skipped. Then its port `yield` holds
    the list of what the limbs yield (`for`), the value or none (`when`), or `{key, value}` records
    (`partition`); a limb that failed or that skipped what it would yield is left out. In a
    `for` at most `allowed` limbs may fail; a partition's failures are its readers' alone.
    """

    id: NodeId
    kind: str
    limbs: tuple[Limb, ...]
    type: Type | None
    max_parallel: int | None
    allowed: int
    after: tuple[NodeId, ...]
    span: Span
    gates: tuple[NodeId, ...] = ()


Node: TypeAlias = Task | Gate | Approval | Select | Map | Branch | Join

YIELD = "yield"
"""The one port of `Map`, `Branch` and `Join`, where they yield."""

PASSED = "passed"
"""The one port of `Gate` and `Approval`: true once it let the run pass."""


@dataclass(frozen=True, slots=True)
class Hook:
    """What runs when everything else has ended; `event` is `failure`, `success` or `finally`.

    The hook of a called pipeline has the `call`, and in `members` the nodes that the call stands
    for: it runs only if any of them did, and the call failed if one of them failed.
    """

    event: str
    nodes: tuple[Node, ...]
    span: Span
    call: NodeId | None = None
    members: tuple[NodeId, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the pipeline; `default` is None where the user must give a value."""

    name: str
    type: Type
    default: Literal | None
    span: Span
    doc: str | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """A named result of the pipeline."""

    name: str
    type: Type
    value: Expr
    span: Span


def all_ids(node: Node) -> tuple[NodeId, ...]:
    """The id of a node, and those of equal ones that were merged into it."""
    return (node.id, *node.aliases) if isinstance(node, Task) else (node.id,)


def of_a_call(node: NodeId) -> bool:
    """Whether a node that stands in no block came from a called pipeline: `sub.fit`."""
    return "." in node


def ports_of(node: Node) -> tuple[tuple[str, Type], ...]:
    """What a node gives to others, by name."""
    match node:
        case Task(definition=definition):
            return tuple((port.name, port.type) for port in definition.outputs)
        case Gate() | Approval():
            return ((PASSED, BOOL),)
        case Select(outputs=outputs):
            return tuple((name, value.type) for name, value in outputs)
        case Map(type=type_) | Branch(type=type_) | Join(type=type_):
            return () if type_ is None else ((YIELD, type_),)
        case _:
            assert_never(node)


def expressions(node: Node) -> Iterator[Expr]:
    """Every expression that a node itself evaluates; those inside of its blocks are not."""
    match node:
        case Task(arguments=arguments):
            for _, argument in arguments:
                yield argument
        case Gate(condition=condition, message=message):
            yield condition
            if message is not None:
                yield message
        case Approval(message=message):
            yield message
        case Select(outputs=outputs):
            for _, value in outputs:
                yield value
        case Map(items=items):
            yield items
        case Branch(arms=arms):
            for arm in arms:
                if arm.condition is not None:
                    yield arm.condition
        case Join(limbs=limbs):
            for limb in limbs:
                if limb.result is not None:
                    yield limb.result
        case _:
            assert_never(node)


def blocks(node: Node) -> tuple[Block, ...]:
    """The blocks that a node holds as long as it is not expanded."""
    match node:
        case Map(body=body):
            return (body,)
        case Branch(arms=arms):
            return tuple(arm.body for arm in arms)
        case _:
            return ()


def walk(nodes: Iterable[Node]) -> Iterator[Node]:
    """Every node with all that stand inside of blocks, in the order written."""
    for node in nodes:
        yield node
        for block in blocks(node):
            yield from walk(block.everything)


def hooks_within(nodes: Iterable[Node]) -> Iterator[Hook]:
    """The hooks of pipelines that are called in blocks of the nodes."""
    for node in walk(nodes):
        for block in blocks(node):
            yield from block.hooks


def data_needs(node: Node) -> tuple[NodeId, ...]:
    """The nodes whose outputs a node itself reads, each once, in order of first use."""
    seen: dict[NodeId, None] = {}
    for expression in expressions(node):
        for reference in references(expression):
            if isinstance(reference, PortRef):
                seen.setdefault(reference.node)
    return tuple(seen)


def hard_needs(node: Node) -> frozenset[NodeId]:
    """The nodes without whose outputs a node has no value: not those read by `soft`, `gather`."""
    return frozenset(
        reference.node
        for expression in expressions(node)
        for reference in hard_references(expression)
        if isinstance(reference, PortRef)
    )


def may_pass_over(node: Node, need: NodeId) -> bool:
    """Whether a node may come out without ever reading a need: it stands behind a condition, and
    only the values above say whether it is looked at."""
    if need in node.after or need in node.gates:
        return False
    sure = list(expressions(node))[: 1 if isinstance(node, Branch) else None]
    reads = (read for expression in sure for read in sure_references(expression))
    return need in data_needs(node) and not any(
        isinstance(read, PortRef) and read.node == need for read in reads
    )


def ends_of(nodes: Sequence[Node]) -> tuple[NodeId, ...]:
    """The nodes for which no other of them waits: who waits for these waits for all."""
    waited = {need for node in nodes for need in needs(node)}
    return tuple(node.id for node in nodes if not waited.intersection(all_ids(node)))


def needs(node: Node) -> tuple[NodeId, ...]:
    """All that a node itself waits for: data first, then order.

    A block that is not expanded waits for its list or conditions alone; its nodes wait for theirs
    once they are there.
    """
    members = [m for limb in node.limbs for m in limb.members] if isinstance(node, Join) else []
    return tuple(dict.fromkeys((*data_needs(node), *members, *node.after, *node.gates)))
