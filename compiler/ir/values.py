"""The nodes, ports and expressions that a graph is made of: free of text and of any engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NewType, TypeAlias, assert_never

from ...runtime.dataclass import dataclass, field, replace
from ..source import Span
from ..types.types import BOOL, Type

NodeId = NewType("NodeId", str)
CacheKey = NewType("CacheKey", str)

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

# ---- expressions ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """A value known now, as JSON of its type (see `runtime/values.py`)."""

    type: Type
    value: Json


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """A pipeline parameter, or a field of the run such as `run.day`."""

    type: Type
    name: str


@dataclass(frozen=True, slots=True)
class PortRef:
    """An output of another node."""

    type: Type
    node: NodeId
    port: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator or built-in function applied to operands.

    `operator` is a word of `runtime/evaluate.py`: `+ - * / == != < <= > >= in "not in" and or
    not neg float ?? if text list record field field? index each call soft gather absent`. `names`
    carries what is no expression: field names of a record, the field of `field`, the words of
    `absent`, the function of `call` followed by the names of its named operands ("" for
    positional ones).
    """

    type: Type
    operator: str
    operands: tuple[Expr, ...]
    names: tuple[str, ...] = ()


Expr: TypeAlias = Literal | ParameterRef | PortRef | Apply


def references(expression: Expr) -> Iterator[ParameterRef | PortRef]:
    """Every parameter and port that an expression reads, in order, with repeats."""
    match expression:
        case Literal():
            return
        case ParameterRef() | PortRef():
            yield expression
        case Apply(_, _, operands, _):
            for operand in operands:
                yield from references(operand)
        case _:
            assert_never(expression)


def hard_references(expression: Expr) -> Iterator[ParameterRef | PortRef]:
    """The references without which there is no value: `soft` and `gather` do without."""
    match expression:
        case Literal():
            return
        case ParameterRef() | PortRef():
            yield expression
        case Apply(operator="soft" | "gather"):
            return
        case Apply(operands=operands):
            for operand in operands:
                yield from hard_references(operand)
        case _:
            assert_never(expression)


def rename_ports(expression: Expr, names: dict[NodeId, NodeId]) -> Expr:
    """The expression with nodes replaced as `names` says."""
    match expression:
        case Literal() | ParameterRef():
            return expression
        case PortRef(_, node, _):
            return replace(expression, node=names[node]) if node in names else expression
        case Apply(_, _, operands, _):
            return replace(expression, operands=tuple(rename_ports(o, names) for o in operands))
        case _:
            assert_never(expression)


def reference_name(reference: ParameterRef | PortRef) -> str:
    """The name under which the evaluator finds a reference."""
    match reference:
        case ParameterRef(_, name):
            return name
        case PortRef(_, node, port):
            return f"{node}.{port}"
        case _:
            assert_never(reference)


# ---- step definitions -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Port:
    """A typed input or output of a step, with its place in the source."""

    name: str
    type: Type
    span: Span
    default: Literal | None = None


@dataclass(frozen=True, slots=True)
class BundledFile:
    """A file that travels in a step's bundle, at `path` inside it."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PythonBody:
    """A function, the digest of all it reaches, and the files that it needs.

    `symbols` maps `file:name` to the digest of that symbol's normal form, for explanations.
    `packages` holds `name==version` of the distributions in the import closure.
    """

    module: str
    function: str
    digest: str
    symbols: tuple[tuple[str, str], ...]
    files: tuple[BundledFile, ...]
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShellBody:
    """A script, dedented, and the files that it refers to."""

    text: str
    files: tuple[BundledFile, ...]


@dataclass(frozen=True, slots=True)
class ContainerBody:
    """An image and its command; operands may read the step's inputs and outputs by name."""

    image: str
    command: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """A cell of a notebook: `kind` is `code`, `markdown` or `raw`."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookBody:
    """A notebook: its cells, the digest of all that their code reaches, and the files it needs.

    `path` is where it was read; `paths` are the outputs that it writes to a path it is given.
    The rest is as for a function.
    """

    path: str
    cells: tuple[NotebookCell, ...]
    paths: tuple[str, ...]
    digest: str
    symbols: tuple[tuple[str, str], ...]
    files: tuple[BundledFile, ...]
    packages: tuple[str, ...]


Body: TypeAlias = PythonBody | ShellBody | ContainerBody | NotebookBody


@dataclass(frozen=True, slots=True)
class Check:
    """`check` of a schema: a condition whose parameters are columns, and its text as written.
    `policy` is `fail` or `warn`."""

    text: str
    condition: Expr
    policy: str
    message: Expr | None


@dataclass(frozen=True, slots=True)
class Definition:
    """A step as declared: what a call of it runs.

    `checks` has those of every schema in its ports, by the file and the name of the schema.
    """

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    body: Body
    span: Span
    checks: tuple[tuple[tuple[str, str], tuple[Check, ...]], ...] = ()

    def input(self, name: str) -> Port:
        return next(port for port in self.inputs if port.name == name)

    def output(self, name: str) -> Port:
        return next(port for port in self.outputs if port.name == name)


# ---- settings -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Resources:
    """`cpu` in cores; `memory`, `disk` and `shm` in bytes; None where not asked for."""

    cpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    gpu_type: str | None = None
    disk: int | None = None
    shm: int | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a body runs. Files are (path, content); `launcher` is `none` for images sans Python."""

    image: str | None = None
    python: str | None = None
    lockfile: tuple[str, str] | None = None
    requirements: tuple[str, str] | None = None
    packages: tuple[str, ...] = ()
    launcher: str | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """`kind` is `exponential` or `linear`; `first` in seconds."""

    kind: str
    first: float
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` counts the first one."""

    attempts: int = 1
    backoff: Backoff | None = None
    on: tuple[str, ...] = ("infrastructure", "failure", "timeout")


@dataclass(frozen=True, slots=True)
class Cache:
    """`ttl` in seconds; `version` and `key` enter the key."""

    enabled: bool = True
    ttl: float | None = None
    version: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """Whether the checks of schemas are made on outputs; `sample` is a share of the rows."""

    made: bool = True
    sample: float | None = None


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The environment variable `variable` gets the secret called `name`."""

    variable: str
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything said about one call, after step, `with`, target defaults and override.

    `target` holds the engine's own keys for this node (`instance`, `node_selector`), as JSON;
    `spans` where each setting was written, for messages alone.
    """

    resources: Resources = Resources()
    environment: Environment = Environment()
    retry: Retry = Retry()
    timeout: float | None = None
    cache: Cache = Cache()
    checks: Checks = Checks()
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[SecretRef, ...] = ()
    effects: bool = False
    isolate: bool = False
    target: tuple[tuple[str, Json], ...] = ()
    spans: tuple[tuple[str, Span], ...] = field(default_factory=tuple, repr=False, compare=False)

    def span(self, name: str) -> Span | None:
        """Where a setting was written: `resources.gpu`, `timeout`."""
        return dict(self.spans).get(name)


# ---- nodes ----------------------------------------------------------------------------------
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


def needs(node: Node) -> tuple[NodeId, ...]:
    """All that a node itself waits for: data first, then order.

    A block that is not expanded waits for its list or conditions alone; its nodes wait for theirs
    once they are there.
    """
    members = [m for limb in node.limbs for m in limb.members] if isinstance(node, Join) else []
    return tuple(dict.fromkeys((*data_needs(node), *members, *node.after, *node.gates)))
