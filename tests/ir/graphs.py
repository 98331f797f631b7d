"""Random graphs, well typed, whose steps and gates do everything that passes must respect."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

from hypothesis import strategies as st
from ir.expressions import (
    DAY,
    INTS,
    MAYBE,
    NUMBERS,
    PAIR,
    PAIRS,
    PERHAPS,
    PORTS,
    QUALITY,
    TYPES,
    VALUES,
    Expressions,
    literals,
)

from millpond.compiler.interpret import Outcome, interpret
from millpond.compiler.ir import meaning
from millpond.compiler.ir.definitions import (
    BundledFile,
    ContainerBody,
    Definition,
    NotebookBody,
    NotebookCell,
    Port,
    PythonBody,
    ShellBody,
)
from millpond.compiler.ir.expand import direct
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import (
    Approval,
    Arm,
    Block,
    Branch,
    Gate,
    Hook,
    Join,
    Limb,
    Map,
    Node,
    Output,
    Parameter,
    Select,
    Task,
)
from millpond.compiler.ir.settings import (
    Backoff,
    Cache,
    Environment,
    Resources,
    Retry,
    SecretRef,
    Settings,
)
from millpond.compiler.ir.text.read import NOWHERE
from millpond.compiler.ir.values import (
    Apply,
    Expr,
    Literal,
    NodeId,
    ParameterRef,
    PortRef,
)
from millpond.compiler.types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    STRING,
    Metrics,
    Optional,
    Type,
)
from millpond.runtime import values


@dataclass(slots=True)
class Growing(Expressions):
    """A block that is being drawn: what may be read, and what stands already. `prefix` stands
    before the ids; `numbers` gives each a number of its own. `hooks` puts some into blocks."""

    draw: st.DrawFn
    known: list[Definition]
    settings: bool
    numbers: Iterator[int]
    readable: dict[Type, list[Expr]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    barrier: tuple[NodeId, ...] = ()
    prefix: str = ""
    depth: int = 0
    hooks: bool = False

    def inner(self, prefix: str) -> Growing:
        """A block inside of this one."""
        return replace(
            self,
            readable={type_: list(found) for type_, found in self.readable.items()},
            nodes=[],
            prefix=prefix,
            depth=self.depth + 1,
        )

    def behind(self) -> tuple[NodeId, ...]:
        """The gates that a node names: all that stand before it, or the last, which stands behind
        the others."""
        return self.barrier[-1:] if self.draw(st.booleans()) else self.barrier

    def name(self, word: str) -> NodeId:
        return NodeId(f"{self.prefix}{word}{next(self.numbers)}")

    def offer(self, expression: Expr) -> None:
        self.readable.setdefault(expression.type, []).append(expression)


_DIGEST = "ab" * 32
_BODIES = st.one_of(
    st.builds(
        PythonBody,
        module=st.just("flights.train"),
        function=st.sampled_from(["fit", "split"]),
        digest=st.sampled_from(["", "ab12"]),
        symbols=st.sampled_from([(), (("train.py:fit", "ab"), ("train.py:K", "cd"))]),
        files=st.sampled_from([(), (BundledFile("code/train.py", b"K = 1\n"),)]),
        packages=st.sampled_from([(), ("numpy==2.0",)]),
    ),
    st.builds(
        ShellBody,
        text=st.sampled_from(["true", 'awk -F, \'{ print "#1" }\' "$a"\n']),
        files=st.just(()),
    ),
    st.builds(
        NotebookBody,
        path=st.just("reports/fit.ipynb"),
        cells=st.sampled_from(
            [
                (),
                (
                    NotebookCell("markdown", "# Fit\n"),
                    NotebookCell("code", "n = 1\n", ("parameters", "shown")),
                ),
            ]
        ),
        paths=st.sampled_from([(), ("model",)]),
        digest=st.sampled_from(["", "ab12"]),
        symbols=st.just(()),
        files=st.just(()),
        packages=st.sampled_from([(), ("numpy==2.0",)]),
    ),
    st.just(ContainerBody(f"alpine@sha256:{_DIGEST}", (Literal(STRING, "--x"),))),
)

SETTINGS = st.builds(
    Settings,
    resources=st.sampled_from([Resources(), Resources(cpu=2.0, memory=10**9, gpu_type="a100")]),
    environment=st.sampled_from(
        [
            Environment(),
            Environment(image=f"img@sha256:{_DIGEST}", launcher="none"),
            Environment(python="3.12", lockfile=("uv.lock", "numpy==2\n"), packages=("a", "b")),
        ]
    ),
    retry=st.sampled_from(
        [Retry(), Retry(3, Backoff("exponential", 30.0, 60.0), ("timeout",)), Retry(2, on=())]
    ),
    timeout=st.sampled_from([None, 300.0]),
    cache=st.sampled_from([Cache(), Cache(), Cache(), Cache(enabled=False), Cache(ttl=60.0)]),
    env=st.sampled_from([(), (("A", "1"), ("B", 'x"y'))]),
    secrets=st.sampled_from([(), (SecretRef("TOKEN", "hub"),)]),
    effects=st.sampled_from([False, False, False, True]),
    target=st.sampled_from([(), (("instance", "ml.m5.large"), ("node_selector", {"a": ["b"]}))]),
)
FILES = {hashlib.sha256(content).hexdigest(): content for content in (b"K = 1\n", b"numpy==2\n")}
"""The contents that random graphs name by digest."""


SAME = Definition(
    "same",
    (Port("in_0", INT, NOWHERE),),
    (Port("out_0", INT, NOWHERE),),
    ShellBody("true", ()),
    NOWHERE,
)
"""A step that gives what it gets: called on what it gave, it does the same work again."""


LOOK = Definition(
    "look",
    (Port("in_0", MAYBE, NOWHERE),),
    (Port("out_0", MAYBE, NOWHERE),),
    ShellBody("true", ()),
    NOWHERE,
)
"""What hooks call: it takes what may have no value."""


@st.composite
def definitions(draw: st.DrawFn, name: str) -> Definition:
    def port(title: str, *, default: bool) -> Port:
        type_ = draw(st.sampled_from(PORTS))
        given = draw(st.none() | literals(type_)) if default else None
        return Port(title, type_, NOWHERE, given)

    inputs = tuple(port(f"in_{i}", default=True) for i in range(draw(st.integers(0, 2))))
    outputs = tuple(port(f"out_{i}", default=False) for i in range(draw(st.integers(1, 3))))
    return Definition(name, inputs, outputs, draw(_BODIES), NOWHERE)


@st.composite
def graphs(draw: st.DrawFn, *, most: int = 5, settings: bool = True, hooked: bool = False) -> Graph:
    """A graph that verifies. `settings=False` leaves the default ones: more steps are alike;
    `hooked` puts hooks into its blocks."""
    known = [draw(definitions(name)) for name in ("fit", "split")]
    known.append(replace(SAME, body=draw(_BODIES)))
    growing = Growing(draw, known, settings, count(), hooks=hooked)
    parameters = []
    for index in range(draw(st.integers(0, 3))):
        type_ = draw(st.sampled_from(PORTS))
        parameters.append(Parameter(f"p{index}", type_, draw(st.none() | literals(type_)), NOWHERE))
        growing.offer(ParameterRef(type_, f"p{index}"))
    _fill(growing, most)
    hooks = [*_called(growing)]
    for event in draw(st.lists(st.sampled_from(["failure", "success", "finally"]), max_size=2)):
        inner = _softened(growing, "on_hook.")
        _add_task(inner)
        hooks.append(Hook(event, tuple(inner.nodes), NOWHERE))
    outputs = tuple(
        Output(f"o{i}", type_, growing.expression(type_), NOWHERE)
        for i, type_ in enumerate(draw(st.lists(st.sampled_from(TYPES), max_size=3)))
    )
    return Graph(
        name="flights",
        parameters=tuple(parameters),
        nodes=tuple(growing.nodes),
        outputs=outputs,
        hooks=tuple(hooks),
        doc=draw(st.sampled_from([None, "All flights.\nOf 2013."])),
        max_parallel=draw(st.sampled_from([None, 4])),
        schedule=draw(st.sampled_from([None, ("0 6 * * *", "UTC")])),
        labels=draw(st.sampled_from([(), (("team", "ml"),)])),
    )


def _fill(growing: Growing, most: int) -> None:
    """Up to so many nodes."""
    kinds = [_add_task, _add_task, _add_again, _add_gate, _add_approval, _add_select]
    if growing.depth < 2:
        kinds += [_add_map, _add_branch, _add_join]
    for _ in range(growing.draw(st.integers(0 if growing.depth else min(3, most), most))):
        growing.draw(st.sampled_from(kinds))(growing)


def _add_gate(growing: Growing) -> None:
    policy = growing.draw(st.sampled_from(["fail", "warn", "stop"]))
    _append_gate(growing, growing.expression(BOOL), policy)


def _append_gate(growing: Growing, condition: Expr, policy: str) -> None:
    draw = growing.draw
    gate = Gate(
        id=growing.name("expect_"),
        condition=condition,
        policy=policy,
        message=None if draw(st.booleans()) else growing.expression(STRING, 1),
        text="a >= b",
        after=(),
        gates=growing.behind(),
        span=NOWHERE,
    )
    growing.nodes.append(gate)
    growing.barrier = (*growing.barrier, gate.id)
    growing.offer(PortRef(BOOL, gate.id, "passed"))


def _add_approval(growing: Growing) -> None:
    approval = Approval(
        id=growing.name("approve_"),
        message=growing.expression(STRING, 1),
        by=growing.draw(st.sampled_from([(), ("ops", "x y")])),
        timeout=growing.draw(st.sampled_from([None, 60.0])),
        after=(),
        gates=growing.behind(),
        span=NOWHERE,
    )
    growing.nodes.append(approval)
    growing.barrier = (*growing.barrier, approval.id)


def _add_select(growing: Growing) -> None:
    """A helper node, as lowering and lifting make them: somebody reads whatever it gives."""
    draw = growing.draw
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=2))
    helper = Select(
        id=growing.name("select_"),
        outputs=tuple((f"v{n}", growing.expression(type_)) for n, type_ in enumerate(types)),
        after=(),
        gates=growing.behind(),
        span=NOWHERE,
    )
    growing.nodes.append(helper)
    for name, value in helper.outputs:
        given = PortRef(value.type, helper.id, name)
        growing.offer(given)
        _append_gate(growing, Apply(BOOL, "==", (given, given)), "warn")


def _add_task(growing: Growing) -> None:
    draw = growing.draw
    definition = draw(st.sampled_from(growing.known))
    others = [node.id for node in growing.nodes if not isinstance(node, Gate | Approval)]
    more = draw(st.lists(st.sampled_from(others), max_size=1)) if others else []
    task = Task(
        id=growing.name("n"),
        definition=definition,
        arguments=tuple((p.name, growing.expression(p.type)) for p in definition.inputs),
        settings=draw(SETTINGS) if growing.settings else Settings(),
        after=tuple(more),
        gates=growing.behind(),
        span=NOWHERE,
        refresh=draw(st.sampled_from([False, False, True])),
    )
    growing.nodes.append(task)
    for port in definition.outputs:
        growing.offer(PortRef(port.type, task.id, port.name))


def _add_again(growing: Growing) -> None:
    """A call that was made before, behind what stands here now: maybe the same work."""
    calls = [node for node in growing.nodes if isinstance(node, Task)]
    if not calls:
        return
    first = growing.draw(st.sampled_from(calls))
    settings = first.settings
    if growing.settings and growing.draw(st.booleans()):
        settings = growing.draw(SETTINGS)
    again = replace(first, id=growing.name("n"), settings=settings, gates=growing.behind())
    growing.nodes.append(again)
    for port in again.definition.outputs:
        growing.offer(PortRef(port.type, again.id, port.name))


def _result(growing: Growing, type_: Type | None) -> Expr | None:
    return None if type_ is None else growing.expression(type_, 1)


def _block(inner: Growing, type_: Type | None) -> Block:
    _fill(inner, 2)
    hooks = _called(inner)
    return Block(tuple(inner.nodes), _result(inner, type_), hooks)


def _called(growing: Growing) -> tuple[Hook, ...]:
    """Hooks of pipelines whose nodes are some of those that stand here."""
    draw, hooks = growing.draw, list[Hook]()
    if not growing.hooks or not growing.nodes:
        return ()
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        call = growing.name("call_")
        first = draw(st.integers(0, len(growing.nodes) - 1))
        members = growing.nodes[first : first + draw(st.integers(1, 3))]
        for event in draw(st.sampled_from([("finally",), ("failure", "success")])):
            inner = _softened(growing, f"{call}.")
            _add_task(inner)
            held = tuple(node.id for node in members)
            hooks.append(Hook(event, tuple(inner.nodes), NOWHERE, call, held))
    return tuple(hooks)


def _softened(growing: Growing, prefix: str) -> Growing:
    """A hook: what may be missing is read softly, or looked back on, and nothing else is read."""
    inner = growing.inner(prefix)
    inner.known = [*growing.known, LOOK, LOOK]
    inner.barrier = ()
    inner.readable = {
        type_: [Apply(type_, "soft", (value,)) for value in found]
        for type_, found in growing.readable.items()
        if isinstance(type_, Optional)
    }
    whole = growing.readable.get(INT, [])
    inner.readable.setdefault(MAYBE, []).extend(
        Apply(MAYBE, "hindsight", (value,)) for value in whole
    )
    return inner


def _add_map(growing: Growing) -> None:
    draw = growing.draw
    node = growing.name("for_")
    item = draw(st.sampled_from([INT, None]))
    inner = growing.inner(f"{node}[*].")
    variable = f"i{growing.depth}"
    inner.offer(ParameterRef(INT, variable))
    block = Map(
        id=node,
        variable=variable,
        items=growing.expression(INTS),
        body=_block(inner, item),
        type=None if item is None else INTS,
        max_parallel=draw(st.sampled_from([None, 2])),
        allow_failures=draw(st.sampled_from([0.0, 0.5, 1.0])),
        after=(),
        gates=growing.behind(),
        span=NOWHERE,
    )
    growing.nodes.append(block)
    if item is not None:
        growing.offer(PortRef(INTS, node, "yield"))


def _add_branch(growing: Growing) -> None:
    draw = growing.draw
    node = growing.name("when_")
    type_ = draw(st.sampled_from([MAYBE, None]))
    conditions: list[Expr | None] = [
        growing.expression(BOOL) for _ in range(draw(st.integers(1, 2)))
    ]
    conditions += draw(st.sampled_from([[], [None]]))
    arms = tuple(
        Arm(condition, _block(growing.inner(growing.prefix), type_)) for condition in conditions
    )
    growing.nodes.append(Branch(node, arms, type_, after=(), gates=growing.behind(), span=NOWHERE))
    if type_ is not None:
        growing.offer(PortRef(type_, node, "yield"))


def _add_join(growing: Growing) -> None:
    """Branches that were made when lowering, with the join that ends them."""
    draw = growing.draw
    node = growing.name("all_")
    kind, type_ = draw(
        st.sampled_from([("for", INTS), ("for", None), ("when", MAYBE), ("partition", None)])
    )
    item = INT if type_ == INTS else type_
    limbs = []
    for number in range(draw(st.integers(0, 1 if kind == "when" else 3))):
        inner = growing.inner(f"{node}[{number}].")
        block = _block(inner, item)
        growing.nodes += block.nodes
        limbs.append(Limb(str(number), direct(block.nodes), block.result))
    growing.nodes.append(
        Join(
            id=node,
            kind=kind,
            limbs=tuple(limbs),
            type=type_,
            max_parallel=None,
            allowed=draw(st.integers(0, 2)) if kind == "for" else 0,
            after=(),
            gates=growing.behind(),
            span=NOWHERE,
        )
    )
    if type_ is not None:
        growing.offer(PortRef(type_, node, "yield"))


# ---- running them ---------------------------------------------------------------------------


@st.composite
def parameter_values(draw: st.DrawFn, graph: Graph) -> dict[str, object]:
    """A value for each parameter."""
    return {p.name: draw(VALUES[p.type]) for p in graph.parameters}


def pretend(task: Task, arguments: Mapping[str, object]) -> dict[str, object]:
    """A step's work: values that only the definition and the arguments decide."""
    if task.definition.name == SAME.name:
        return {"out_0": arguments["in_0"]}
    seed = json.dumps(
        [
            task.definition.name,
            *(
                values.encode(meaning.descriptor_of(port.type), arguments[port.name])
                for port in task.definition.inputs
            ),
        ]
    )
    return {
        port.name: _made(port.type, hashlib.sha256(f"{port.name} {seed}".encode()).digest())
        for port in task.definition.outputs
    }


def _made(type_: Type, bits: bytes) -> object:
    number = bits[0] % 7 - 2
    made: dict[Type, object] = {
        INT: number,
        FLOAT: number / 2,
        STRING: f"s{number}",
        BOOL: number > 0,
        DURATION: timedelta(minutes=number),
        INTS: list(range(number)),
        MAYBE: number if number > 0 else None,
        DATE: DAY + timedelta(days=number),
        Metrics(QUALITY): {"auc": bits[1] / 256, "rows": number},
        PAIR: {"a": number, "b": bits[1] % 5},
        PAIRS: [{"a": n, "b": bits[1] % 5} for n in range(number)],
        PERHAPS: {"a": number, "b": 0} if number > 1 else None,
        NUMBERS: {"a": number, "b": bits[1] % 5} if number else {},
    }
    return made[type_]


def outcome(graph: Graph, parameters: Mapping[str, object]) -> Outcome:
    """What a graph comes to where people turn down what has a long message."""
    return interpret(graph, parameters, pretend, lambda _, message: len(message) < 4)


def without_aliases(graph: Graph) -> Graph:
    return graph.with_nodes(
        tuple(replace(n, aliases=()) if isinstance(n, Task) else n for n in graph.nodes)
    )
