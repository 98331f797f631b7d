"""The graph of a pipeline as it is drawn: no file is read, and no run is needed for its shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta

from ...runtime.artifact import Artifact
from ...runtime.dataclass import dataclass
from ..check.walk import names_in
from ..ir import meaning
from ..ir.graph import Graph
from ..ir.nodes import Parameter
from ..ir.values import Literal
from ..lower import Choice, Mistaken, NotKnown, RangeNotKnown, lower
from ..passes import DEFAULT
from ..passes.run import run as run_passes
from ..syntax import ast
from ..types.types import (
    BOOL,
    DATE,
    DURATION,
    FLOAT,
    INT,
    SIZE,
    STRING,
    TIME,
    ListOf,
    Type,
)
from .build import lowered
from .choose import Chosen
from .disk import Disk
from .front import Checked
from .parameters import DAY, parameters_of

_FIRST = date(2026, 1, 1)
_APART = timedelta(days=3)


class _Unread(Disk):
    """The files around a program, of which only the names are looked at."""

    def of(self, module: str) -> Disk:
        other = super().of(module)
        return _Unread(other.shelf, other.home, other.path)

    def artifact(self, path: str) -> Artifact:
        return Artifact("sha256:" + "0" * 64, 0, path.rpartition("/")[2], path)


@dataclass(frozen=True, slots=True)
class Sketch:
    """A graph to be looked at, and the settings in it that parameters decide."""

    graph: Graph
    unknown: tuple[NotKnown, ...]


def sketch(checked: Checked, chosen: Chosen, *, is_drawn: bool = True) -> Sketch:
    """The graph with every parameter open. Where a partition goes through keys that parameters
    decide, a few keys stand for all of them. What is not drawn is asked for the paths of files.

    Raises `NotKnown` after reporting it.
    """
    assert checked.program is not None
    disk = checked.disk
    reader = _Unread(disk.shelf, disk.home, disk.path)
    parameters = parameters_of(checked, chosen)
    given: dict[str, Literal] = {}
    unknown: list[NotKnown] = []
    while True:
        choice = Choice(
            chosen.pipeline, chosen.block, chosen.kind, given, checked.project.environment, is_drawn
        )
        try:
            graph = run_passes(lower(checked.program, choice, reader), DEFAULT)
            return Sketch(graph, tuple(unknown))
        except RangeNotKnown as problem:
            more = dict(_samples(problem.bound, parameters))
        except NotKnown as problem:
            more = dict(_samples(problem.expression, parameters))
            unknown.append(problem)
        except Mistaken:
            more = {}
        if more.keys() <= given.keys():
            # Nothing is said of values that nobody gave.
            return Sketch(lowered(checked, chosen, {}), ())
        given.update(more)


def _samples(bound: ast.Expr, parameters: tuple[Parameter, ...]) -> Iterator[tuple[str, Literal]]:
    """A value for each parameter that decides about something, dates in the order of the
    parameters; the day of the run is after all of them."""
    names = {name.name for name in names_in(bound)}
    known = {parameter.name for parameter in parameters}
    day = _FIRST
    for parameter in parameters:
        value = parameter.default or sample(parameter.type, day)
        if value is not None and (parameter.name in names or not names <= known):
            yield parameter.name, value
        if value is not None and parameter.type in (DATE, TIME):
            found = date.fromisoformat(str(value.value)[:10])
            day = max(day, found) + _APART if found < date.max - 2 * _APART else day
    yield DAY, meaning.constant(DATE, day + _APART)


def sample(type_: Type, day: date) -> Literal | None:
    values: Mapping[Type, object] = {
        BOOL: True,
        DATE: day,
        DURATION: timedelta(days=1),
        FLOAT: 1.0,
        INT: 2,
        SIZE: 1_000_000_000,
        STRING: "key",
        TIME: datetime(day.year, day.month, day.day, tzinfo=UTC),
        ListOf(INT): [1],
        ListOf(STRING): ["key"],
    }
    return meaning.constant(type_, values[type_]) if type_ in values else None
