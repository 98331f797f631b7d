"""Records and metrics held against the checks of their schema: each is a table of one row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from .arrow import TableError
from .artifact import Json
from .descriptors import Type, fields, kind, part


def has_checks(type: Type) -> bool:
    """Whether a value of this type is, or holds, a record or metrics with checks."""
    head = kind(type)
    if head in ("optional", "List", "Map"):
        return has_checks(part(type))
    if head == "record":
        return bool(part(type, 2)) or any(has_checks(of) for _, of in fields(type))
    return head == "Metrics" and bool(part(type, 2))


def examine_rows(type: Type, value: object, checks: Json = None) -> tuple[str, ...]:
    """The conditions of policy `warn` that do not hold for a decoded value, in words.

    `checks` is the step's setting: where it is False nothing is looked at; a sample of one row is
    that row. Raises `TableError` for conditions that fail the step.
    """
    if checks is False or not has_checks(type):
        return ()
    found = list(_breaches(type, value, ""))
    failed = [words for policy, words in found if policy != "warn"]
    if failed:
        raise TableError("; ".join(failed))
    return tuple(words for _, words in found)


def _breaches(type: Type, value: object, place: str) -> Iterator[tuple[str, str]]:
    """Policy and words of every condition that does not hold in a value or below it."""
    head = kind(type)
    if value is None or not has_checks(type):
        return
    if head == "optional":
        yield from _breaches(part(type), value, place)
    elif head == "List":
        for index, item in enumerate(cast("list[object]", value)):
            yield from _breaches(part(type), item, f"{place}[{index}]")
    elif head == "Map":
        for name, item in cast("dict[str, object]", value).items():
            yield from _breaches(part(type), item, f"{place}[{name}]")
    else:
        row = cast("dict[str, object]", value)
        # Few values have checks, and every body's process would import what evaluates them.
        from .conditions import conditions_of, of_row

        for condition in conditions_of(part(type, 2)):
            words = of_row(condition, _columns(type, row))
            if words is not None:
                yield condition.policy, f"{place} {words}".lstrip()
        for name, of in fields(type):
            yield from _breaches(of, row.get(name), f"{place}.{name}".lstrip("."))


def _columns(type: Type, row: Mapping[str, object]) -> dict[str, object]:
    return {name: row.get(name) for name, _ in fields(type)}
