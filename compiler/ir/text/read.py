"""Reads the text form back into a graph: what tests of passes are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from ....runtime.dataclass import replace
from ...source import Span
from ...types.types import Row, Type
from ..graph import Graph
from ..values import (
    Approval,
    Arm,
    Block,
    Body,
    Branch,
    BundledFile,
    ContainerBody,
    Definition,
    Expr,
    Gate,
    Hook,
    Join,
    Json,
    Limb,
    Map,
    Node,
    NodeId,
    NotebookBody,
    NotebookCell,
    Output,
    Parameter,
    Port,
    PythonBody,
    Select,
    ShellBody,
    Task,
)
from .leaves import settings_from
from .parse_expression import Expressions
from .parse_type import parse_row, parse_type
from .scan import Scanner
from .write import item_type, port_types

_NUMBER = re.compile(r"#\d+")

NOWHERE = Span("", 0, 0)
"""The span of everything that was read: the text form has none."""


def from_text(text: str, files: Mapping[str, bytes] | None = None) -> Graph:
    """The graph that `to_text` wrote. `files` finds the contents of files by digest.

    Raises `TextFault` for a text that is none, `KeyError` for an unknown digest or step.
    """
    return _Reader(Scanner(text), files or {}).graph()


class _Reader:
    """Reads one graph; knows the schemas, steps and nodes that it has passed."""

    def __init__(self, scanner: Scanner, files: Mapping[str, bytes]) -> None:
        self.scanner = scanner
        self.files = files
        self.schemas: dict[str, Row] = {}
        self.definitions: dict[str, Definition] = {}
        self.expressions = Expressions(scanner, self.schemas)

    def graph(self) -> Graph:
        scanner, types = self.scanner, self.expressions.types
        while scanner.takes("schema"):
            name = scanner.word()
            self.schemas[name] = parse_row(scanner, self.schemas, name)
        scanner.needs("pipeline")
        name = scanner.word()
        scanner.needs("(")
        parameters = tuple(scanner.listed(self._parameter, ")"))
        options = scanner.block()
        while scanner.takes("step"):
            label = self._label()
            self.definitions[label] = self._definition(label)
        types.update((f"${parameter.name}", parameter.type) for parameter in parameters)
        nodes = self._all_nodes()
        hooks: list[Hook] = []
        while scanner.takes("on"):
            hooks.append(self._hook())
        outputs: list[Output] = []
        while scanner.takes("output"):
            outputs.append(self._output())
        if not scanner.ended:
            raise scanner.fault("a step, a node, a hook or an output")
        graph = _graph(name, parameters, options)
        return replace(graph, nodes=nodes, hooks=tuple(hooks), outputs=tuple(outputs))

    def _port(self) -> Port:
        name = self.scanner.word()
        self.scanner.needs(":")
        type_ = parse_type(self.scanner, self.schemas)
        default = self.expressions.literal() if self.scanner.takes("=") else None
        return Port(name, type_, NOWHERE, default)

    def _parameter(self) -> Parameter:
        port = self._port()
        doc = self.scanner.string() if self.scanner.sees('"') else None
        return Parameter(port.name, port.type, port.default, NOWHERE, doc)

    def _label(self) -> str:
        """A step's name, with a number where several bear it."""
        return self.scanner.word() + (self.scanner.pattern(_NUMBER) or "")

    def _definition(self, label: str) -> Definition:
        scanner = self.scanner
        kind = scanner.needs("python", "shell", "container", "notebook")
        text = scanner.string()
        scanner.needs("(")
        inputs = tuple(scanner.listed(self._port, ")"))
        scanner.needs("->")
        scanner.needs("(")
        outputs = tuple(scanner.listed(self._port, ")"))
        body = self._body(kind, text, (*inputs, *outputs))
        return Definition(_NUMBER.sub("", label), inputs, outputs, body, NOWHERE)

    def _body(self, kind: str, text: str, ports: tuple[Port, ...]) -> Body:
        scanner = self.scanner
        if kind == "container":
            own = Expressions(scanner, self.schemas, {f"${p.name}": p.type for p in ports})
            scanner.needs("[")
            return ContainerBody(text, tuple(scanner.listed(own.expression, "]")))
        facts = scanner.block()
        files = tuple(
            BundledFile(path, self.files[cast(str, digest)])
            for path, digest in _object(facts, "files").items()
        )
        if kind == "shell":
            return ShellBody(text, files)
        digest = cast(str, facts.get("digest", ""))
        symbols = tuple(cast("dict[str, str]", _object(facts, "symbols")).items())
        packages = tuple(cast("list[str]", facts.get("packages", [])))
        if kind == "notebook":
            rows = cast("list[tuple[str, str, list[str]]]", facts.get("cells", []))
            cells = tuple(NotebookCell(what, source, tuple(tags)) for what, source, tags in rows)
            paths = tuple(cast("list[str]", facts.get("paths", [])))
            return NotebookBody(text, cells, paths, digest, symbols, files, packages)
        module, _, function = text.partition(":")
        return PythonBody(module, function, digest, symbols, files, packages)

    def _all_nodes(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self.scanner.sees("%"):
            nodes.append(self._node())
            self.expressions.types.update(port_types(nodes[-1]))
        return tuple(nodes)

    def _hook(self) -> Hook:
        event = self.scanner.needs("failure", "success", "finally")
        self.scanner.needs("do")
        nodes = self._all_nodes()
        self.scanner.needs("end")
        return Hook(event, nodes, NOWHERE)

    def _node(self) -> Node:
        scanner = self.scanner
        node = scanner.node()
        scanner.needs("=")
        if scanner.takes("expect"):
            return self._gate(node)
        if scanner.takes("approve"):
            return self._approval(node)
        if scanner.takes("for"):
            return self._map(node)
        if scanner.takes("when"):
            return self._branch(node)
        if scanner.takes("join"):
            return self._join(node)
        if scanner.takes("{"):
            outputs = tuple(scanner.listed(self.expressions.pair, "}"))
            return Select(node, outputs, self._nodes("after"), NOWHERE, self._nodes("behind"))
        definition = self.definitions[self._label()]
        scanner.needs("(")
        return Task(
            id=node,
            definition=definition,
            arguments=tuple(scanner.listed(self.expressions.pair, ")")),
            settings=settings_from(scanner.block(), self.files),
            refresh=scanner.takes("again") is not None,
            after=self._nodes("after"),
            gates=self._nodes("behind"),
            span=NOWHERE,
            aliases=self._nodes("alias"),
        )

    def _gate(self, node: NodeId) -> Gate:
        scanner = self.scanner
        condition = self.expressions.expression()
        scanner.needs("else")
        policy = scanner.needs("fail", "warn", "stop")
        message = None if scanner.sees("as") else self.expressions.expression()
        scanner.needs("as")
        text = scanner.string()
        after, gates = self._nodes("after"), self._nodes("behind")
        return Gate(node, condition, policy, message, text, after, NOWHERE, gates)

    def _approval(self, node: NodeId) -> Approval:
        message = self.expressions.expression()
        facts = self.scanner.block()
        by = tuple(cast("list[str]", facts.get("by", [])))
        timeout = cast("float | None", facts.get("timeout"))
        after, gates = self._nodes("after"), self._nodes("behind")
        return Approval(node, message, by, timeout, after, NOWHERE, gates)

    def _map(self, node: NodeId) -> Map:
        scanner = self.scanner
        scanner.needs("$")
        variable = scanner.word()
        scanner.needs("in")
        items = self.expressions.expression()
        facts = scanner.block()
        type_, after, gates = self._gives(), self._nodes("after"), self._nodes("behind")
        scanner.needs("do")
        self.expressions.types[f"${variable}"] = item_type(items)
        body = self._block()
        scanner.needs("end")
        return Map(
            id=node,
            variable=variable,
            items=items,
            body=body,
            type=type_,
            max_parallel=cast("int | None", facts.get("max_parallel")),
            allow_failures=cast(float, facts.get("allow_failures", 0.0)),
            after=after,
            gates=gates,
            span=NOWHERE,
        )

    def _branch(self, node: NodeId) -> Branch:
        scanner = self.scanner
        condition: Expr | None = self.expressions.expression()
        type_, after, gates = self._gives(), self._nodes("after"), self._nodes("behind")
        arms: list[Arm] = []
        while True:
            scanner.needs("do")
            arms.append(Arm(condition, self._block()))
            if scanner.needs("else", "end") == "end":
                return Branch(node, tuple(arms), type_, after, NOWHERE, gates)
            condition = self.expressions.expression() if scanner.takes("when") else None

    def _join(self, node: NodeId) -> Join:
        scanner = self.scanner
        kind = scanner.needs("for", "when", "partition")
        facts = scanner.block()
        type_, after, gates = self._gives(), self._nodes("after"), self._nodes("behind")
        scanner.needs("do")
        limbs: list[Limb] = []
        while not scanner.takes("end"):
            limbs.append(self._limb())
        return Join(
            id=node,
            kind=kind,
            limbs=tuple(limbs),
            type=type_,
            max_parallel=cast("int | None", facts.get("max_parallel")),
            allowed=cast(int, facts.get("allowed", 0)),
            after=after,
            gates=gates,
            span=NOWHERE,
        )

    def _limb(self) -> Limb:
        name = self.scanner.string()
        self.scanner.needs(":")
        members = self._listed() if self.scanner.sees("%") else ()
        return Limb(name, members, self._yield())

    def _gives(self) -> Type | None:
        return parse_type(self.scanner, self.schemas) if self.scanner.takes("gives") else None

    def _block(self) -> Block:
        return Block(self._all_nodes(), self._yield())

    def _yield(self) -> Expr | None:
        return self.expressions.expression() if self.scanner.takes("yield") else None

    def _nodes(self, title: str) -> tuple[NodeId, ...]:
        """`after %a, %b`, or nothing."""
        return self._listed() if self.scanner.takes(title) else ()

    def _listed(self) -> tuple[NodeId, ...]:
        found = [self.scanner.node()]
        while self.scanner.takes(","):
            found.append(self.scanner.node())
        return tuple(found)

    def _output(self) -> Output:
        name = self.scanner.word()
        self.scanner.needs(":")
        type_ = parse_type(self.scanner, self.schemas)
        self.scanner.needs("=")
        return Output(name, type_, self.expressions.expression(), NOWHERE)


def _object(facts: Mapping[str, Json], name: str) -> dict[str, Json]:
    return cast("dict[str, Json]", facts.get(name, {}))


def _graph(name: str, parameters: tuple[Parameter, ...], options: Mapping[str, Json]) -> Graph:
    schedule = cast("list[str] | None", options.get("schedule"))
    return Graph(
        name=name,
        parameters=parameters,
        nodes=(),
        outputs=(),
        doc=cast("str | None", options.get("doc")),
        max_parallel=cast("int | None", options.get("max_parallel")),
        timeout=cast("float | None", options.get("timeout")),
        schedule=None if schedule is None else (schedule[0], schedule[1]),
        labels=tuple(cast("dict[str, str]", _object(options, "labels")).items()),
        owner=cast("str | None", options.get("owner")),
    )
