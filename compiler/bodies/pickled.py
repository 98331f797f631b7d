"""The definitions that pickled objects name: their bytes say where those lie, not what they do."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ...runtime.dataclass import dataclass
from .normal import copies_of, digest_json, digest_of, form_of, late_names, order_of, references_of
from .resolve import Foreign, Trouble, Unit, Whole
from .walk import Walk

_WRITERS = ("cloudpickle.", "dill.", "joblib.dump.", "pickle.", "shelve.", "torch.save.")
# Calls that make a class, which is named after where it is bound.
_MAKERS = frozenset("Enum Flag IntEnum NamedTuple StrEnum make_dataclass namedtuple type".split())


@dataclass(frozen=True, slots=True)
class Pickled:
    """What objects that the code makes may name when they are written.

    `digest` says what it is called and what it does, `modules` in which of the project's modules
    it lies. `writes` says that the code itself may write such objects.
    """

    digest: str
    modules: tuple[str, ...]
    writes: bool


def pickled(walk: Walk) -> Pickled | None:
    """The classes that a finished walk has reached, and functions that are more than called."""
    reached = (unit for unit in walk.numbers if isinstance(unit, Unit))
    named = [unit for unit in reached if _is_named(walk, unit)]
    if not named:
        return None
    names = sorted(
        f"{unit.module}:{name}"
        for unit in named
        for name in walk.ran[unit.module].bound[unit.position].names
    )
    return Pickled(
        digest_json({"names": names, "code": _code(walk, named)}),
        tuple(sorted({unit.module for unit in named})),
        any(f"{name}.".startswith(_WRITERS) for name in foreign_names(walk)),
    )


def _is_named(walk: Walk, unit: Unit) -> bool:
    if not unit.module.replace(".", "").isidentifier():
        return False  # a notebook, in which nobody else can look
    match walk.ran[unit.module].body[unit.position]:
        case ast.ClassDef():
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return unit in walk.handed_on
        case ast.Assign(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name in _MAKERS
        case _:
            return False


def _code(walk: Walk, roots: Iterable[Unit]) -> object:
    """What the definitions do: all of the slice, where parts of it change what others see."""
    if order_of(walk) or late_names(walk) or copies_of(walk) or walk.texts:
        return digest_of(walk)
    numbers: dict[Unit | Whole, int] = {}
    waiting: list[Unit | Whole] = list(roots)
    while waiting:
        target = waiting.pop()
        if target not in numbers:
            numbers[target] = len(numbers)
            for _, found in walk.references.get(target, ()):
                waiting += [each for each in found if isinstance(each, Unit | Whole)]
    return [
        [
            form_of(walk, target),
            [
                [
                    chain,
                    [
                        each.name if isinstance(each, Foreign) else numbers[each]
                        for each in found
                        if not isinstance(each, Trouble)
                    ],
                ]
                for chain, found in references_of(walk, target)
            ],
        ]
        for target in numbers
    ]


def foreign_names(walk: Walk) -> Iterator[str]:
    """The dotted names outside the project that reached code uses."""
    for references in walk.references.values():
        for _, found in references:
            yield from (each.whole for each in found if isinstance(each, Foreign))
