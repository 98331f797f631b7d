"""Reads the text form back into a graph: what tests of passes are written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from ....runtime.dataclass import replace
from ...types.types import Row
from ..graph import Graph
from ..nodes import Output, Parameter
from ..values import Json
from .parse_expression import Expressions
from .parse_type import parse_row, parse_type
from .read_nodes import Nodes
from .read_steps import Steps, object_of
from .scan import NOWHERE, Scanner

__all__ = ["NOWHERE", "from_text"]


def from_text(text: str, files: Mapping[str, bytes] | None = None) -> Graph:
    """The graph that `to_text` wrote. `files` finds the contents of files by digest.

    Raises `TextFault` for a text that is none, `KeyError` for an unknown digest or step.
    """
    return _Reader(Scanner(text), files or {}).graph()


class _Reader:
    """Reads one graph; knows the schemas that it has passed."""

    def __init__(self, scanner: Scanner, files: Mapping[str, bytes]) -> None:
        self.scanner = scanner
        self.schemas: dict[str, Row] = {}
        self.expressions = Expressions(scanner, self.schemas)
        self.steps = Steps(scanner, self.schemas, files)
        self.nodes = Nodes(scanner, self.steps, self.expressions)

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
            self.steps.step()
        types.update((f"${parameter.name}", parameter.type) for parameter in parameters)
        nodes = self.nodes.all()
        hooks = self.nodes.hooks()
        outputs: list[Output] = []
        while scanner.takes("output"):
            outputs.append(self._output())
        if not scanner.ended:
            raise scanner.fault("a step, a node, a hook or an output")
        graph = _graph(name, parameters, options)
        return replace(graph, nodes=nodes, hooks=hooks, outputs=tuple(outputs))

    def _parameter(self) -> Parameter:
        port = self.steps.port()
        doc = self.scanner.string() if self.scanner.sees('"') else None
        return Parameter(port.name, port.type, port.default, NOWHERE, doc)

    def _output(self) -> Output:
        name = self.scanner.word()
        self.scanner.needs(":")
        type_ = parse_type(self.scanner, self.schemas)
        self.scanner.needs("=")
        return Output(name, type_, self.expressions.expression(), NOWHERE)


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
        labels=tuple(cast("dict[str, str]", object_of(options, "labels")).items()),
        owner=cast("str | None", options.get("owner")),
    )
