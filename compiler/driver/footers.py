"""Datasets that users name, held against their columns before anything starts: what footers say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec

from ...runtime.artifact import Artifact
from ...runtime.dataclass import dataclass
from ...runtime.descriptors import fields, kind
from ...runtime.nested import map_artifacts
from ..check.origin import shortened
from ..diagnostics.diagnostic import Diagnostic, error
from ..ir import meaning
from ..ir.expand import direct
from ..ir.graph import Graph
from ..ir.nodes import Gate, Parameter, Task
from ..ir.values import Json, Literal
from ..source import Span
from ..types.types import Type, show


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value goes: the `type` that is declared, for what, and where that stands."""

    type: Type
    name: str
    owner: str
    span: Span


def column_errors(
    graph: Graph, parameters: Iterable[Parameter], values: Mapping[str, Literal]
) -> Iterator[Diagnostic]:
    """Files of Parquet that are named as datasets and lack declared columns, or have others.

    Other formats say so only when they are read, as does what no footer can say. Without pyarrow
    nothing is looked at here: steps need it in their own environment, not in this one.
    """
    if find_spec("pyarrow") is None:
        return
    seen: set[tuple[str, str]] = set()
    for place, literal in _named(graph, parameters, values):
        for artifact, declared in _datasets(place.type, literal):
            case = (artifact.source or "", repr(declared))
            if case in seen:
                continue
            seen.add(case)
            problem = _problem(artifact, declared)
            if problem is not None:
                yield error(
                    "MLP0302",
                    f"these rows do not have the columns `{place.owner}` needs",
                    place.span,
                    shortened(f"`{place.name}` is {show(place.type)}", 60),
                    notes=[f"`{artifact.name}`: {problem}"],
                    help=["name rows that have these columns, or change what is declared"],
                )


def _named(
    graph: Graph, parameters: Iterable[Parameter], values: Mapping[str, Literal]
) -> Iterator[tuple[_Place, Literal]]:
    """Values that parameters have, and those that calls outside of blocks are sure to take."""
    for parameter in parameters:
        if parameter.name in values:
            place = _Place(parameter.type, parameter.name, graph.name, parameter.span)
            yield place, values[parameter.name]
    own = frozenset(direct(graph.nodes))
    stops = {node.id for node in graph.nodes if isinstance(node, Gate) and node.policy == "stop"}
    for node in graph.nodes:
        if isinstance(node, Task) and node.id in own and not stops.intersection(node.gates):
            for (name, value), port in zip(node.arguments, node.definition.inputs, strict=True):
                if isinstance(value, Literal):
                    yield _Place(port.type, name, node.definition.name, node.span), value


def _datasets(type_: Type, literal: Literal) -> list[tuple[Artifact, list[tuple[str, Json]]]]:
    """The datasets in a value that somebody named, each with the columns declared of it."""
    found: list[tuple[Artifact, list[tuple[str, Json]]]] = []

    def look(_: object, of: Json, item: object) -> object:
        if isinstance(item, Artifact) and item.source is not None:
            columns = fields(of) if kind(of) == "Dataset" else []
            if columns:
                found.append((item, columns))
        return item

    map_artifacts(meaning.descriptor_of(type_), meaning.value_of(literal), look)
    return found


def _problem(artifact: Artifact, declared: list[tuple[str, Json]]) -> str | None:
    """Which columns are not there or of another type, None where all fit or no footer says."""
    from ...runtime.columns import check_schema
    from ...runtime.formats import format_of
    from ...runtime.source import places
    from ...runtime.tables import TableError, files_of

    for path in places(artifact):
        try:
            parquet = format_of(files_of(path)[0]) == "parquet"
        except (TableError, OSError, EOFError):
            return None
        try:
            if parquet:
                check_schema(path, declared)
        except TableError as problem:
            return str(problem)
    return None
