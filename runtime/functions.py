"""The functions that are built in, over decoded values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import cast

from .operators import (
    BINARY,
    EvaluationError,
    checked,
    field,
    is_number,
    items_of,
    present,
    quoted,
)
from .texts import show

# Longer lists are a mistake in a program, and would only fill the memory.
LONGEST = 1_000_000

Given = Sequence[object]
Named = Mapping[str, object]


def _bounded(name: str, length: int) -> None:
    if length > LONGEST:
        raise EvaluationError(f"{name} would have {length:,} elements, {LONGEST:,} at most")


def _grid(_: Given, named: Named) -> object:
    axes = [items_of(values) for values in named.values()]
    _bounded("grid", prod(len(axis) for axis in axes))
    return [dict(zip(named, row, strict=True)) for row in product(*axes)]


def _zip(given: Given, named: Named) -> object:
    columns = [items_of(values) for values in (*given, *named.values())]
    if len({len(column) for column in columns}) > 1:
        lengths = ", ".join(str(len(column)) for column in columns)
        raise EvaluationError(f"zip wants lists of one length, these have {lengths}")
    rows = zip(*columns, strict=True)
    return [dict(zip(named, row, strict=True)) if named else list(row) for row in rows]


def _range(given: Given, named: Named) -> object:
    bounds = [*given, *named.values()]
    if not all(type(bound) is int for bound in bounds):
        raise EvaluationError("range counts in whole numbers")
    if len(bounds) == 3 and bounds[2] == 0:
        raise EvaluationError("range cannot go in steps of 0")
    numbers = range(*cast("list[int]", bounds))
    # `len` of a range counts in machine words only.
    _bounded("range", max(0, -((numbers.start - numbers.stop) // numbers.step)))
    return list(numbers)


def _len(given: Given, _: Named) -> object:
    if not isinstance(present(given[0]), (list, dict, str)):
        raise EvaluationError(f"{show(given[0])} has no length")
    return len(cast("list[object]", given[0]))


def _concat(given: Given, _: Named) -> object:
    lists = [items_of(items) for items in given]
    _bounded("concat", sum(map(len, lists)))
    return [item for items in lists for item in items]


def _extreme(name: str, better: str) -> Callable[[Given, Named], object]:
    def run(given: Given, _: Named) -> object:
        alone = len(given) == 1 and isinstance(given[0], list)
        items = items_of(given[0]) if alone else list(given)
        return _best(name, better, items, items)

    return run


def _extreme_by(name: str, better: str) -> Callable[[Given, Named], object]:
    def run(given: Given, named: Named) -> object:
        items, by = items_of(given[0]), next(iter((*given[1:], *named.values())))
        return _best(name, better, items, [field(item, cast(str, by)) for item in items])

    return run


def _best(name: str, better: str, items: list[object], marks: list[object]) -> object:
    """The item with the best mark, the first of equals."""
    if not items:
        raise EvaluationError(f"{name} of nothing")
    best = 0
    for index in range(1, len(items)):
        if BINARY[better](marks[index], marks[best]):
            best = index
    return items[best]


def _round(given: Given, named: Named) -> object:
    value, *rest = [*given, *named.values()]
    if not is_number(value) or not all(type(digits) is int for digits in rest):
        raise EvaluationError(f"round({show(value)}) has no meaning")
    if not rest:
        return checked(round(cast(float, value)))
    try:
        return round(float(cast(float, value)), cast(int, rest[0]))
    except OverflowError:
        raise EvaluationError("the result is too large for a Float") from None


def _matches(given: Given, named: Named) -> object:
    """Whether the whole text is of a pattern."""
    text, pattern = [*given, *named.values()]
    if not isinstance(present(text), str):
        raise EvaluationError(f"{show(text)} is not a text")
    return _pattern(cast(str, pattern)).fullmatch(cast(str, text)) is not None


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as problem:
        raise EvaluationError(f"{quoted(text)} is no regular expression: {problem}") from None


FUNCTIONS: dict[str, Callable[[Given, Named], object]] = {
    "grid": _grid,
    "zip": _zip,
    "range": _range,
    "len": _len,
    "concat": _concat,
    "min": _extreme("min", "<"),
    "max": _extreme("max", ">"),
    "min_by": _extreme_by("min_by", "<"),
    "max_by": _extreme_by("max_by", ">"),
    "round": _round,
}
# A pattern may take for ever: only what runs looks at one.
CALLED = {**FUNCTIONS, "matches": _matches}
