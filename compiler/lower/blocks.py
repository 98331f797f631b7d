"""Lowers `for` and `when`: branches where the list is known now, else a block to be expanded."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import meaning
from ..ir.expand import allowed_failures, template_prefix
from ..ir.nodes import (
    YIELD,
    Arm,
    Branch,
    Join,
    Limb,
    Map,
)
from ..ir.partition import MOST
from ..ir.values import (
    Apply,
    Expr,
    Json,
    Literal,
    NodeId,
    ParameterRef,
    PortRef,
)
from ..syntax import ast
from ..types.types import UNKNOWN, ListOf, Type
from .faults import Mistaken, RangeNotKnown
from .frame import Frame


def options_of(frame: Frame, clause: ast.WithClause | None) -> dict[str, Json]:
    """The values of a `with` clause, which are all known now."""
    arguments = () if clause is None else clause.arguments
    return {a.name.text: frame.known(a.value) for a in arguments if a.name is not None}


def limit_of(options: dict[str, Json]) -> int | None:
    """How many branches may be under way at one time."""
    limit = options.get("max_parallel")
    return limit if isinstance(limit, int) else None


def value_of(block: NodeId, type_: Type | None) -> Expr | None:
    """What a block that yields stands for."""
    return None if type_ is None else PortRef(type_, block, YIELD)


def lower_for(frame: Frame, block: ast.ForBlock, node: NodeId) -> Expr | None:
    """Adds the block; what stands for it is the list of what its branches yield."""
    type_ = frame.type_of_block(block)
    options = options_of(frame, block.options)
    share = options.get("allow_failures")
    failures = float(share) if isinstance(share, int | float) else 0.0
    written = frame.folded(block.items)
    items = _elements(written)
    if items is None:
        _add_map(frame, block, node, written, type_, limit_of(options), failures)
        return value_of(node, type_)
    if len(items) > MOST:
        raise Mistaken(
            "MLP0503",
            f"this list has {len(items):,} elements, {MOST:,} at most",
            block.items,
            "each is planned on its own",
        )
    frames: list[Frame] = []
    limbs: list[Limb] = []
    for number, item in enumerate(items):
        inner = frame.inner(f"{node}[{number}].", f"{node}[{number}].")
        inner.names[block.variable.text] = inner.found(item, block.items)
        inner.shared.statements(inner, block.body.statements)
        frames.append(inner)
        limbs.append(inner.limb(str(number), _item(type_)))
    frame.nodes += (made for inner in frames for made in inner.nodes)
    frame.nodes.append(
        Join(
            id=node,
            kind="for",
            limbs=tuple(limbs),
            type=type_,
            max_parallel=limit_of(options),
            allowed=allowed_failures(failures, len(limbs)),
            after=frame.after,
            gates=frame.gates,
            span=block.span,
        )
    )
    frame.closed(node, frames)
    return value_of(node, type_)


def _elements(items: Expr) -> Sequence[Expr] | None:
    """The elements of a list whose length is known now."""
    match items:
        case Literal(type=ListOf(item), value=list(values)):
            return [Literal(item, value) for value in values]
        case Apply(operator="list", operands=operands):
            return operands
        case _:
            return None


def _item(type_: Type | None) -> Type | None:
    return type_.item if isinstance(type_, ListOf) else type_


def _add_map(
    frame: Frame,
    block: ast.ForBlock,
    node: NodeId,
    items: Expr,
    type_: Type | None,
    limit: int | None,
    failures: float,
) -> None:
    variable = block.variable.text
    while variable in frame.variables:
        variable += "_"
    prefix = template_prefix(node)
    inner = frame.inner(prefix, prefix)
    inner.lowered = []
    inner.variables = frame.variables | {variable}
    item = items.type.item if isinstance(items.type, ListOf) else UNKNOWN
    inner.names[block.variable.text] = ParameterRef(item, variable)
    inner.shared.statements(inner, block.body.statements)
    frame.nodes.append(
        Map(
            id=node,
            variable=variable,
            items=frame.found(items, block.items),
            body=inner.block(_item(type_)),
            type=type_,
            max_parallel=limit,
            allow_failures=failures,
            after=frame.after,
            gates=frame.gates,
            span=block.span,
        )
    )
    frame.closed(node, [inner])


def _decided(condition: Expr, frame: Frame) -> bool | None:
    """What a condition comes to that is known now."""
    known = meaning.fold(condition, frame.values)
    value = known.value if isinstance(known, Literal) else None
    return value if isinstance(value, bool) else None


def lower_when(frame: Frame, block: ast.WhenBlock, node: NodeId) -> Expr | None:
    """Adds the block; what stands for it is the value that the taken arm yields."""
    type_ = frame.type_of_block(block)
    arms: list[Arm] = []
    frames: list[Frame] = []
    taken = False
    rest: ast.WhenBlock | ast.Block | None = block
    while rest is not None:
        condition: Expr | None = None
        decided: bool | None = True
        if isinstance(rest, ast.WhenBlock):
            path = f"{node}.else_when_{len(arms)}." if arms else f"{node}."
            condition = frame.expression(rest.condition)
            decided = _decided(condition, frame)
            body, rest = rest.body, rest.otherwise
        else:
            path, body, rest = f"{node}.else.", rest, None
        inner = frame.inner(frame.prefix, path)
        inner.lowered = []
        try:
            inner.shared.statements(inner, body.statements)
        except (Mistaken, RangeNotKnown):
            if not taken and decided is not False:
                raise
            # What is never reached may make no sense: that is what the condition is there for.
            inner = frame.inner(frame.prefix, path)
            inner.lowered = []
        arms.append(Arm(condition, inner.block(type_)))
        frames.append(inner)
        taken = taken or decided is True
    frame.nodes.append(
        Branch(
            id=node,
            arms=tuple(arms),
            type=type_,
            after=frame.after,
            gates=frame.gates,
            span=block.span,
        )
    )
    frame.closed(node, frames)
    return value_of(node, type_)
