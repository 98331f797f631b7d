"""A place in a pipeline while it is lowered: what is seen there, and where its nodes go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ...runtime.dataclass import dataclass, field, replace
from ..check.values import CheckedPipeline, CheckedStep, Program
from ..ir import meaning
from ..ir.expand import direct
from ..ir.nodes import (
    PASSED,
    Block,
    Hook,
    Limb,
    Node,
    Select,
)
from ..ir.settings import Settings
from ..ir.values import (
    Apply,
    Expr,
    Json,
    Literal,
    NodeId,
    PortRef,
)
from ..source import Span
from ..syntax import ast
from ..syntax.unnamed import Unnamed, numbered
from ..types.types import BOOL, Type, is_artifact
from .definitions import Definitions
from .expressions import Expressions, all_true, as_float, measured
from .faults import NotKnown
from .reader import Reader
from .series import Series, Standing

DEEPEST, LARGEST = 100, 5_000
"""How deep and how large the value of a name may grow before it gets a node of its own."""

WINDOWS = frozenset("previous trailing within covering current all latest".split())
"""The functions that say which partitions of a value are read."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A pipeline, the target whose defaults and overrides apply, and the values known now.

    What is only drawn may name files by paths that are not known yet.
    """

    pipeline: str
    target: ast.Target | None
    kind: str
    values: Mapping[str, Literal] = field(default_factory=dict)
    environment: Mapping[str, Json] = field(default_factory=dict)
    is_drawn: bool = False


@dataclass(slots=True)
class Shared:
    """What all places of one lowering share. `statements` lowers those of a block at a place, and
    `window` the call of a function that says which partitions of a value are read.

    `series` has every partitioned block by its id; `hooks` those of called pipelines come
    first; `settings` what is said of a step where neither call nor override say more.
    """

    program: Program
    choice: Choice
    read: Reader
    statements: Callable[[Frame, Sequence[ast.PipelineItem]], None]
    window: Callable[[Frame, ast.Call, str], Expr]
    definitions: Definitions = field(default_factory=Definitions)
    ids: set[NodeId] = field(default_factory=set)
    series: dict[NodeId, Series] = field(default_factory=dict)
    hooks: list[Hook] = field(default_factory=list)
    settings: dict[tuple[str, str], Settings] = field(default_factory=dict)
    tops: dict[str, Expressions] = field(default_factory=dict)

    def fresh(self, wanted: str) -> NodeId:
        """An id that no node has yet."""
        while wanted in self.ids:
            wanted += "_"
        self.ids.add(NodeId(wanted))
        return NodeId(wanted)


class Frame(Expressions):
    """One block, or the whole of a pipeline, while its statements are lowered in order.

    `prefix` stands before the ids of what is bound here, `path` before those of bare calls.
    `gates` are those above, here and in blocks around; `stops` those of this block that may end it
    and leave others going; `guards` all gates written in this block, `guarded` its blocks that hold
    gates and the gates of pipelines called here. `waits` says for which nodes `after NAME` waits.
    `standing` is the partition around this place; `is_keyed` says that there is one: what fails
    there fails its readers alone. Hooks are lowered into `lowered`, that of the innermost block
    which is yet to be expanded.
    """

    def __init__(self, program: Program, shared: Shared, read: Reader) -> None:
        super().__init__(program, shared.choice.values, read, shared.tops)
        self.read: Reader = read
        self.shared = shared
        self.outer: Frame | None = None
        self.numbers: Mapping[int, str] = {}
        self.prefix = ""
        self.path = ""
        self.nodes: list[Node] = []
        self.after: tuple[NodeId, ...] = ()
        self.gates: tuple[NodeId, ...] = ()
        self.stops: tuple[NodeId, ...] = ()
        self.guards: list[NodeId] = []
        self.guarded: list[NodeId] = []
        self.waits: dict[str, tuple[NodeId, ...]] = {}
        self.variables: frozenset[str] = frozenset()
        self.result: Expr | None = None
        self.outputs: dict[str, tuple[ast.Output, Expr]] = {}
        self.hooks: list[ast.Hook] = []
        self.lowered: list[Hook] = shared.hooks
        self.standing: Standing | None = None
        self.is_keyed = False

    @property
    def is_main(self) -> bool:
        """Whether this is written in the program that is run, not in a file that it uses."""
        return self.program.source.name == self.shared.program.source.name

    def call(self, node: ast.Call, type_: Type) -> Expr:
        word = self.callee(node)
        if word in WINDOWS:
            return self.shared.window(self, node, word)
        found = super().call(node, type_)
        is_open = word in ("file", "dataset") and not isinstance(found, Literal)
        if is_open and not self.shared.choice.is_drawn:
            raise NotKnown(node.arguments[0].value, "path")
        return found

    def number(self, pipeline: CheckedPipeline) -> None:
        """Names the gates and blocks of a pipeline that have none."""
        self.numbers = numbered(pipeline.syntax)

    def calls(self, expression: ast.Expr) -> CheckedStep | CheckedPipeline | None:
        """What a call runs, None for everything else."""
        return self.program.typing.calls.get(id(expression))

    def type_of_block(self, block: Unnamed) -> Type | None:
        return self.program.typing.types.get(id(block))

    def inner(self, prefix: str, path: str) -> Frame:
        """The place at the start of a block: it sees all that is seen here."""
        frame = Frame(self.program, self.shared, self.read)
        frame.names = dict(self.names)
        frame.outer = self
        frame.numbers = self.numbers
        frame.prefix, frame.path = prefix, path
        frame.after, frame.gates = self.after, self.gates
        frame.waits = dict(self.waits)
        frame.variables = self.variables
        frame.standing = self.standing
        frame.lowered = self.lowered
        frame.is_keyed = self.is_keyed
        return frame

    def limb(self, name: str, type_: Type | None) -> Limb:
        """What was lowered here as one branch of a block whose value is of a type."""
        return Limb(name, direct(self.nodes), self.yielded(type_))

    def block(self, type_: Type | None) -> Block:
        """What was lowered here as a block that is yet to be expanded."""
        return Block(tuple(self.nodes), self.yielded(type_), tuple(self.lowered))

    def yielded(self, type_: Type | None) -> Expr | None:
        """What the block yields, where anybody takes it."""
        if self.result is None or type_ is None:
            return None
        return as_float(self.result, type_)

    def behind_stops(self, value: Expr) -> Expr:
        """The value, absent where a gate above stopped this block."""
        if not self.stops:
            return value
        passed = tuple(PortRef(BOOL, gate, PASSED) for gate in self.stops)
        absent = Apply(value.type, "absent", (), (f"{self.stops[-1]} stopped before it",))
        return Apply(value.type, "if", (all_true(passed), value, absent))

    def bound(self, value: Expr) -> Expr:
        """The value of a name of this block. In a partition other keys read it, and a gate above
        may have stopped this one."""
        if not self.is_keyed or not self.stops:
            return value
        match value:
            case Apply(operator="record", operands=operands):
                return replace(value, operands=tuple(map(self.behind_stops, operands)))
            case _:
                return self.behind_stops(value)

    def settled(self, value: Expr, name: str, span: Span) -> Expr:
        """The value of a name; one that grew too large for an expression gets a node of its own.

        Values of names are written out where they are read, so that a chain of them would grow
        without bounds. What is known now stays known.
        """
        depth, size = measured(value)
        if (depth <= DEEPEST and size <= LARGEST) or is_artifact(value.type):
            return value
        known = meaning.fold(value, self.values)
        if isinstance(known, Literal):
            return known
        node = self.shared.fresh(self.prefix + name)
        self.nodes.append(Select(node, (("value", known),), self.after, span, self.gates))
        return PortRef(value.type, node, "value")

    def guarded_above(self) -> list[NodeId]:
        """What holds the gates written before this place that it does not stand behind: blocks, and
        the gates of called pipelines."""
        found: list[NodeId] = []
        frame: Frame | None = self
        while frame is not None:
            found += frame.guarded
            frame = frame.outer
        return found

    def above(self) -> list[Node]:
        """All nodes written before this place that are seen from here; other branches of the
        blocks around it are not."""
        nodes: list[Node] = []
        frame: Frame | None = self
        while frame is not None:
            nodes[:0] = frame.nodes
            frame = frame.outer
        return nodes

    def closed(self, block: NodeId, frames: Sequence[Frame]) -> None:
        """A block ends here: steps with effects below wait for the gates in it."""
        if any(frame.guards or frame.guarded for frame in frames):
            self.guarded.append(block)
