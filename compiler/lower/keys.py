"""The keys of a partitioned block, from values that are known now."""

from __future__ import annotations

from datetime import date, datetime

from ...runtime.texts import show as show_value
from ..bodies.body import PythonBody as PythonSource
from ..ir import meaning, partition
from ..ir.definitions import Definition, Port
from ..ir.nodes import Task
from ..ir.values import (
    Apply,
    Expr,
    Literal,
    NodeId,
    PortRef,
)
from ..syntax import ast
from ..types.types import DATE, INT, STRING, TIME, Dataset, ListOf, Type
from .definitions import python_body
from .faults import Mistaken, RangeNotKnown
from .frame import Frame
from .series import Key, Series
from .settings import Layers, Voice, settings_of

SPREAD = "millpond_std.partition:by_hash"
"""The step of the standard library that spreads rows over buckets."""


def keys_of(frame: Frame, block: ast.PartitionBlock, node: NodeId) -> Series:
    """The keys, oldest first or as written. A block by hash adds the task that spreads its rows."""
    kind = block.grain.text
    given = {"" if a.name is None else a.name.text: a.value for a in block.arguments}
    match kind:
        case "key":
            return Series(kind, "UTC", _listed(frame, block, given[""]))
        case "hash":
            return Series(kind, "UTC", _buckets(frame, block, node, given))
        case _:
            return _periods(frame, block, kind, given)


def _known(frame: Frame, block: ast.PartitionBlock, written: ast.Expr) -> Literal:
    found = frame.folded(written)
    if not isinstance(found, Literal):
        raise RangeNotKnown(block.keyword, written)
    return found


def _periods(
    frame: Frame, block: ast.PartitionBlock, kind: str, given: dict[str, ast.Expr]
) -> Series:
    first, last = (_moment(frame, block, given[word]) for word in ("from", "to"))
    zone = "UTC"
    if "zone" in given:
        zone = str(_known(frame, block, given["zone"]).value)
        if not partition.is_zone(zone):
            raise Mistaken(
                "MLP0503",
                f'there is no time zone called "{zone}"',
                given["zone"],
                "days follow a time zone",
                ('write for example `zone = "Europe/Berlin"`',),
            )
    if first > last:
        raise Mistaken(
            "MLP0611",
            f"this range is empty: {show_value(first)} is after {show_value(last)}",
            given["from"],
            "`from` and `to` both belong to the range",
        )
    number = partition.how_many(kind, first, last)
    if number > partition.MOST:
        raise Mistaken(
            "MLP0503",
            f"this range has {number:,} {kind}s, {partition.MOST:,} at most",
            given["from"],
            "each is planned on its own",
            ("take longer periods, or a shorter range",),
        )
    type_: Type = TIME if kind == "hour" else DATE
    keys = [
        Key(
            period.name,
            {
                "start": meaning.constant(type_, period.start),
                "end": meaning.constant(type_, period.end),
                "key": Literal(STRING, period.name),
            },
            period,
        )
        for period in partition.periods(kind, first, last)
    ]
    return Series(kind, zone, keys)


def _moment(frame: Frame, block: ast.PartitionBlock, written: ast.Expr) -> date:
    value = meaning.value_of(_known(frame, block, written))
    assert isinstance(value, date | datetime), "the checker wants a Date or a Time"
    return value


def _listed(frame: Frame, block: ast.PartitionBlock, written: ast.Expr) -> list[Key]:
    found = _known(frame, block, written)
    item: Type = found.type.item if isinstance(found.type, ListOf) else STRING
    values = found.value if isinstance(found.value, list) else []
    keys: dict[str, Key] = {}
    for value in values:
        literal = Literal(item, value)
        name = show_value(meaning.value_of(literal))
        if name in keys:
            raise Mistaken(
                "MLP0504",
                f'the key "{name}" stands in the list twice',
                written,
                "each key has one partition",
            )
        keys[name] = Key(name, {"key": literal})
    if len(keys) > partition.MOST:
        raise Mistaken(
            "MLP0503",
            f"these are {len(keys):,} keys, {partition.MOST:,} at most",
            written,
            "each is planned on its own",
        )
    return list(keys.values())


def _buckets(
    frame: Frame, block: ast.PartitionBlock, node: NodeId, given: dict[str, ast.Expr]
) -> list[Key]:
    buckets = _known(frame, block, given["buckets"])
    column = _known(frame, block, given["on"])
    number = buckets.value
    if not isinstance(number, int) or not 1 <= number <= partition.MOST:
        raise Mistaken(
            "MLP0503",
            f"`buckets` must be between 1 and {partition.MOST}",
            given["buckets"],
            f"it is {number}",
        )
    rows = frame.found(frame.expression(given[""]), given[""])
    spread = _spread(frame, block, node, (("rows", rows), ("column", column), ("buckets", buckets)))
    frame.nodes.append(spread)
    shards = PortRef(ListOf(rows.type), spread.id, "shards")
    return [
        Key(
            str(index),
            {
                "index": Literal(INT, index),
                "rows": Apply(rows.type, "index", (shards, Literal(INT, index))),
                "key": Literal(STRING, str(index)),
            },
        )
        for index in range(number)
    ]


def _spread(
    frame: Frame,
    block: ast.PartitionBlock,
    node: NodeId,
    arguments: tuple[tuple[str, Expr], ...],
) -> Task:
    """The task that spreads the rows; its `shards` keep the columns of the rows."""
    span = block.keyword
    source = frame.read.body(SPREAD)
    assert isinstance(source, PythonSource), "the standard library lies beside the compiler"
    types: tuple[Type, ...] = (Dataset(), STRING, INT)
    rows = arguments[0][1].type
    definition = Definition(
        name="by_hash",
        inputs=tuple(
            Port(name, type_, span) for (name, _), type_ in zip(arguments, types, strict=True)
        ),
        outputs=(Port("shards", ListOf(rows), span),),
        body=python_body(source, frame.read),
        span=span,
    )
    choice = frame.shared.choice
    top = frame.module(frame.shared.program.source.name)
    step = ast.Step(span, ast.Name("by_hash", span), (), (), (), (), ())
    voice = Voice(top.known, frame.shared.read)
    return Task(
        id=frame.shared.fresh(f"{node}.rows"),
        definition=definition,
        arguments=arguments,
        settings=settings_of(
            Layers(step, None, choice.target, choice.kind, project=choice.environment),
            program=voice,
            step=voice,
            caller=voice,
        ),
        after=frame.after,
        gates=frame.gates,
        span=span,
    )
