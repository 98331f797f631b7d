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
members, and what is yielded.

A type stands in an expression only where it is not the usual one. Schemas and step definitions
are written once; a schema's name is unique in a graph. Files stand there by their digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from ...types.types import (
    UNKNOWN,
    Dataset,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Type,
    show,
)
from ..graph import Graph
from ..values import (
    Apply,
    Approval,
    Block,
    Branch,
    BundledFile,
    ContainerBody,
    Definition,
    Expr,
    Gate,
    Join,
    Json,
    Map,
    Node,
    NodeId,
    NotebookBody,
    Parameter,
    Port,
    PythonBody,
    Select,
    ShellBody,
    Task,
    blocks,
    expressions,
    ports_of,
)
from .leaves import content_digest, leaves
from .spell import Speller, spell_json, spell_literal, spell_word

_WORDS = frozenset({"expect", "approve", "for", "when", "join"})
"""What nodes begin with that are no calls: a step of such a name is quoted."""


def to_text(graph: Graph) -> str:
    """The graph as text, one line for each schema, step, node and output."""
    return "".join(f"{line}\n" for line in _lines(graph))


def port_types(node: Node) -> dict[str, Type]:
    """The types of what a node gives, by `node.port`."""
    return {f"{node.id}.{port}": type_ for port, type_ in ports_of(node)}


def item_type(items: Expr) -> Type:
    """The type that a variable of `for` is taken to have."""
    return items.type.item if isinstance(items.type, ListOf) else UNKNOWN


def _lines(graph: Graph) -> Iterator[str]:
    definitions = _Definitions(graph)
    for row in _schemas(graph, definitions.known):
        columns = ", ".join(f"{spell_word(c.name)}: {show(c.type)}" for c in row.columns)
        yield f"schema {row.name} {{ {columns} }}"
    yield _head(graph)
    for definition in definitions.known:
        yield f"  step {definitions.label(definition)} {_definition(definition)}"
    types = {f"${parameter.name}": parameter.type for parameter in graph.parameters}
    writer = _Writer(definitions, types)
    yield from writer.nodes(graph.nodes, "  ")
    for hook in graph.hooks:
        yield f"  on {hook.event} do"
        yield from writer.nodes(hook.nodes, "    ")
        yield "  end"
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
    return f"pipeline {spell_word(graph.name)}({parameters}){_facts(options)}"


def _parameter(parameter: Parameter) -> str:
    doc = "" if parameter.doc is None else f" {spell_json(parameter.doc)}"
    return _port(parameter) + doc


def _port(port: Port | Parameter) -> str:
    given = "" if port.default is None else f" = {spell_literal(port.default)}"
    return f"{spell_word(port.name)}: {show(port.type)}{given}"


class _Definitions:
    """The step definitions of a graph in order of first use; equal ones are one."""

    def __init__(self, graph: Graph) -> None:
        self.known: list[Definition] = []
        self.labels: dict[int, str] = {}
        for node in graph.everything():
            if isinstance(node, Task) and id(node.definition) not in self.labels:
                self.labels[id(node.definition)] = self._new_label(node.definition)

    def _new_label(self, definition: Definition) -> str:
        if definition in self.known:
            return self.label(self.known[self.known.index(definition)])
        same = sum(known.name == definition.name for known in self.known)
        self.known.append(definition)
        bare = definition.name not in _WORDS
        name = spell_word(definition.name) if bare else spell_json(definition.name)
        return name + (f"#{same + 1}" if same else "")

    def label(self, definition: Definition) -> str:
        """The name, with a number behind it where several steps bear it."""
        return self.labels[id(definition)]


def _definition(definition: Definition) -> str:
    inputs = ", ".join(_port(port) for port in definition.inputs)
    outputs = ", ".join(_port(port) for port in definition.outputs)
    ports = f"({inputs}) -> ({outputs})"
    match definition.body:
        case PythonBody() as body:
            facts: dict[str, Json] = {
                "digest": body.digest,
                "symbols": dict(body.symbols),
                "files": _files(body.files),
                "packages": [*body.packages],
            }
            reference = spell_json(f"{body.module}:{body.function}")
            return f"python {reference} {ports}{_facts(facts)}"
        case NotebookBody() as body:
            facts = {
                "cells": [[cell.kind, cell.source, [*cell.tags]] for cell in body.cells],
                "paths": [*body.paths],
                "digest": body.digest,
                "symbols": dict(body.symbols),
                "files": _files(body.files),
                "packages": [*body.packages],
            }
            return f"notebook {spell_json(body.path)} {ports}{_facts(facts)}"
        case ShellBody(text, files):
            return f"shell {spell_json(text)} {ports}{_facts({'files': _files(files)})}"
        case ContainerBody(image, command):
            own = (*definition.inputs, *definition.outputs)
            speller = Speller({f"${port.name}": port.type for port in own})
            words = ", ".join(speller.spell(part) for part in command)
            return f"container {spell_json(image)} {ports} [{words}]"
        case _:
            assert_never(definition.body)


def _files(files: tuple[BundledFile, ...]) -> Json:
    return {file.path: content_digest(file.content) for file in files}


class _Writer:
    """Writes nodes; `types` grows by what those that are written give."""

    def __init__(self, definitions: _Definitions, types: dict[str, Type]) -> None:
        self.definitions = definitions
        self.types = types
        self.speller = Speller(types)

    def nodes(self, nodes: Iterable[Node], indent: str) -> Iterator[str]:
        for node in nodes:
            yield from self.node(node, indent)
            self.types.update(port_types(node))

    def node(self, node: Node, indent: str) -> Iterator[str]:
        start = f"{indent}%{spell_word(node.id)} = "
        order = _listed("after", node.after) + _listed("behind", node.gates)
        spell = self.speller.spell
        match node:
            case Task():
                called = f"{self.definitions.label(node.definition)}"
                given = f"({self.speller.named(node.arguments)}){_block(leaves(node.settings))}"
                again = " again" if node.refresh else ""
                yield f"{start}{called}{given}{again}{order}{_listed('alias', node.aliases)}"
            case Gate(text=text, policy=policy):
                message = "" if node.message is None else f" {spell(node.message, inner=True)}"
                condition = f"expect {spell(node.condition)} else {policy}{message}"
                yield f"{start}{condition} as {spell_json(text)}{order}"
            case Approval(message=message, by=by, timeout=timeout):
                facts = _facts({"by": [*by], "timeout": timeout})
                yield f"{start}approve {spell(message, inner=True)}{facts}{order}"
            case Select(outputs=outputs):
                yield f"{start}{{ {self.speller.named(outputs)} }}{order}"
            case Map():
                facts = _facts(
                    {
                        "max_parallel": node.max_parallel,
                        "allow_failures": node.allow_failures or None,
                    }
                )
                head = f"for ${spell_word(node.variable)} in {spell(node.items, inner=True)}"
                yield f"{start}{head}{facts}{_gives(node.type)}{order} do"
                self.types[f"${node.variable}"] = item_type(node.items)
                yield from self.block(node.body, indent)
                yield f"{indent}end"
            case Branch(arms=arms):
                for number, arm in enumerate(arms):
                    word = start if number == 0 else f"{indent}else "
                    asked = "" if arm.condition is None else f"when {spell(arm.condition)}"
                    tail = f"{_gives(node.type)}{order}" if number == 0 else ""
                    yield f"{word}{asked}{tail}".rstrip() + " do"
                    yield from self.block(arm.body, indent)
                yield f"{indent}end"
            case Join(kind=kind, limbs=limbs):
                facts = _facts({"max_parallel": node.max_parallel, "allowed": node.allowed or None})
                yield f"{start}join {kind}{facts}{_gives(node.type)}{order} do"
                for limb in limbs:
                    members = ", ".join(f"%{spell_word(member)}" for member in limb.members)
                    result = "" if limb.result is None else f" yield {spell(limb.result)}"
                    text = f"{indent}  {spell_json(limb.name)}: {members}"
                    yield text.rstrip() + result
                yield f"{indent}end"
            case _:
                assert_never(node)

    def block(self, block: Block, indent: str) -> Iterator[str]:
        yield from self.nodes(block.nodes, indent + "  ")
        if block.result is not None:
            yield f"{indent}  yield {self.speller.spell(block.result)}"


def _gives(type_: Type | None) -> str:
    return "" if type_ is None else f" gives {show(type_)}"


def _block(pairs: Iterable[tuple[str, Json]]) -> str:
    given = [f"{name} = {spell_json(value)}" for name, value in pairs]
    return f" {{ {', '.join(given)} }}" if given else ""


def _facts(facts: Mapping[str, Json]) -> str:
    """A block of those that say something."""
    return _block((name, value) for name, value in facts.items() if value not in (None, {}, [], ""))


def _listed(title: str, nodes: tuple[NodeId, ...]) -> str:
    return f" {title} " + ", ".join(f"%{spell_word(node)}" for node in nodes) if nodes else ""


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
