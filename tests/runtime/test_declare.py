"""Our data classes behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from millpond.runtime import declare

KINDS: list[Any] = [declare, dataclasses]


def made(kind: Any, *, frozen: bool = True) -> Any:
    """The same class, declared by ours and by the standard decorator."""

    @kind.dataclass(frozen=frozen, slots=True)
    class Point:
        x: int
        y: int = 2
        names: list[str] = kind.field(default_factory=list)
        place: str = kind.field(default_factory=str, repr=False, compare=False)

        def __post_init__(self) -> None:
            if self.x < 0:
                raise ValueError("negative")

    Point.__qualname__ = "Point"
    return Point


@declare.dataclass(frozen=True, slots=True)
class Pair:
    left: int
    right: str = "r"


OBSERVATIONS: list[Callable[[Any, Any], object]] = [
    lambda kind, cls: repr(cls(1, names=["a"], place="here")),
    lambda kind, cls: cls(1) == cls(1, 2),
    lambda kind, cls: cls(1) == cls(2),
    lambda kind, cls: cls(1, place="a") == cls(1, place="b"),
    lambda kind, cls: cls(1) == (1, 2, []),
    lambda kind, cls: kind.replace(cls(1), y=5).y,
    lambda kind, cls: [field.name for field in dataclasses.fields(cls)],
    lambda kind, cls: dataclasses.asdict(cls(1, names=["a"])),
    lambda kind, cls: cls.__match_args__,
    lambda kind, cls: cls.__slots__,
    lambda kind, cls: cls(1).names is cls(1).names,
    lambda kind, cls: copy.copy(cls(1, 7)).y,
]


@pytest.mark.parametrize("observe", OBSERVATIONS)
def test_both_say_the_same(observe: Callable[[Any, Any], object]) -> None:
    ours, theirs = (observe(kind, made(kind)) for kind in KINDS)
    assert ours == theirs


MISUSES: list[Callable[[Any], object]] = [
    lambda cls: cls(),
    lambda cls: cls(1, 2, [], "", 5),
    lambda cls: cls(1, z=3),
    lambda cls: cls(-1),
    lambda cls: hash(cls(1)),
]


@pytest.mark.parametrize("misuse", MISUSES)
def test_both_refuse_the_same(misuse: Callable[[Any], object]) -> None:
    caught = []
    for kind in KINDS:
        with pytest.raises((TypeError, ValueError)) as error:
            misuse(made(kind))
        caught.append(error.type)
    assert caught[0] is caught[1]


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_values_do_not_change(kind: Any) -> None:
    value = made(kind)(1)
    with pytest.raises(AttributeError):
        value.x = 2
    with pytest.raises(AttributeError):
        del value.x


@pytest.mark.parametrize("kind", KINDS)
def test_others_do(kind: Any) -> None:
    value = made(kind, frozen=False)(1)
    value.x = 5
    assert value.x == 5
    with pytest.raises(TypeError):
        hash(value)


def test_values_are_keys_and_travel_between_processes() -> None:
    pair = Pair(1)
    assert {pair: "found"}[Pair(1, "r")] == "found"
    assert pickle.loads(pickle.dumps(pair)) == pair
    match pair:
        case Pair(left, right):
            assert (left, right) == (1, "r")
