"""The one evaluator of expressions: constant folding, the local engine, helper nodes on engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final, cast

from .artifact import Json
from .descriptors import ValueMismatch
from .functions import CALLED
from .functions import FUNCTIONS as FUNCTIONS
from .operators import BINARY, element, field, items_of, negated, present, truth
from .operators import EvaluationError as EvaluationError
from .scalars import INT_MIN
from .texts import show
from .values import decode

Names = Mapping[str, object]


class Absent(EvaluationError):  # noqa: N818 - it names what was met, not a fault
    """An expression reads what was skipped: who needs its value is skipped as well."""


class Blocked(EvaluationError):  # noqa: N818 - it names what was met, not a fault
    """An expression reads what failed: who needs its value does not run."""


class _Lacking(Enum):
    ABSENT = "absent"
    FAILED = "failed"


ABSENT: Final = _Lacking.ABSENT
"""What a name stands for whose node was skipped; reading it raises `Absent`."""

FAILED: Final = _Lacking.FAILED
"""What a name stands for whose node failed, or never ran below a failure; reading it raises
`Blocked`."""


def evaluate(expression: Json, names: Names) -> object:
    """The value of an expression in JSON form; `names` are decoded values.

    `and`, `or`, `if` and `??` look only at what they need. Raises `EvaluationError`, of which
    `Absent` where it reads what was skipped and `Blocked` where it reads what failed.
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
        if names[name] is FAILED:
            raise Blocked(f"`{name}` failed")
        return names[name]
    if head in _LAZY:
        return _LAZY[head](form, names)
    if head in BINARY:
        return BINARY[head](evaluate(form[1], names), evaluate(form[2], names))
    raise ValueError(f"unknown expression {head!r}")


def _field(form: list[Json], names: Names) -> object:
    owner, name = evaluate(form[1], names), cast(str, form[2])
    if owner is None and form[0] == "field?":
        return None
    return field(owner, name)


def _index(form: list[Json], names: Names) -> object:
    return element(evaluate(form[1], names), evaluate(form[2], names))


def _each(form: list[Json], names: Names) -> object:
    items, name = items_of(evaluate(form[1], names)), form[2]
    return items if name is None else [field(item, cast(str, name)) for item in items]


def _and(form: list[Json], names: Names) -> object:
    return truth(evaluate(form[1], names)) and truth(evaluate(form[2], names))


def _or(form: list[Json], names: Names) -> object:
    return truth(evaluate(form[1], names)) or truth(evaluate(form[2], names))


def _coalesce(form: list[Json], names: Names) -> object:
    left = evaluate(form[1], names)
    return evaluate(form[2], names) if left is None else left


def _if(form: list[Json], names: Names) -> object:
    return evaluate(form[2] if truth(evaluate(form[1], names)) else form[3], names)


def _not(form: list[Json], names: Names) -> object:
    return not truth(evaluate(form[1], names))


def _float(form: list[Json], names: Names) -> object:
    """An Int where a Float is meant: `if c then 1 else 2.5`."""
    value = evaluate(form[1], names)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _negative(form: list[Json], names: Names) -> object:
    # The smallest Int is written as one more than the largest, negated.
    if form[1] in (["lit", "Int", -INT_MIN], ["lit", "Int", str(-INT_MIN)]):
        return INT_MIN
    return negated(evaluate(form[1], names))


def _soft(form: list[Json], names: Names) -> object:
    """None where the expression reads what was skipped."""
    try:
        return evaluate(form[1], names)
    except Absent:
        return None


def _hindsight(form: list[Json], names: Names) -> object:
    """None where the expression has no value: hooks look back on what came to nothing."""
    try:
        return evaluate(form[1], names)
    except EvaluationError:
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
        piece if isinstance(piece, str) else show(present(evaluate(piece, names)))
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
    return CALLED[name](given, {word: evaluate(item, names) for word, item in named.items()})


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
    "hindsight": _hindsight,
    "gather": _gather,
    "absent": _absent,
}


def show_items(value: object) -> list[str]:
    """The words a value gives in a command line: a list one each, a missing value none."""
    if value is None:
        return []
    return [show(item) for item in value] if isinstance(value, list) else [show(value)]
