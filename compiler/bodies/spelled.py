"""Where statements spell names that need not be written."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable, Iterator

from .names import Reading, Use
from .variables import Place

# A use that is written as a number, and how many of its attributes stay behind that.
Spelled = tuple[Use, int, int]


def numbered(spelled: Iterable[Spelled], reading: Reading) -> Iterator[tuple[Place, Hashable]]:
    """Where a statement has the uses that are written as numbers."""
    for use, inside, number in spelled:
        for place in reading.places[use]:
            whose = place
            for _ in range(inside):
                assert isinstance(whose, ast.Attribute)
                whose = whose.value
            yield whose, number


def name_of(statement: ast.stmt) -> Place:
    """Where a statement spells the one name that it binds."""
    match statement:
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return target
        case _:
            return statement
