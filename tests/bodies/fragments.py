"""Small modules that reach code in every way that Python has, as material for projects.

Each is a set of files below a folder of its own, `{p}`; `{p}` itself, a module or a package, has
`value()`, which gives something that can be printed. `{others}` imports other fragments'.
"""

from __future__ import annotations

from textwrap import dedent

from bodies.hinted import HINTED
from bodies.scopes import TEXTS

Files = dict[str, str]


def _files(text: str) -> Files:
    """Files from a text in which `--- name` begins each."""
    found: Files = {}
    name = ""
    for line in dedent(text).lstrip("\n").splitlines():
        if line.startswith("--- "):
            name = line.removeprefix("--- ").strip()
            found[name] = ""
        else:
            found[name] += line + "\n"
    return found


FRAGMENTS: tuple[Files, ...] = tuple(
    _files(text)
    for text in (
        # constants, defaults, chains of functions
        """
        --- {p}.py
        BASE, (LEFT, *REST) = 3, (4, 5, 6)
        SCALE = BASE * 2
        TOTAL = LIMIT = 11
        def helper(x, y=SCALE, *, z=LEFT):
            return x * y + z + sum(REST)
        def unused():
            return BASE + 100
        def value():
            return helper(2) + TOTAL - LIMIT + BASE
        """,
        # match, walrus, except*, nested f-strings, lambdas
        """
        --- {p}.py
        import re
        PATTERN = re.compile("a(b+)")
        class Point:
            __match_args__ = ("x", "y")
            def __init__(self, x, y):
                self.x, self.y = x, y
        def kind(thing):
            match thing:
                case Point(0, y=b) if b > 1:
                    return f"zero {b!r:>4}"
                case Point(x=a) | [a, _]:
                    return f"{a + 1:{4 + 1}d}|{f'{a}{a}'}"
                case {"k": k, **rest}:
                    return k, sorted(rest)
                case [1, *more] | (2, *more):
                    return len(more)
                case str() as word if (found := PATTERN.search(word)):
                    return found.group(1)
                case _:
                    return None
        def caught(n):
            got = []
            try:
                raise ExceptionGroup("all", [ValueError(n), KeyError(n + 1)])
            except* ValueError as group:
                got.append(len(group.exceptions))
            except* KeyError:
                got.append("key")
            return got
        double = lambda x, by=2: x * by
        def value():
            things = [Point(0, 5), Point(3, 1), [7, 8], {"k": 1, "j": 2}, (2, 3, 4), "xabbb", 9]
            return [kind(t) for t in things], caught(4), double(3), (n := 10) + n
        """,
        # decorators that register; a registry that is read
        """
        --- {p}/__init__.py
        from . import plugins
        from .registry import run
        def value():
            return run(5)
        --- {p}/registry.py
        FOUND = {}
        ORDER = []
        def register(name, weight=1):
            def wrap(function):
                FOUND[name] = (function, weight)
                ORDER.append(name)
                return function
            return wrap
        def run(x):
            return [(name, FOUND[name][0](x) * FOUND[name][1]) for name in ORDER]
        --- {p}/plugins.py
        from .registry import register
        from . import more
        @register("one", weight=2)
        def one(x):
            return x + 1
        @register("two")
        def two(x):
            return x - 1
        --- {p}/more.py
        from .registry import register
        @register("three")
        def three(x):
            return x * 3
        """,
        # classes: bases in other modules, class bodies, metaclass, __init_subclass__, properties
        """
        --- {p}/__init__.py
        from .shapes import Square, Circle as Round
        from .base import ALL
        def value():
            return Square(3).area, Round(2).area, Square.sides, sorted(ALL), Square.kind
        --- {p}/base.py
        ALL = {}
        class Meta(type):
            def __new__(cls, name, bases, body):
                body.setdefault("kind", name.lower())
                return super().__new__(cls, name, bases, body)
        class Shape(metaclass=Meta):
            factor = 2
            def __init_subclass__(cls, **more):
                super().__init_subclass__(**more)
                ALL[cls.__name__] = cls.factor
        --- {p}/shapes.py
        from .base import Shape
        PI = 3
        class Square(Shape):
            factor = 4
            sides = factor * 1
            def __init__(self, side):
                self.side = side
            @property
            def area(self):
                return self.side ** 2 + self._extra()
            @staticmethod
            def _extra():
                return 0
        class Circle(Shape):
            def __init__(self, r):
                self.r = r
            @property
            def area(self):
                return PI * self.r ** self.factor
        """,
        # state that functions write
        """
        --- {p}.py
        COUNT = 0
        CACHE = {}
        SEEN: list[int] = []
        def bump(by=1):
            global COUNT
            COUNT += by
            return COUNT
        def remember(x):
            CACHE.setdefault(x, len(CACHE))
            SEEN.append(x)
        remember("a")
        bump(2)
        for _step in range(3):
            remember(_step)
        if COUNT > 1:
            LEVEL = "high"
        else:
            LEVEL = "low"
        def value():
            def inner():
                nonlocal total
                total += COUNT
            total = 1
            inner()
            return bump(), CACHE, SEEN, LEVEL, total
        """,
        # conditional definitions, try imports, __getattr__ of a module
        """
        --- {p}/__init__.py
        try:
            from ._fast import speed
        except ImportError:
            from ._slow import speed
        try:
            import no_such_thing_here as extra
        except ModuleNotFoundError:
            extra = None
        from . import lazy
        if extra is None:
            def pick(x):
                return x + speed()
        else:
            def pick(x):
                return x
        def value():
            return pick(1), lazy.ANSWER, lazy.other
        --- {p}/_slow.py
        def speed():
            return 10
        --- {p}/lazy.py
        ANSWER = 42
        _TABLE = {"other": 7, "more": 8}
        def __getattr__(name):
            if name in _TABLE:
                return _TABLE[name]
            raise AttributeError(name)
        """,
        # import *, __all__, re-exports, private names
        """
        --- {p}/__init__.py
        from .inner import *
        from .inner import _hidden as shown
        from .third import *
        def value():
            return first(), shown(), WIDE, deep
        --- {p}/inner.py
        from .leaf import deep, deeper as _deeper
        __all__ = ["first", "deep"]
        __all__ += ["WIDE"]
        WIDE = 6
        NARROW = 5
        def first():
            return _hidden() + NARROW
        def _hidden():
            return _deeper + 1
        --- {p}/leaf.py
        deep = 8
        deeper = 9
        --- {p}/third.py
        WIDE = 60
        _own = 1
        """,
        # dataclasses, enums, overloads, NamedTuple, TypedDict
        """
        --- {p}.py
        from __future__ import annotations
        import enum
        from dataclasses import dataclass, field, fields
        from typing import NamedTuple, TypedDict, overload, TYPE_CHECKING
        if TYPE_CHECKING:
            from decimal import Decimal as Number
        class Color(enum.IntEnum):
            RED = 1
            BLUE = enum.auto()
            @classmethod
            def top(cls):
                return max(cls)
        @dataclass(order=True)
        class Item:
            name: str = "x"
            size: int = 3
            tags: list[str] = field(default_factory=lambda: ["t"])
            def __post_init__(self):
                self.size += 1
        class Pair(NamedTuple):
            left: int = 1
            right: int = 2
            def both(self):
                return self.left + self.right
        class Options(TypedDict, total=False):
            a: int
        @overload
        def f(x: int) -> int: ...
        @overload
        def f(x: str) -> str: ...
        def f(x):
            return x * 2
        def value(n: "Number" = 1):
            names = [each.name for each in fields(Item)]
            return Color.top().name, Item(), Pair().both(), f(2), f("a"), names, Item() < Item("y")
        """,
        # circular imports
        """
        --- {p}/__init__.py
        from .left import left
        def value():
            return left(3)
        --- {p}/left.py
        from . import right
        STEP = 1
        def left(n):
            return n if n <= 0 else right.right(n - STEP)
        --- {p}/right.py
        from . import left
        GAIN = 2
        def right(n):
            return left.left(n - left.STEP) * GAIN
        """,
        # a namespace package, nested packages with effects on the way
        """
        --- {p}.py
        import {p}_ns.part.deep.leaf as leaf
        from {p}_ns import other
        import {p}_ns.part
        def value():
            return leaf.LEAF, other.OTHER, {p}_ns.part.SEEN
        --- {p}_ns/part/__init__.py
        SEEN = ["part"]
        --- {p}_ns/part/deep/__init__.py
        from .. import SEEN
        SEEN.append("deep")
        --- {p}_ns/part/deep/leaf.py
        from ...part import SEEN as mine
        mine += ["leaf"]
        LEAF = len(mine)
        --- {p}_ns/other.py
        OTHER = 5
        """,
        # imports in functions, by call, modules as values, getattr
        """
        --- {p}/__init__.py
        import importlib
        def value():
            from . import one
            from .two import NAME as name, f as go
            three = importlib.import_module(".three", __package__)
            kinds = {"one": one, "three": three}
            return [getattr(m, "X") for m in kinds.values()], name, go(), vars(one)["Y"]
        --- {p}/one.py
        X = 1
        Y = 2
        Z = 3
        --- {p}/two.py
        NAME = "two"
        def f():
            import {p}.four as four
            return four.W
        --- {p}/three.py
        X = 30
        --- {p}/four.py
        W = 4
        """,
        # one module changes another; a name bound twice; del; order
        """
        --- {p}/__init__.py
        from . import settings
        from . import patch
        from .settings import LEVEL as early
        LIST = [1]
        LIST.append(settings.LEVEL)
        NAME = len(LIST)
        NAME = NAME + 1
        spare = NAME * 2
        keep = spare
        del spare
        def value():
            return settings.LEVEL, early, LIST, NAME, keep, settings.extra()
        --- {p}/settings.py
        LEVEL = 1
        def extra():
            return "plain"
        --- {p}/patch.py
        from . import settings as target
        target.LEVEL = 5
        target.extra = lambda: "patched"
        setattr(target, "MORE", 2)
        """,
        # text that names: strings as annotations, f-string specs, docs, eval, globals
        """
        --- {p}.py
        from dataclasses import dataclass
        WIDTH = 6
        RATE = 2
        def documented():
            "Said here."
            return documented.__doc__
        def shown(x):
            return f"{x:>{WIDTH}}"
        def looked(name):
            return globals()[name]
        @dataclass
        class Row:
            a: "int" = RATE
            b: "list[Row] | None" = None
        def value():
            return documented(), shown(1), looked("RATE"), Row(), eval("WIDTH + 1")
        """,
        # generators, async, context managers, closures, partial, operator use, slots
        """
        --- {p}.py
        import asyncio
        import contextlib
        import functools
        LOG = []
        @contextlib.contextmanager
        def opened(name):
            LOG.append(("in", name))
            try:
                yield name
            finally:
                LOG.append(("out", name))
        def numbers(n):
            yield from range(n)
            return n
        async def later(x):
            await asyncio.sleep(0)
            return x + 1
        class Slotted:
            __slots__ = ("a",)
            def __init__(self): self.a = 1
            def __add__(self, other): return self.a + other
            def __enter__(self): return self
            def __exit__(self, *why): return True
        times = functools.partial(pow, 2)
        @functools.lru_cache(maxsize=8)
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        def value():
            with opened("x") as a, Slotted() as b:
                total = sum(numbers(4)) + (b + 1)
                assert total < 100, "large"
            while total > 5:
                total -= 3
            else:
                total += 1
            return a, total, asyncio.run(later(1)), times(3), fib(9), LOG, [*map(str, {1, 2})]
        """,
        # under `if __name__`, type aliases, and what a class body reads
        """
        --- {p}.py
        from typing import Optional, Union
        Number = Union[int, float]
        Maybe = Optional[Number]
        Newer = int | None
        N = 2
        class Table:
            N = 5
            rows = [N for _ in range(3)]
            first = N
            width = len(rows)
            def get(self):
                return N
            class Inner:
                deep = N
        def value(x: Maybe = None, y: Newer = 1) -> Number:
            return Table.rows, Table.first, Table().get(), Table.Inner.deep, str(Maybe)
        if __name__ == "__main__":
            N = 100
            print(value())
        """,
        # an instance made on import, descriptors, class changed later
        """
        --- {p}/__init__.py
        from .config import CONFIG, Config
        from .field import Field
        class Model:
            size = Field(3)
            name = Field("m")
        Config.extra = 4
        def value():
            return CONFIG.level, CONFIG.extra, Model().size, Model.__dict__["name"].label
        --- {p}/config.py
        import os
        class Config:
            extra = 0
            def __init__(self, level=1):
                self.level = level + self.bonus()
            def bonus(self):
                return 2
        CONFIG = Config(level=3)
        --- {p}/field.py
        COUNTER = iter(range(100))
        class Field:
            def __init__(self, default):
                self.default = default
                self.number = next(COUNTER)
            def __set_name__(self, owner, name):
                self.label = f"{owner.__name__}.{name}.{self.number}"
            def __get__(self, thing, kind=None):
                return self.default
        """,
        # singledispatch, abstract classes, subclasses found at run time
        """
        --- {p}/__init__.py
        from functools import singledispatch
        from .animals import Animal
        from . import dogs
        @singledispatch
        def show(x):
            return "any"
        @show.register
        def _(x: int):
            return "int"
        @show.register(str)
        def _text(x):
            return "str"
        def value():
            found = sorted(c.__name__ + c().say() for c in Animal.__subclasses__())
            return show(1), show("a"), show(2.0), found
        --- {p}/animals.py
        from abc import ABC, abstractmethod
        class Animal(ABC):
            sound = "..."
            @abstractmethod
            def name(self): ...
            def say(self):
                return self.sound
        --- {p}/dogs.py
        from .animals import Animal
        class Dog(Animal):
            sound = "wuff"
            def name(self):
                return "dog"
        """,
        # a package that hides a module of its own, attributes of packages, __path__, submodules
        """
        --- {p}/__init__.py
        import {p}.sub
        from {p}.sub import leaf
        name = "package"
        def value():
            return {p}.sub.leaf.HERE, leaf.HERE, sub.NAME, tool()
        from .tool import tool
        --- {p}/sub/__init__.py
        from .leaf import HERE as NAME
        --- {p}/sub/leaf.py
        HERE = "leaf"
        --- {p}/tool.py
        UNIT = 3
        def tool():
            return UNIT
        """,
        # comprehension scopes, shadowing, starred calls, global in a nested function, class globals
        """
        --- {p}.py
        x = 1
        y = [x for x in range(3)]
        table = {k: v for k, v in zip("ab", (x, 2))}
        def outer(x=x):
            def inner():
                global flag
                flag = x + 1
                return [x for y in range(2) if (last := y) >= 0], last
            return inner()
        flag = 0
        class Holder:
            global made
            made = 9
            def __init__(self, *args, **kw):
                self.args, self.kw = args, kw
        def value():
            first = outer()
            return x, y, table, first, flag, made, Holder(*[1, 2], **{"a": 3}).kw
        """,
        *TEXTS,
        *HINTED,
    )
)
