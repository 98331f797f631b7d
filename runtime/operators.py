"""What the operators do: numbers, times, sizes and texts, and what lies inside of a value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import isfinite
from typing import cast

from .artifact import Artifact
from .quantities import Size
from .scalars import INT_MAX, INT_MIN
from .texts import show


class EvaluationError(Exception):
    """An expression has no value; the message says why in the user's words."""


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


def element(owner: object, at: object) -> object:
    """`owner[at]` of a list, map or Json object. Raises `EvaluationError`."""
    if isinstance(owner, dict) and isinstance(at, str):
        if at not in owner:
            raise EvaluationError(f"there is nothing under {quoted(at)}; {_keys(owner)}")
        return cast("dict[str, object]", owner)[at]
    if not isinstance(present(owner), list) or type(present(at)) is not int:
        raise EvaluationError("only lists and maps have an element at [ ]")
    items, place = cast("list[object]", owner), cast(int, at)
    if not -len(items) <= place < len(items):
        counted = "1 element" if len(items) == 1 else f"{len(items)} elements"
        raise EvaluationError(f"the list has {counted}, there is none at [{place}]")
    return items[place]


def quoted(text: str) -> str:
    """A text as the source writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _keys(owner: dict[str, object]) -> str:
    if not owner:
        return "the map is empty"
    shown = ", ".join(quoted(str(key)) for key in list(owner)[:12])
    return f"the map has {shown}" + (", ..." if len(owner) > 12 else "")


def present(value: object) -> object:
    """The value. Raises `EvaluationError` where it is missing."""
    if value is None:
        raise EvaluationError("a value is missing here")
    return value


def truth(value: object) -> bool:
    """The Bool. Raises `EvaluationError` for anything else."""
    if not isinstance(present(value), bool):
        raise EvaluationError(f"{show(value)} is neither true nor false")
    return cast(bool, value)


def items_of(value: object) -> list[object]:
    """The list. Raises `EvaluationError` for anything else."""
    if not isinstance(present(value), list):
        raise EvaluationError(f"{show(value)} is not a list")
    return cast("list[object]", value)


def is_number(value: object) -> bool:
    """Whether it is an Int or a Float, which a Bool or a Size is not."""
    return type(value) in (int, float)


def checked(value: int | float) -> int | float:
    """The number. Raises `EvaluationError` where its type does not hold it."""
    if isinstance(value, float):
        if not isfinite(value):
            raise EvaluationError("the result is too large for a Float")
    elif not INT_MIN <= value <= INT_MAX:
        raise EvaluationError(f"{value} does not fit into 64 bits")
    return value


def _size(count: int) -> Size:
    return Size(checked(count))


def _moved(day: date, by: timedelta) -> date:
    if not isinstance(day, datetime) and by % timedelta(days=1):
        raise EvaluationError(f"a Date moves by whole days, not by {show(by)}")
    return day + by


def _refuse(sign: str, a: object, b: object) -> EvaluationError:
    for value in (a, b):
        present(value)
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
    if is_number(a) and is_number(b):
        return checked(cast(float, a) + cast(float, b))
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
    if is_number(a) and is_number(b):
        return checked(cast(float, a) - cast(float, b))
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
    if is_number(a) and is_number(b):
        return checked(cast(float, a) * cast(float, b))
    if is_number(a):
        a, b = b, a
    if not is_number(b):
        return None
    if isinstance(a, timedelta):
        return a * cast(float, b)
    return _size(round(int(a) * cast(float, b))) if isinstance(a, Size) else None


def _divide(a: object, b: object) -> object | None:
    if is_number(a) and is_number(b):
        return checked(cast(float, a) / cast(float, b))
    if isinstance(a, timedelta) and (isinstance(b, timedelta) or is_number(b)):
        return a / cast(float, b)
    if isinstance(a, Size) and isinstance(b, Size):
        return int(a) / int(b)
    if isinstance(a, Size) and is_number(b):
        return _size(round(int(a) / cast(float, b)))
    return None


def negated(value: object) -> object:
    """`-value`. Raises `EvaluationError` where that has no meaning."""
    if is_number(value):
        return checked(-cast(float, value))
    if isinstance(value, timedelta):
        return -value
    if isinstance(value, Size):
        return _size(-int(value))
    raise EvaluationError(f"-{show(present(value))} has no meaning")


def _family(value: object) -> type:
    """What a value can be compared with: numbers with numbers, sizes with sizes, and so on."""
    return float if is_number(value) else type(value)


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
    return any(_equal(item, other) for other in items_of(items))


BINARY: dict[str, Callable[[object, object], object]] = {
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
