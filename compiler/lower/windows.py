"""Lowers `previous trailing within covering current all latest`: which partitions are read."""

from __future__ import annotations

from collections.abc import Iterable

from ...runtime.dataclass import dataclass
from ..ir import partition
from ..ir.values import Apply, Expr, Literal, PortRef
from ..syntax import ast
from ..types.types import INT, ListOf, Optional, Per, Type
from .expressions import missing, soft
from .faults import Mistaken
from .frame import Frame
from .series import Series, Standing


@dataclass(frozen=True, slots=True)
class _Values:
    """What a function goes over; `own` says that it is made in the partition around the call."""

    frame: Frame
    written: ast.Expr
    series: Series
    item: Type
    own: Standing | None = None

    def at(self, place: int | None) -> Expr:
        """The value at one position; absent where the block has none."""
        if place is None or not 0 <= place < len(self.series.keys):
            text = f"`{self.frame.source.slice(self.written.span)}` has no such partition"
            return Apply(self.item, "absent", (), (text,))
        if self.own is None:
            return self.result(place)
        if place == self.own.place:
            return self.frame.expression(self.written)
        return self.past(place)

    def result(self, place: int) -> Expr:
        value = self.series.results[place]
        assert value is not None, "the checker lets only blocks that yield be read"
        return value

    def past(self, place: int) -> Expr:
        """The expression as it stands at an earlier key of the same block."""
        frame, now = self.frame, self.frame.names
        frame.names = self.series.past[place]
        try:
            name = _base(self.written)
            if name.name not in frame.names:
                raise Mistaken(
                    "MLP0601",
                    f"`{name.name}` belongs to a block inside of the partition",
                    self.written,
                    "only what is bound in the partition itself is there for others",
                    ("yield it from the inner block, and give that block a name",),
                )
            return frame.expression(self.written)
        finally:
            frame.names = now

    def gathered(self, places: Iterable[int]) -> Expr:
        return Apply(ListOf(self.item), "gather", tuple(self.at(place) for place in places))


def lower_window(frame: Frame, call: ast.Call, word: str) -> Expr:
    """The value, or the list, that the call reads."""
    written = call.arguments[0].value
    type_ = frame.type_of(call)
    found = _values(frame, written)
    if found is None:
        return _of_list(frame, written, word, type_)
    series, here = found.series, frame.standing
    if here is not None and found.own is None and word not in ("all", "latest"):
        _one_zone(series, here.series, written)
    match word:
        case "all":
            return found.gathered(range(len(series.keys)))
        case "latest":
            return found.at(len(series.keys) - 1)
        case "trailing":
            return _trailing(frame, call, found)
        case "previous":
            number = _period(here).number - 1
            # Before its own first partition there is nothing, whatever is stored.
            first = here is None or here.place == 0
            place = None if first else series.at(number)
            return missing(found.item) if place is None else soft(found.at(place))
        case "current":
            assert here is not None
            return found.at(series.places.get(here.key.name))
        case "within":
            inside = partition.within(series.periods, _period(here), _zone(here))
            return found.gathered(inside)
        case _:
            return found.at(partition.covering(series.periods, _period(here), series.zone))


def _one_zone(theirs: Series, ours: Series, written: ast.Expr) -> None:
    """Days of two zones do not go together; hours are the same everywhere."""
    if "hour" in (theirs.kind, ours.kind) or theirs.zone == ours.zone:
        return
    raise Mistaken(
        "MLP0608",
        f"these {theirs.kind}s are in {theirs.zone}, those of this block in {ours.zone}",
        written,
        "they begin and end at different times",
        ("give both blocks the same `zone`",),
    )


def _period(here: Standing | None) -> partition.Period:
    assert here is not None, "the checker wants a partition around it"
    assert here.key.period is not None, "the checker wants a partition by time around it"
    return here.key.period


def _zone(here: Standing | None) -> str:
    assert here is not None
    return here.series.zone


def _values(frame: Frame, written: ast.Expr) -> _Values | None:
    """What the call reads, None where it is no block of this program but a list of keys."""
    item = frame.type_of(written)
    if isinstance(item, Optional) and isinstance(item.inner, Per):
        item = item.inner
    many = isinstance(item, Per)
    if isinstance(item, Per):
        item = item.item
    series = _series(frame, written)
    if series is not None:
        return _Values(frame, written, series, item)
    here = frame.standing
    if here is None or many:
        return None
    return _Values(frame, written, here.series, item, own=here)


def _series(frame: Frame, written: ast.Expr) -> Series | None:
    """The partitioned block whose value an expression is."""
    name = _base(written)
    if name.name not in frame.names:
        return None
    value = frame.expression(written)
    while isinstance(value, Apply) and value.operator in ("soft", "if"):
        value = value.operands[0 if value.operator == "soft" else 1]
    return frame.shared.series.get(value.node) if isinstance(value, PortRef) else None


def _base(written: ast.Expr) -> ast.NameRef:
    while isinstance(written, ast.FieldOf):
        written = written.base
    assert isinstance(written, ast.NameRef), "the checker lets only paths through"
    return written


def _of_list(frame: Frame, written: ast.Expr, word: str, type_: Type) -> Expr:
    """The same of a list of keys and values, such as one that a `when` yields."""
    value = frame.expression(written)
    values = Apply(ListOf(type_), "each", (value,), ("value",))
    match word:
        case "all":
            return Apply(type_, "each", (value,), ("value",))
        case "latest":
            return Apply(type_, "index", (values, Literal(INT, -1)))
        case _:
            raise Mistaken(
                "MLP0601",
                f"`{word}` works on partitioned values",
                written,
                "which block this comes from is decided during the run",
                ("`all(x)` takes all of them",),
            )


def _trailing(frame: Frame, call: ast.Call, found: _Values) -> Expr:
    series = found.series
    window = _count(frame, call.arguments[1].value, series)
    least = next((a.value for a in call.arguments if a.name is not None), None)
    last = series.periods[-1] if frame.standing is None else _period(frame.standing)
    places = series.up_to(last.number, window)
    wanted = 0 if least is None else _count(frame, least, series)
    if least is not None and wanted > window:
        raise Mistaken(
            "MLP0609",
            "`at_least` is longer than the window",
            least,
            f"{wanted} {series.kind}s, of {window}",
        )
    if len(places) < wanted:
        text = (
            f"`{frame.source.slice(call.span)}` needs {wanted} {series.kind}s,"
            f" and only {len(places)} are in the range"
        )
        return Apply(frame.type_of(call), "absent", (), (text,))
    return found.gathered(places)


def _count(frame: Frame, written: ast.Expr, series: Series) -> int:
    """How many periods an amount of time is; months and years are counted."""
    amount = frame.known(written)
    assert isinstance(amount, int | float)
    length = partition.LENGTHS.get(series.kind)
    if length is None:
        return int(amount)
    number = amount / length.total_seconds()
    if number != int(number):
        raise Mistaken(
            "MLP0606",
            f"{frame.source.slice(written.span)} is not a whole number of {series.kind}s",
            written,
            f"{number:g} {series.kind}s",
        )
    return int(number)
