"""What annotations say changes nothing until somebody reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bodies.test_slice import cut, same

FUTURE = "from __future__ import annotations\n"
# A helper of `f`; what is called `T` is a class of the project.
HEAD = (
    "import numpy as np\nfrom typing import Literal, Optional, TypeVar\nclass T: ...\n"
    "V = TypeVar('V')\nROW = dict[str, T]\ndef spare(): return np\n"
)


def helper(hints: str, returns: str = "", use: str = "g(1)") -> str:
    return f"def g(x{hints}, *y, z=2){returns}: return x\ndef f(rows): return {use}\n"


@pytest.mark.parametrize("future", ["", FUTURE])
@pytest.mark.parametrize(
    "hint",
    [
        *("int", "'int'", "'no such thing'", "None", "list[int]", "dict[str, list[T]]", "T"),
        *("T | None", "None | T", "int | str | None", "Optional[T]", "Literal['a', -1]", "V"),
        *("np.ndarray", "np.ndarray | None", "np.ndarray[tuple[int, int], np.dtype]", "ROW"),
        *("ROW | None", "tuple[int, ...]", "tuple[[int], T]", "'T' ", "list['T']"),
    ],
)
def test_hints_of_what_is_only_called_say_nothing(tmp_path: Path, hint: str, future: str) -> None:
    plain = f"{future}{HEAD}{helper('')}"
    assert same(tmp_path, plain, f"{future}{HEAD}{helper(f': {hint}', f' -> {hint}')}")


@pytest.mark.parametrize(
    "hint",
    [
        *("make()", "T()", "T.x", "T[int]()", "[x for x in T]", "(lambda: 1)", "1 / 0", "T.a | T"),
        *("TABLE['x']", "TABLE | None", "(y := T)", "unknown", "late", "Asked[int]", "'a' | 'b'"),
        *("twice", "kind.Row", "Starry[int]"),
    ],
)
def test_hints_that_may_do_something_count(tmp_path: Path, hint: str) -> None:
    head = HEAD + (
        "import collections, kind\nTABLE = collections.defaultdict(int)\ndef make(): return T\n"
        "class Asked:\n    def __class_getitem__(cls, item): print(item)\n"
        "class Starry(Asked): ...\ntwice = 1\ntwice = 2\n"
    )
    tail = "class late: ...\n"
    one, other = (
        cut(
            tmp_path,
            {"m.py": f"{head}{helper(each)}{tail}", "kind.py": "def __getattr__(name): print()"},
            "m:f",
        )
        for each in ("", f": {hint}")
    )
    assert one.digest != other.digest


@pytest.mark.parametrize("hint", ["make()", "TABLE['x']", "unknown", "late", "1 / 0"])
def test_hints_that_nobody_evaluates_say_nothing(tmp_path: Path, hint: str) -> None:
    assert same(tmp_path, FUTURE + helper(""), FUTURE + helper(f": {hint}"))


SEEN = (
    "map(g, rows)",
    "g",
    "(g)(1) or g",
    "[g][0](1)",
    "g.__annotations__.items()",
    "typing.get_type_hints(g)",
    "inspect.signature(g)",
    "functools.partial(g, 1)",
    "functools.wraps(g)(rows)",
    "dask.delayed(g)(1)",
    "rows.apply(g), g(1)",
    "rows.query('@g(x)')",
    "globals()['g'](1)",
    "eval('g(1)')",
    "getattr(m, 'g')(1)",
    "getattr(__import__('m'), 'g')(1)",
    "m.g.__annotations__.items()",
    "vars(m), g(1)",
    "m.__annotations__, g(1)",
    "getattr(sys.modules['m'], 'g')(1)",
    "gc.get_objects(), g(1)",
    "sys._getframe().f_globals, g(1)",
    "rows.__globals__, g(1)",
    "inspect.stack(), g(1)",
    "__annotations__, g(1)",
    "typeguard.check_type(1, int), g(1)",
)
MODULES = "import dask, functools, gc, inspect, m, sys, typing, typeguard\n"


@pytest.mark.parametrize("use", SEEN)
def test_hints_that_somebody_may_read_count(tmp_path: Path, use: str) -> None:
    one, other = (MODULES + helper(hint, "", use) for hint in ("", ": int"))
    assert not same(tmp_path, one, other)


@pytest.mark.parametrize(
    "begin",
    [
        "import functools\n@functools.singledispatch\n",
        "import functools\n@functools.cache\n",
        "import pandera\n@pandera.check_types\n",
        "import mine\n@mine.typed\n",
        "import g\ndef other(): return g.x\n@other\n",
    ],
)
def test_what_decorates_a_function_reads_its_hints(tmp_path: Path, begin: str) -> None:
    assert not same(tmp_path, begin + helper(""), begin + helper(": int"))


@pytest.mark.parametrize(
    "more",
    [
        "h = g\n",
        "h = {'g': g}\n",
        "class h:\n    x = g\n",
        "def h(x=g): ...\n",
        "@g\ndef h(): ...\n",
        "g.note = h = 1\n",
        "def h(x: g): ...\nh.__annotations__\n",
        "from beartype.claw import beartype_this_package as h\nh()\n",
        "import typeguard as h\nh.install_import_hook('m')\n",
        "import torch\n@torch.jit.script\ndef h(x): return g(x)\n",
    ],
)
def test_who_has_a_function_elsewhere_reads_its_hints(tmp_path: Path, more: str) -> None:
    one, other = (
        helper(hint, "", "g(1), h").replace("def f", f"{more}def f") for hint in ("", ": int")
    )
    assert not same(tmp_path, one, other)


@pytest.mark.parametrize(
    "text",
    [
        "def f(x{}): return x\n",
        "class A:\n    def m(self, x{}): return x\ndef f(): return A().m(1)\n",
        "class A:\n    x{} = 1\ndef f(): return A().x\n",
        "import attr\n@attr.define\nclass A:\n    x{} = 1\ndef f(): return A()\n",
        "from typing import NamedTuple\nclass A(NamedTuple):\n    x{} = 1\ndef f(): return A()\n",
        "def f():\n    def g(x{}): return x\n    return g(1)\n",
        "def g(x{}): return x\ndef g(x): return x\ng = print(g)\ndef f(): return g(1)\n",
        "if 1:\n    def g(x{}): return x\ndef f(): return g(1)\n",
    ],
)
def test_other_hints_count(tmp_path: Path, text: str) -> None:
    assert not same(tmp_path, text.replace("{}", ""), text.replace("{}", ": int"))


def test_hints_of_a_module_s_names_say_nothing(tmp_path: Path) -> None:
    text = "LIMIT{} = 3\ndef f(): return LIMIT\n"
    assert same(tmp_path, text.format(""), text.format(": int"))
    assert same(tmp_path, text.format(": 'Final'"), text.format(": int | None"))
    assert not same(tmp_path, text.format(""), text.format(": print()"))
    assert not same(tmp_path, text.format(""), text.format(": unknown"))


@pytest.mark.parametrize(
    "use",
    [
        "__annotations__",
        "__annotations__.get('LIMIT')",
        "m.__annotations__",
        "vars(m)",
        "typing.get_type_hints(m)",
        "globals()['LIMIT']",
    ],
)
def test_hints_of_a_module_s_names_count_where_the_module_is_read(tmp_path: Path, use: str) -> None:
    text = f"import m, typing\nLIMIT{{}} = 3\ndef f(): return LIMIT, {use}\n"
    assert not same(tmp_path, text.format(""), text.format(": int"))


def test_hints_of_local_variables_count_for_who_compiles_the_source(tmp_path: Path) -> None:
    text = "import {}\ndef f():\n    x{} = []\n    return {}.jit.script(x)\n"
    assert same(tmp_path, text.format("jax", "", "jax"), text.format("jax", ": int", "jax"))
    assert not same(
        tmp_path, text.format("torch", "", "torch"), text.format("torch", ": int", "torch")
    )
    kind = "import torch\nfrom typing import List\nKind = {}\ndef f():\n    x: Kind = []\n"
    kind += "    return torch.jit.script(x)\n"
    assert not same(tmp_path, kind.format("List[int]"), kind.format("List[float]"))


def test_what_hints_name_says_nothing_either(tmp_path: Path) -> None:
    text = "from kinds import Row\ndef g(x: Row | None) -> list[Row]: return x\n"
    files = {"m.py": f"{text}def f(): return g(1)\n", "kinds.py": "class Row:\n    size = 1\n"}
    other = {**files, "kinds.py": "class Row:\n    size = 2\n"}
    found = cut(tmp_path, files, "m:f")
    assert found.digest == cut(tmp_path, other, "m:f").digest
    assert sorted(found.table) == ["m.py:f", "m.py:g"]
    for head in ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    ", FUTURE):
        hidden = text.replace("from kinds", f"{head}from kinds")
        hidden = hidden if head == FUTURE else FUTURE + hidden
        hidden_files = {**files, "m.py": f"{hidden}def f(): return g(1)\n"}
        assert cut(tmp_path, hidden_files, "m:f").digest == found.digest


def test_what_the_module_of_a_hint_does_counts(tmp_path: Path) -> None:
    files = {
        "m.py": "from kinds import Row\ndef g(x: Row): return x\ndef f(): return g(1)\n",
        "kinds.py": "import warnings\nwarnings.simplefilter('error')\nclass Row: ...\n",
    }
    plain = {**files, "kinds.py": "class Row: ...\n"}
    assert cut(tmp_path, files, "m:f").digest != cut(tmp_path, plain, "m:f").digest


@pytest.mark.parametrize(
    ("loading", "free"),
    [
        ("from n import g\ndef f(): return g(1)", True),
        ("try:\n    from n import g\nexcept Exception:\n    g = abs\ndef f(): return g(1)", False),
        ("def f():\n    from n import g\n    return g(1)", False),
    ],
)
def test_hints_that_may_raise_count_where_that_is_caught(
    tmp_path: Path, loading: str, free: bool
) -> None:
    for future in ("", FUTURE):
        one, other = (
            cut(
                tmp_path,
                {"m.py": loading, "n.py": f"{future}import numpy\ndef g(x{hint}): return numpy\n"},
                "m:f",
            )
            for hint in ("", ": numpy.nothing")
        )
        assert (one.digest == other.digest) is (free or bool(future))


def test_hints_say_nothing_where_order_matters(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nimport os\nclass T: ...\nTABLE = dict()\nos.environ['A'] = '1'\n"
        "def g(x{}): return LIMIT\nTABLE['a'] = 1\nLIMIT{} = 3\nSECOND = LIMIT\nSECOND += 1\n"
        "def f(): return g(1), TABLE, SECOND, np.pi\n"
    )
    for hint in (": np.ndarray", ": T"):
        assert same(tmp_path, text.replace("{}", ""), text.replace("{}", hint))


def test_whether_hints_are_kept_as_text_counts_where_they_are_read(tmp_path: Path) -> None:
    for text, free in (
        ("class A:\n    x: int = 1\ndef f(): return A.__annotations__\n", False),
        (helper(": int"), True),
        (helper(": int", "", "map(g, rows)"), False),
        ("LIMIT: int = 3\ndef f(): return LIMIT\n", True),
    ):
        assert same(tmp_path, text, FUTURE + text) is free


@pytest.mark.parametrize(
    ("line", "hint", "free"),
    [
        ("import pandas as pd", "pd.DataFrame", False),
        ("import pandas as pd", "'pd.DataFrame'", False),
        ("from pandas import DataFrame", "DataFrame", False),
        ("import geo.frames", "geo.frames.Frame", False),
        ("from collections.abc import Sequence", "Sequence[int]", True),
        ("from typing_extensions import Self", "Self", True),
        ("from kinds import Row", "Row", True),
    ],
)
def test_what_is_imported_for_a_hint_alone_is_run(
    tmp_path: Path, line: str, hint: str, free: bool
) -> None:
    texts = (helper(""), f"{line}\n{helper(f': {hint}')}", f"{line}\n{helper('')}")
    first, second, third = (
        cut(tmp_path, {"m.py": text, "kinds.py": "class Row: ...\n"}, "m:f") for text in texts
    )
    assert (first.digest == second.digest) is free
    assert second.digest == third.digest
    assert second.table == third.table


def test_what_reached_code_uses_is_loaded_anyway(tmp_path: Path) -> None:
    text = helper(": pd.DataFrame", "", "n.made(g(1))")
    files = {"n.py": "import pandas as pd\ndef made(x): return pd.DataFrame(x)\n"}
    with_hint = cut(tmp_path, {**files, "m.py": f"import n\nimport pandas as pd\n{text}"}, "m:f")
    bare = text.replace(": pd.DataFrame", "")
    unused = cut(tmp_path, {**files, "m.py": f"import n\nimport pandas as pd\n{bare}"}, "m:f")
    without = cut(tmp_path, {**files, "m.py": f"import n\n{bare}"}, "m:f")
    assert with_hint.digest == unused.digest == without.digest
    register = f"import n\nimport pandas.plugin\n{bare}"
    assert cut(tmp_path, {**files, "m.py": register}, "m:f").digest != without.digest
