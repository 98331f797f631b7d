"""The one evaluator of expressions: constant folding, the local engine, helper nodes on engines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from itertools import product
from math import isfinite, prod
from typing import Final, cast

from .artifact import Artifact, Json
from .quantities import Size
from .values import INT_MAX, INT_MIN, ValueMismatch, decode, show

Names = Mapping[str, object]

# Longer lists are a mistake in a program, and would only fill the memory.
LONGEST = 1_000_000


class EvaluationError(Exception):
    """An expression has no value; the message says why in the user's words."""


class Absent(EvaluationError):  # noqa: N818 - it names what was met, not a fault
    """An expression reads what was skipped: who needs its value is skipped as well."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""What a name stands for whose node was skipped; reading it raises `Absent`."""


def evaluate(expression: Json, names: Names) -> object:
    """The value of an expression in JSON form; `names` are decoded values.

    `and`, `or`, `if` and `??` look only at what they need. Raises `EvaluationError`, of which
    `Absent` where it reads what was skipped.
    """
    form = cast("list[Json]", expression)
    head = cast(str, form[0])
    if head == "lit":
        try:
            return decode(form[1], form[2])
        except ValueMismatch as problem:
            raise EvaluationError(str(problem)) from None
    if head == "ref":
        name = cast(str, form[1])
        if name not in names:
            raise EvaluationError(f"`{name}` has no value here")
        if names[name] is ABSENT:
            raise Absent(f"`{name}` was skipped")
        return names[name]
    if head in _LAZY:
        return _LAZY[head](form, names)
    if head in _BINARY:
        return _BINARY[head](evaluate(form[1], names), evaluate(form[2], names))
    raise ValueError(f"unknown expression {head!r}")


def _field(form: list[Json], names: Names) -> object:
    owner, name = evaluate(form[1], names), cast(str, form[2])
    if owner is None and form[0] == "field?":
        return None
    return field(owner, name)


def field(owner: object, name: str) -> object:
    """`owner.name` of a record, metrics, Json object or artifact. Raises `EvaluationError`."""
    if owner is None:
        raise EvaluationError(f"`.{name}` of a missing value")
    if isinstance(owner, Artifact) and name in _OF_ARTIFACTS:
        return _OF_ARTIFACTS[name](owner)
    if not isinstance(owner, dict) or name not in owner:
        raise EvaluationError(f"there is no `.{name}` here")
    return cast("dict[str, object]", owner)[name]


# What a step made has no path of its own: it lies under its digest in whichever store has it.
_OF_ARTIFACTS: dict[str, Callable[[Artifact], object]] = {
    "size": lambda artifact: Size(artifact.size),
    "path": lambda artifact: artifact.source or f"objects/{artifact.hex[:2]}/{artifact.hex}",
}


def _index(form: list[Json], names: Names) -> object:
    owner, at = evaluate(form[1], names), evaluate(form[2], names)
    if isinstance(owner, dict) and isinstance(at, str):
        if at not in owner:
            raise EvaluationError(f"there is nothing under {_quoted(at)}; {_keys(owner)}")
        return cast("dict[str, object]", owner)[at]
    if not isinstance(_present(owner), list) or type(_present(at)) is not int:
        raise EvaluationError("only lists and maps have an element at [ ]")
    items, place = cast("list[object]", owner), cast(int, at)
    if not -len(items) <= place < len(items):
        counted = "1 element" if len(items) == 1 else f"{len(items)} elements"
        raise EvaluationError(f"the list has {counted}, there is none at [{place}]")
    return items[place]


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _keys(owner: dict[str, object]) -> str:
    if not owner:
        return "the map is empty"
    shown = ", ".join(_quoted(str(key)) for key in list(owner)[:12])
    return f"the map has {shown}" + (", ..." if len(owner) > 12 else "")


def _each(form: list[Json], names: Names) -> object:
    items, name = _items(evaluate(form[1], names)), form[2]
    return items if name is None else [field(item, cast(str, name)) for item in items]


def _and(form: list[Json], names: Names) -> object:
    return _truth(evaluate(form[1], names)) and _truth(evaluate(form[2], names))


def _or(form: list[Json], names: Names) -> object:
    return _truth(evaluate(form[1], names)) or _truth(evaluate(form[2], names))


def _coalesce(form: list[Json], names: Names) -> object:
    left = evaluate(form[1], names)
    return evaluate(form[2], names) if left is None else left


def _if(form: list[Json], names: Names) -> object:
    return evaluate(form[2] if _truth(evaluate(form[1], names)) else form[3], names)


def _not(form: list[Json], names: Names) -> object:
    return not _truth(evaluate(form[1], names))


def _float(form: list[Json], names: Names) -> object:
    """An Int where a Float is meant: `if c then 1 else 2.5`."""
    value = evaluate(form[1], names)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _negative(form: list[Json], names: Names) -> object:
    # The smallest Int is written as one more than the largest, negated.
    if form[1] in (["lit", "Int", -INT_MIN], ["lit", "Int", str(-INT_MIN)]):
        return INT_MIN
    return _subtract_from_zero(evaluate(form[1], names))


def _soft(form: list[Json], names: Names) -> object:
    """None where the expression reads what was skipped."""
    try:
        return evaluate(form[1], names)
    except Absent:
        return None


def _gather(form: list[Json], names: Names) -> object:
    """The list of those elements that read nothing skipped."""
    gathered = []
    for item in cast("list[Json]", form[1]):
        try:
            gathered.append(evaluate(item, names))
        except Absent:
            continue
    return gathered


def _absent(form: list[Json], _: Names) -> object:
    raise Absent(cast(str, form[1]))


def _text(form: list[Json], names: Names) -> object:
    texts = [
        piece if isinstance(piece, str) else show(_present(evaluate(piece, names)))
        for piece in cast("list[Json]", form[1])
    ]
    return "".join(texts)


def _list(form: list[Json], names: Names) -> object:
    return [evaluate(item, names) for item in cast("list[Json]", form[1])]


def _record(form: list[Json], names: Names) -> object:
    pairs = cast("list[list[Json]]", form[1])
    return {cast(str, name): evaluate(value, names) for name, value in pairs}


def _call(form: list[Json], names: Names) -> object:
    name = cast(str, form[1])
    given = [evaluate(item, names) for item in cast("list[Json]", form[2])]
    named = cast("dict[str, Json]", form[3] if len(form) > 3 else {})
    return _CALLED[name](given, {word: evaluate(item, names) for word, item in named.items()})


_LAZY: dict[str, Callable[[list[Json], Names], object]] = {
    "field": _field,
    "field?": _field,
    "index": _index,
    "each": _each,
    "and": _and,
    "or": _or,
    "??": _coalesce,
    "if": _if,
    "not": _not,
    "neg": _negative,
    "float": _float,
    "text": _text,
    "list": _list,
    "record": _record,
    "call": _call,
    "soft": _soft,
    "gather": _gather,
    "absent": _absent,
}


def _present(value: object) -> object:
    if value is None:
        raise EvaluationError("a value is missing here")
    return value


def _truth(value: object) -> bool:
    if not isinstance(_present(value), bool):
        raise EvaluationError(f"{show(value)} is neither true nor false")
    return cast(bool, value)


def _items(value: object) -> list[object]:
    if not isinstance(_present(value), list):
        raise EvaluationError(f"{show(value)} is not a list")
    return cast("list[object]", value)


def _number(value: object) -> bool:
    return type(value) in (int, float)


def _checked(value: int | float) -> int | float:
    if isinstance(value, float):
        if not isfinite(value):
            raise EvaluationError("the result is too large for a Float")
    elif not INT_MIN <= value <= INT_MAX:
        raise EvaluationError(f"{value} does not fit into 64 bits")
    return value


def _size(count: int) -> Size:
    return Size(_checked(count))


def _moved(day: date, by: timedelta) -> date:
    if not isinstance(day, datetime) and by % timedelta(days=1):
        raise EvaluationError(f"a Date moves by whole days, not by {show(by)}")
    return day + by


def _refuse(sign: str, a: object, b: object) -> EvaluationError:
    for value in (a, b):
        _present(value)
    return EvaluationError(f"{show(a)} {sign} {show(b)} has no meaning")


def _guarded(
    sign: str, compute: Callable[[object, object], object | None]
) -> Callable[[object, object], object]:
    """`compute` answers None where the operator is not defined for its operands."""

    def run(a: object, b: object) -> object:
        try:
            result = compute(a, b)
        except ZeroDivisionError:
            raise EvaluationError(f"{show(a)} {sign} {show(b)} divides by zero") from None
        except OverflowError:
            raise EvaluationError(f"{show(a)} {sign} {show(b)} is out of range") from None
        if result is None:
            raise _refuse(sign, a, b)
        return result

    return run


def _add(a: object, b: object) -> object | None:
    if _number(a) and _number(b):
        return _checked(cast(float, a) + cast(float, b))
    if isinstance(a, Size) and isinstance(b, Size):
        return _size(int(a) + int(b))
    if isinstance(a, timedelta) and isinstance(b, timedelta):
        return a + b
    if isinstance(a, date) and isinstance(b, timedelta):
        return _moved(a, b)
    if isinstance(b, date) and isinstance(a, timedelta):
        return _moved(b, a)
    return None


def _subtract(a: object, b: object) -> object | None:
    if _number(a) and _number(b):
        return _checked(cast(float, a) - cast(float, b))
    if isinstance(a, Size) and isinstance(b, Size):
        return _size(int(a) - int(b))
    if isinstance(a, timedelta) and isinstance(b, timedelta):
        return a - b
    if isinstance(a, date) and isinstance(b, timedelta):
        return _moved(a, -b)
    if isinstance(a, datetime) and isinstance(b, datetime):
        return a - b
    if type(a) is date and type(b) is date:
        return a - b
    return None


def _multiply(a: object, b: object) -> object | None:
    if _number(a) and _number(b):
        return _checked(cast(float, a) * cast(float, b))
    if _number(a):
        a, b = b, a
    if not _number(b):
        return None
    if isinstance(a, timedelta):
        return a * cast(float, b)
    return _size(round(int(a) * cast(float, b))) if isinstance(a, Size) else None


def _divide(a: object, b: object) -> object | None:
    if _number(a) and _number(b):
        return _checked(cast(float, a) / cast(float, b))
    if isinstance(a, timedelta) and (isinstance(b, timedelta) or _number(b)):
        return a / cast(float, b)
    if isinstance(a, Size) and isinstance(b, Size):
        return int(a) / int(b)
    if isinstance(a, Size) and _number(b):
        return _size(round(int(a) / cast(float, b)))
    return None


def _subtract_from_zero(value: object) -> object:
    if _number(value):
        return _checked(-cast(float, value))
    if isinstance(value, timedelta):
        return -value
    if isinstance(value, Size):
        return _size(-int(value))
    raise EvaluationError(f"-{show(_present(value))} has no meaning")


def _family(value: object) -> type:
    """What a value can be compared with: numbers with numbers, sizes with sizes, and so on."""
    return float if _number(value) else type(value)


def _ordered(sign: str, wanted: tuple[int, ...]) -> Callable[[object, object], object]:
    def run(a: object, b: object) -> object:
        if _family(a) is not _family(b) or not isinstance(a, (int, float, str, date, timedelta)):
            raise _refuse(sign, a, b)
        return ((a > b) - (a < b)) in wanted  # type: ignore[operator]  # one family: comparable

    return run


def _equal(a: object, b: object) -> bool:
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_equal(a[name], b[name]) for name in a)
    return _family(a) is _family(b) and a == b


def _contains(item: object, items: object) -> bool:
    if isinstance(items, dict):
        return item in items
    return any(_equal(item, other) for other in _items(items))


_BINARY: dict[str, Callable[[object, object], object]] = {
    "+": _guarded("+", _add),
    "-": _guarded("-", _subtract),
    "*": _guarded("*", _multiply),
    "/": _guarded("/", _divide),
    "==": _equal,
    "!=": lambda a, b: not _equal(a, b),
    "<": _ordered("<", (-1,)),
    "<=": _ordered("<=", (-1, 0)),
    ">": _ordered(">", (1,)),
    ">=": _ordered(">=", (0, 1)),
    "in": _contains,
    "not in": lambda a, b: not _contains(a, b),
}


Given = Sequence[object]
Named = Mapping[str, object]


def _bounded(name: str, length: int) -> None:
    if length > LONGEST:
        raise EvaluationError(f"{name} would have {length:,} elements, {LONGEST:,} at most")


def _grid(_: Given, named: Named) -> object:
    axes = [_items(values) for values in named.values()]
    _bounded("grid", prod(len(axis) for axis in axes))
    return [dict(zip(named, row, strict=True)) for row in product(*axes)]


def _zip(given: Given, named: Named) -> object:
    columns = [_items(values) for values in (*given, *named.values())]
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
    if not isinstance(_present(given[0]), (list, dict, str)):
        raise EvaluationError(f"{show(given[0])} has no length")
    return len(cast("list[object]", given[0]))


def _concat(given: Given, _: Named) -> object:
    lists = [_items(items) for items in given]
    _bounded("concat", sum(map(len, lists)))
    return [item for items in lists for item in items]


def _extreme(name: str, better: str) -> Callable[[Given, Named], object]:
    def run(given: Given, _: Named) -> object:
        alone = len(given) == 1 and isinstance(given[0], list)
        items = _items(given[0]) if alone else list(given)
        return _best(name, better, items, items)

    return run


def _extreme_by(name: str, better: str) -> Callable[[Given, Named], object]:
    def run(given: Given, named: Named) -> object:
        items, by = _items(given[0]), next(iter((*given[1:], *named.values())))
        return _best(name, better, items, [field(item, cast(str, by)) for item in items])

    return run


def _best(name: str, better: str, items: list[object], marks: list[object]) -> object:
    """The item with the best mark, the first of equals."""
    if not items:
        raise EvaluationError(f"{name} of nothing")
    best = 0
    for index in range(1, len(items)):
        if _BINARY[better](marks[index], marks[best]):
            best = index
    return items[best]


def _round(given: Given, named: Named) -> object:
    value, *rest = [*given, *named.values()]
    if not _number(value) or not all(type(digits) is int for digits in rest):
        raise EvaluationError(f"round({show(value)}) has no meaning")
    if not rest:
        return _checked(round(cast(float, value)))
    try:
        return round(float(cast(float, value)), cast(int, rest[0]))
    except OverflowError:
        raise EvaluationError("the result is too large for a Float") from None


def _matches(given: Given, named: Named) -> object:
    """Whether the whole text is of a pattern."""
    text, pattern = [*given, *named.values()]
    if not isinstance(_present(text), str):
        raise EvaluationError(f"{show(text)} is not a text")
    return _pattern(cast(str, pattern)).fullmatch(cast(str, text)) is not None


@lru_cache(maxsize=64)
def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except (re.error, OverflowError, RecursionError) as problem:
        raise EvaluationError(f"{_quoted(text)} is no regular expression: {problem}") from None


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
_CALLED = {**FUNCTIONS, "matches": _matches}


def show_items(value: object) -> list[str]:
    """The words a value gives in a command line: a list one each, a missing value none."""
    if value is None:
        return []
    return [show(item) for item in value] if isinstance(value, list) else [show(value)]
