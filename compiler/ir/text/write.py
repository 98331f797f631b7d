"""Writes a graph as text: stable, and complete but for spans and the contents of files.

    schema Flights { late: Bool }
    pipeline delays(min_auc: Float = 0.7)
      step fit python "flights.train:fit" (train: Dataset[Flights]) -> (model: Model)
      %fitted = fit(train = %parts.train) { timeout = 900.0 } after %loaded
      %expect_1 = expect %score.metrics.auc >= $min_auc else fail as "score.metrics.auc >= min_auc"
      %trials = for $lr in %grid.rates { max_parallel = 4 } gives List[Float] behind %expect_1 do
        %"trials[*].m" = fit(rate = $lr)
        yield %"trials[*].m".auc
      end
      output model: Model = %fitted.model

`after` is order, `behind` names gates. A `join` has its limbs between `do` and `end`: the name, the
members, and what is yielded. The hook of a called pipeline names the call and the nodes of it:
`on finally of %k holding %"k.a" do`.

A type stands in an expression only where it is not the usual one. Schemas and step definitions
are written once; a schema's name is unique in a graph. Files stand there by their digest.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...types.types import Dataset, ListOf, MapOf, Metrics, Optional, Row, Type, show
from ..definitions import ContainerBody, Definition
from ..graph import Graph
from ..nodes import (
    Branch,
    Join,
    Map,
    Parameter,
    blocks,
    expressions,
)
from ..values import Apply, Expr, Json
from .facts import facts
from .spell import spell_json, spell_word
from .write_nodes import Nodes
from .write_steps import Definitions, spell_port


def to_text(graph: Graph) -> str:
    """The graph as text, one line for each schema, step, node and output."""
    return "".join(f"{line}\n" for line in _lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    definitions = Definitions(graph)
    for row in _schemas(graph, definitions.known):
        columns = ", ".join(f"{spell_word(c.name)}: {show(c.type)}" for c in row.columns)
        yield f"schema {row.name} {{ {columns} }}"
    yield _head(graph)
    yield from definitions.lines()
    types = {f"${parameter.name}": parameter.type for parameter in graph.parameters}
    writer = Nodes(definitions, types)
    yield from writer.nodes(graph.nodes, "  ")
    yield from writer.hooks(graph.hooks, "  ")
    for output in graph.outputs:
        value = writer.speller.spell(output.value)
        yield f"  output {spell_word(output.name)}: {show(output.type)} = {value}"


def _head(graph: Graph) -> str:
    options: dict[str, Json] = {
        "doc": graph.doc,
        "max_parallel": graph.max_parallel,
        "timeout": graph.timeout,
        "schedule": None if graph.schedule is None else [*graph.schedule],
        "labels": dict(graph.labels),
        "owner": graph.owner,
    }
    parameters = ", ".join(_parameter(parameter) for parameter in graph.parameters)
    return f"pipeline {spell_word(graph.name)}({parameters}){facts(options)}"


def _parameter(parameter: Parameter) -> str:
    doc = "" if parameter.doc is None else f" {spell_json(parameter.doc)}"
    return spell_port(parameter) + doc


def _schemas(graph: Graph, definitions: list[Definition]) -> Iterator[Row]:
    """Every named row in the graph, each once, behind those that it is made of."""
    seen: set[str] = set()
    for type_ in _types(graph, definitions):
        for row in _rows(type_):
            if row.name is not None and row.name not in seen:
                seen.add(row.name)
                yield row


def _types(graph: Graph, definitions: list[Definition]) -> Iterator[Type]:
    for parameter in graph.parameters:
        yield parameter.type
    for definition in definitions:
        yield from (port.type for port in (*definition.inputs, *definition.outputs))
        if isinstance(definition.body, ContainerBody):
            for part in definition.body.command:
                yield from _within(part)
    for node in graph.everything():
        for expression in expressions(node):
            yield from _within(expression)
        for block in blocks(node):
            if block.result is not None:
                yield from _within(block.result)
        if isinstance(node, Map | Branch | Join) and node.type is not None:
            yield node.type
    for output in graph.outputs:
        yield output.type
        yield from _within(output.value)


def _within(expression: Expr) -> Iterator[Type]:
    yield expression.type
    if isinstance(expression, Apply):
        for operand in expression.operands:
            yield from _within(operand)


def _rows(type_: Type) -> Iterator[Row]:
    match type_:
        case Row(_, columns):
            for column in columns:
                yield from _rows(column.type)
            yield type_
        case Dataset(Row() as row) | Metrics(Row() as row):
            yield from _rows(row)
        case ListOf(inner) | MapOf(inner) | Optional(inner):
            yield from _rows(inner)
        case _:
            return
