"""More such modules: code that reads hints, and code whose hints nobody reads."""

from __future__ import annotations

HINTED = (
    # functions that are only called, with hints that are evaluated and do nothing
    """
    --- {p}.py
    import math
    from typing import Literal, Optional, TypeVar
    from {p}_kinds import Row, Rows
    T = TypeVar("T")
    LIMIT: int = 3
    NAMES: dict[str, "Row"] = {}
    def first(rows: Rows, *more: int, by: Optional[Row] = None) -> Row | None:
        found: Row | None = None
        for row in rows:
            found = row
        return found or by
    def scaled(x: float, mode: Literal["up", "down"] = "up") -> float:
        factor: float = math.pi if mode == "up" else 1
        return round(x * factor + LIMIT, 3)
    def same(x: T) -> T:
        return x
    def value() -> list:
        return [first([1, 2], 3), scaled(2.0), scaled(same(3)), NAMES]
    --- {p}_kinds.py
    class Row:
        size: int = 1
    Rows = list[Row]
    """,
    # who reads hints: classes, decorators, registries, the functions themselves, the module
    """
    --- {p}/__init__.py
    import inspect
    import typing
    from dataclasses import dataclass, fields
    from functools import singledispatch, wraps
    from . import settings
    LEVEL: int = 2
    BY_KIND = {}
    def typed(function):
        kinds = typing.get_type_hints(function)
        @wraps(function)
        def checked(x):
            return function(kinds.get("x", str)(x))
        return checked
    def register(function):
        BY_KIND[str(inspect.signature(function))] = function
        return function
    @dataclass
    class Item:
        size: int
        name: "str" = "x"
    class Point(typing.NamedTuple):
        x: int = 1
    @typed
    def doubled(x: int):
        return x * 2
    @register
    def taken(x: float) -> float:
        return x
    @singledispatch
    def show(x):
        return "any"
    @show.register
    def _(x: int):
        return "int"
    def plain(x: int) -> str:
        return x
    def handed(x: int) -> int:
        return x
    def asked(function):
        return sorted(str(each) for each in function.__annotations__.values())
    def value():
        return (
            doubled("3"), sorted(BY_KIND), show(1), show("a"), plain(4), asked(handed),
            [(f.name, str(f.type)) for f in fields(Item)], Point.__annotations__,
            sorted(__annotations__), sorted(settings.__annotations__),
        )
    --- {p}/settings.py
    SCALE: float = 1.5
    NAME: "str" = "n"
    """,
    # hints that do something when they are evaluated, and modules that may not load
    """
    --- {p}/__init__.py
    import collections
    from .table import SEEN, note
    try:
        from .fast import speed
    except Exception:
        speed = None
    COUNTS = collections.defaultdict(int)
    class Kind:
        def __class_getitem__(cls, item):
            SEEN.append(item)
            return cls
    def noted(x: note("here")) -> COUNTS["there"]:
        return x
    def asked(x: Kind[3]):
        return x
    def value():
        return noted(1), asked(2), SEEN, dict(COUNTS), speed and speed(3)
    --- {p}/table.py
    SEEN = []
    def note(word):
        SEEN.append(word)
        return word
    --- {p}/fast.py
    import math
    def speed(x: math.pi) -> int:
        return x * 2
    """,
    # helpers and constants of several modules: called, handed on, spelled in texts, in errors
    """
    --- {p}/__init__.py
    import {p}.tools as tools
    from {p} import tools as again
    from .tools import scale as scaled, LIMIT
    from .tools import named
    RATE = 2
    STEPS = (1, 2)
    def total(rows):
        return sum(scaled(row) for row in rows) * RATE
    def shown(function):
        return function.__name__
    def wrong():
        try:
            return tools.scale()
        except TypeError as error:
            return str(error)
    def missing():
        try:
            return tools.late()
        except NameError as error:
            return str(error)
    class Table:
        RATE = RATE
        rows = [RATE for _ in STEPS]
        def total(self):
            return total(self.rows)
    def value():
        RATE = 7
        return (
            total([1, 2]), shown(named), tools.LIMIT, again.scale(2), LIMIT, wrong(), missing(),
            Table().total(), Table.RATE, RATE, [each(1) for each in (tools.twice, tools.named)],
        )
    --- {p}/tools.py
    LIMIT = 5
    WORDS = ["LIMIT", "twice"]
    def scale(x, by=LIMIT):
        return x * by
    def twice(x):
        return scale(x, 2)
    def named(x):
        return twice(x), WORDS
    def late():
        return soon
    """,
)
