"""What only fills a table counts for who reads the table, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from bodies.test_slice import cut

REGISTRY = """
from collections import defaultdict
TABLE = {}
ROWS: list = []
SEEN = defaultdict(list)
def register(function):
    if function.__name__ in TABLE:
        raise ValueError(f"{function.__name__} twice")
    TABLE[function.__name__] = function
    return function
def named(name, *, rank=1):
    def inner(function):
        ROWS.append((name, rank))
        TABLE[name] = function
        return function
    return inner
def note(name, value=1):
    SEEN[name] = value
class Plugin:
    known = {}
    def __init_subclass__(cls, **given):
        super().__init_subclass__(**given)
        cls.label = cls.__name__.lower()
        Plugin.known[cls.label] = cls
class Labelled:
    def __init_subclass__(cls):
        cls.label = cls.__name__.lower()
class Listed:
    known = []
    def __init_subclass__(cls):
        cls.known.append(cls)
def scale(by):
    def inner(x):
        return x * by
    return inner
"""
FILLING = {
    "subscript": ("TABLE['a'] = VALUE", "TABLE"),
    "method": ("TABLE.update(a=VALUE)", "TABLE"),
    "list": ("ROWS.append(VALUE)", "ROWS"),
    "made by a call": ("SEEN['a'] = VALUE", "SEEN"),
    "loop": ("for each in ('a', 'b'):\n    TABLE[each] = VALUE", "TABLE"),
    "condition": ("if not TABLE:\n    ROWS.append(VALUE)", "ROWS"),
    "decorator": ("@register\ndef a(): return VALUE", "TABLE"),
    "decorator with arguments": ("@named('a', rank=2)\ndef a(): return VALUE", "TABLE"),
    "two tables": ("@named('a', rank=VALUE)\ndef a(): return 1", "ROWS"),
    "of a class": ("@register\nclass A:\n    value = VALUE", "TABLE"),
    "call": ("note('a', VALUE)", "SEEN"),
    "subclass": ("class A(Plugin):\n    value = VALUE", "Plugin"),
    "below a subclass": ("class A(Plugin): pass\nclass B(A):\n    value = VALUE", "Plugin"),
    "own table": ("class A(Listed):\n    value = VALUE", "Listed"),
}
WAYS = {
    "names": ("from kit.registry import {names}", "{statement}"),
    "module": ("from kit import registry", "{dotted}"),
    "alias": ("import kit.registry as registry", "{dotted}"),
    "package": ("from kit import {names}", "{statement}"),
}
NAMES = "TABLE ROWS SEEN Plugin Labelled Listed register named note scale".split()


def digests(folder: Path, plugin: str, reads: str) -> tuple[str, str]:
    """With two values in a plugin, of a function that reads something of the registry."""
    found = []
    for value in ("1", "2"):
        files = {
            "kit/__init__.py": f"from .registry import {', '.join(NAMES)}\nimport kit.plugin\n",
            "kit/registry.py": REGISTRY,
            "kit/plugin.py": plugin.replace("VALUE", value) + "\n",
            "kit/work.py": f"from kit.registry import {', '.join(NAMES)}\n"
            f"def f(): return {reads}\n",
        }
        found.append(cut(folder, files, "kit.work:f").digest)
    return found[0], found[1]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", FILLING)
def test_who_reads_the_table_depends_on_it_and_nobody_else(
    tmp_path: Path, name: str, way: str
) -> None:
    statement, table = FILLING[name]
    head, body = WAYS[way]
    dotted = statement
    for word in NAMES:
        dotted = dotted.replace(f"{word}(", f"registry.{word}(").replace(
            f"@{word}\n", f"@registry.{word}\n"
        )
        dotted = dotted.replace(f"({word})", f"(registry.{word})").replace(
            f"{word}[", f"registry.{word}["
        )
        dotted = dotted.replace(f"{word}.a", f"registry.{word}.a").replace(
            f"{word}.u", f"registry.{word}.u"
        )
        dotted = dotted.replace(f"not {word}:", f"not registry.{word}:")
    plugin = head.format(names=", ".join(NAMES)) + "\n"
    plugin += body.format(statement=statement, dotted=dotted)
    first, second = digests(tmp_path, plugin, "1")
    assert first == second
    first, second = digests(tmp_path, plugin, f"list({table}.known)" if table[0] == "P" else table)
    assert first != second


@pytest.mark.parametrize(
    "statement",
    [
        "TABLE['a']['b'] = VALUE",  # what a table holds may be somebody else's
        "SEEN['a'].append(VALUE)",
        "TABLE[print(VALUE)] = 1",
        "TABLE['a'] = print(VALUE)",
        "def put(value):\n    print(value)\n    TABLE['a'] = value\nput(VALUE)",
        "def put(value):\n    import kit.work\n    TABLE['a'] = value\nput(VALUE)",
        "def put(table):\n    table['a'] = VALUE\nput(TABLE)",
        "def put(value):\n    global TABLE\n    TABLE = {1: value}\nput(VALUE)",
        "OTHER = TABLE\nOTHER['a'] = VALUE",
        "import os\nos.environ['a'] = 'VALUE'",
        "class A(Plugin, metaclass=type):\n    value = VALUE",
        "Plugin.other = VALUE",
        "raise ValueError(VALUE)",
        "if not TABLE:\n    raise ValueError(VALUE)",
        "TABLE['a'] = 1\nif 'b' in TABLE:\n    raise ValueError(VALUE)",
        "named('a')(print(VALUE))",
    ],
)
def test_what_may_do_more_counts_for_everybody(tmp_path: Path, statement: str) -> None:
    plugin = f"from kit.registry import {', '.join(NAMES)}\n{statement}"
    first, second = digests(tmp_path, plugin, "1")
    assert first != second


def test_a_package_may_have_another_table_under_the_name_of_a_module(tmp_path: Path) -> None:
    def digest(value: int) -> str:
        files = {
            "kit/__init__.py": "class Loud:\n    def __setitem__(self, key, value): print(value)\n"
            "from . import registry\nregistry = Loud()\nregistry.TABLE = registry\n"
            "from . import plugin\n",
            "kit/registry.py": "TABLE = {}\n",
            "kit/plugin.py": f"from kit import registry\nregistry.TABLE['a'] = {value}\n",
            "kit/work.py": "def f(): return 1\n",
        }
        return cut(tmp_path, files, "kit.work:f").digest

    assert digest(1) != digest(2)


def test_values_that_calls_make_count_where_they_are_read(tmp_path: Path) -> None:
    def digest(four: int, three: int, late: str = "", early: str = "") -> str:
        text = (
            f"STATE = {{'a': 1}}\ndef scale(by):\n    return by * STATE['a']\n{early}"
            f"triple = scale({three})\nother = scale({four})\n{late}def f(): return triple\n"
        )
        return cut(tmp_path, {"m.py": text}, "m:f").digest

    assert digest(4, 3) == digest(44, 3)
    assert digest(4, 3) != digest(4, 33)
    assert digest(4, 3, late="STATE['a'] = 2\n") != digest(4, 3, early="STATE['a'] = 2\n")


def test_the_order_of_fills_counts(tmp_path: Path) -> None:
    def digest(*names: str) -> str:
        text = "T = []\ndef put(x):\n    T.append(x)\n    return x\n"
        text += "".join(f"@put\ndef {name}(): return '{name}'\n" for name in names)
        return cut(tmp_path, {"m.py": f"{text}def f(): return T\n"}, "m:f").digest

    assert digest("a", "b") != digest("b", "a")
