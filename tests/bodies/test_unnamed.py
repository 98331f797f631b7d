"""New names of helpers and constants, new places and other imports change nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bodies.test_slice import cut, same

HELPER = "LIMIT = 3\ndef g(x, by=LIMIT): return x * by\n"


def renamed(text: str) -> str:
    return text.replace("g(", "helper(").replace("LIMIT", "MOST")


@pytest.mark.parametrize(
    "text",
    [
        f"{HELPER}def f(rows): return g(1)\n",
        f"{HELPER}def f(rows): return [g(row, by=LIMIT) for row in rows]\n",
        f"{HELPER}def f(rows): return sorted(rows, key=lambda row: g(row))\n",
        f"{HELPER}class A:\n    def m(self): return g(LIMIT)\ndef f(rows): return A().m()\n",
        f"{HELPER}def f(rows):\n    def inner(): return g(1)\n    return inner()\n",
        f"{HELPER}LIMIT.size\ndef f(rows): return g(1), LIMIT.real.bit_length()\n",
        "LIMIT: int = 3\ndef g(x) -> int: return x and g(x - LIMIT)\ndef f(rows): return g(9)\n",
        f"{HELPER}def f(rows):\n    try: return g(1)\n    except OSError as e: return str(e)\n",
        f"{HELPER}def f(rows):\n    x = 1\n    return rows[x], g(x)\n",
        "TABLE = {}\nLIMIT = len(TABLE)\nTABLE['a'] = 1\ndef f(rows): return LIMIT, TABLE\n",
        "LIMIT = lambda x: x\ndef f(rows): return LIMIT(1), map(LIMIT, rows)\n",
    ],
)
def test_names_of_helpers_and_constants_say_nothing(tmp_path: Path, text: str) -> None:
    assert same_digest(tmp_path, text, renamed(text))


def same_digest(folder: Path, *texts: str) -> bool:
    return len({cut(folder, {"m.py": text}, "m:f").digest for text in texts}) == 1


SEEN = (
    "g",
    "map(g, rows)",
    "g(1), g.__name__",
    "g.__name__.upper()",
    "str(g)",
    "rows.agg([g])",
    "rows.agg(g(1), g)",
    "vars(m), g(1)",
    "getattr(m, rows)",
    "globals(), g(1)",
    "eval('1'), g(1)",
    "rows.query('x > @g(1)')",
    "rows.query(rows.text), g(1)",
    "sys._getframe().f_code, g(1)",
    "traceback.format_exc(), g(1)",
    "cloudpickle.dumps(rows), g(1)",
    "pickle.loads(rows), g(1)",
    "joblib.load(rows), g(1)",
    "g(1), 'g'",
    "g(1), 'helper'",
    "f'{g(1)=}'",
    "importlib.import_module('m').g(1)",
)
MODULES = "import cloudpickle, importlib, joblib, m, pickle, sys, traceback\n"


@pytest.mark.parametrize("use", SEEN)
def test_names_of_functions_that_somebody_may_read_stay(tmp_path: Path, use: str) -> None:
    text = f"{MODULES}def g(x): return x\ndef f(rows): return {use}\n"
    other = text.replace("def g(", "def helper(").replace("(1), 'helper'", "(1), 'helper'")
    for was, now in (("g(1)", "helper(1)"), ("@g", "@helper"), (" g\n", " helper\n"),
                     ("g.__", "helper.__"), ("(g", "(helper"), ("[g]", "[helper]"),
                     (", g)", ", helper)")):  # fmt: skip
        other = other.replace(was, now)
    assert not same_digest(tmp_path, text, other)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # other things that the name is for
        ("async def g(x): return x\ndef f(): return g(1)", "g"),
        ("def g(x): yield x\ndef f(): return g(1)", "g"),
        ("def g(x):\n    def inner(): ...\n    return inner\ndef f(): return g(1)", "g"),
        ("def g(x): return lambda: x\ndef f(): return g(1)", "g"),
        ("class g: ...\ndef f(): return g()", "g"),
        ("@print\ndef g(x): ...\ndef f(): return g()", "g"),
        ("def g(x): ...\ndef g(x): return 1\ndef f(): return g()", "g"),
        ("if 1:\n    def g(x): ...\ndef f(): return g()", "g"),
        ("X, g = 1, 2\ndef f(): return g", "g"),
        ("from math import *\nfrom n import *\ng = 2\ndef f(): return g", "g"),
        ("g = 2\nclass A:\n    g = g\n    h = g\ndef f(): return A", "g"),
        ("g = 2\nclass A:\n    h: g\ndef f(): return A", "g"),
        ("from __future__ import annotations\ng = 2\nclass A:\n    h: g\ndef f(): return A", "g"),
        ("g = 2\ndef f():\n    global g\n    g = 3\n    return g", "g"),
        ("g = 2\nimport m\ndef f():\n    m.g = 3\n    return g", "g"),
        # errors that say it
        ("def g(x): ...\ndef f():\n    try: g()\n    except TypeError as e: return str(e)", "g"),
        ("def g(x): ...\ndef f():\n    try: g()\n    except Exception as e: return str(e)", "g"),
        ("def h(): return g\nX = h()\ng = 2\ndef f(): return X, g", "g"),
    ],
)
def test_other_names_stay(tmp_path: Path, before: str, after: str) -> None:
    files = {"n.py": "Y = 1\n"}
    other = re.sub(rf"\b{after}\b", "helper", before)
    first, second = (cut(tmp_path, {**files, "m.py": each}, "m:f") for each in (before, other))
    assert first.digest != second.digest


def test_which_name_is_which_counts(tmp_path: Path) -> None:
    text = "A = 1\nB = 2\ndef g(): return 1\ndef h(): return 2\ndef f(): return A - B, g() - h()\n"
    assert not same(tmp_path, text, text.replace("A - B", "B - A"))
    assert not same(tmp_path, text, text.replace("g() - h()", "h() - g()"))
    assert not same(tmp_path, text, text.replace("A - B", "A - A"))
    swapped = text.replace("A = 1\nB = 2", "B = 1\nA = 2").replace("A - B", "B - A")
    assert same_digest(tmp_path, text, swapped)


def test_a_local_variable_is_not_a_constant(tmp_path: Path) -> None:
    text = "X = 1\ndef f(rows):\n    Y = 2\n    return X + Y\n"
    assert same_digest(tmp_path, text, text.replace("X", "Z"), text.replace("Y", "Z"))
    assert not same(tmp_path, text, text.replace("X + Y", "Y + X"))
    assert not same(tmp_path, text, text.replace("X + Y", "Y + Y"))
    assert not same(tmp_path, text, text.replace("Y = 2", "X = 2"))


TOOLS = "RATE = 2\ndef scale(x): return x * RATE\n"
WAYS = (
    "from p.tools import scale, RATE\ndef f(x): return scale(x), RATE\n",
    "from p.tools import RATE\nfrom p.tools import scale\ndef f(x): return scale(x), RATE\n",
    "from .tools import scale as scaled, RATE as R\ndef f(x): return scaled(x), R\n",
    "import p.tools\ndef f(x): return p.tools.scale(x), p.tools.RATE\n",
    "import p.tools as t\ndef f(x): return t.scale(x), t.RATE\n",
    "from p import tools\ndef f(x): return tools.scale(x), tools.RATE\n",
    "from . import tools as t\ndef f(x): return t.scale(x), t.RATE\n",
    "from p import scale, RATE\ndef f(x): return scale(x), RATE\n",
    "import os, json\nfrom p.tools import *\nfrom p.tools import scale, RATE\n"
    "import re\ndef f(x): return scale(x), RATE\n",
    "from p.tools import scale, RATE, spare\ndef f(x): return scale(x), RATE\n",
    f"{TOOLS}def f(x): return scale(x), RATE\n",
    "from .more import doubled, RATE\ndef f(x): return doubled(x), RATE\n",
)


def test_ways_to_import_and_places_say_nothing(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "from .tools import scale, RATE\n",
        "p/tools.py": f"{TOOLS}def spare(): ...\n",
        "p/more.py": TOOLS.replace("scale", "doubled"),
    }
    found = [cut(tmp_path, {**files, "p/m.py": way}, "p.m:f") for way in WAYS]
    starred = "from p.tools import *"
    assert {each.digest for each, way in zip(found, WAYS, strict=True) if starred not in way} == {
        found[0].digest
    }


def test_a_name_that_a_module_below_has_as_well_stays(tmp_path: Path) -> None:
    text = "import p.{0}\nfrom p.tools import scale as {0}\ndef f(x): return {0}(x)\n"
    files = {"p/tools.py": TOOLS, "p/other.py": "Y = 1\n", "p/more.py": "Y = 1\n"}
    one, other = (
        cut(tmp_path, {**files, "p/__init__.py": text.format(name)}, "p:f")
        for name in ("other", "more")
    )
    assert one.digest != other.digest
    own = "import p.other\ndef {0}(x): return 1\ndef f(x): return {0}(x)\n"
    one, other = (
        cut(tmp_path, {**files, "p/__init__.py": own.format(name)}, "p:f")
        for name in ("other", "scale")
    )
    assert one.digest != other.digest


def test_a_module_that_nothing_imports_may_not_be_there(tmp_path: Path) -> None:
    files = {"p/__init__.py": "", "p/tools.py": TOOLS}
    found = [
        cut(tmp_path, {**files, "m.py": f"{way}\ndef f(x): return {use}(x)\n"}, "m:f").digest
        for way, use in (
            ("import p", "p.tools.scale"),
            ("import p.tools", "p.tools.scale"),
            ("from p.tools import scale", "scale"),
        )
    ]
    assert found[0] != found[1] == found[2]


def test_a_name_that_may_be_missing_when_it_is_read_stays(tmp_path: Path) -> None:
    text = (
        "def now(): return {0}()\nfrom n import {1}\nX = now() if SPARE else 1\n"
        "from n import {0}\ndef f(x): return X, {0}(), {1}()\n"
    )
    files = {"n.py": "def g(): return 1\ndef h(): return 1\n"}
    one, other = (
        cut(tmp_path, {**files, "m.py": f"SPARE = 0\n{text.format(*names)}"}, "m:f")
        for names in (("g", "h"), ("h", "g"))
    )
    assert one.digest != other.digest


def test_a_renamed_helper_keeps_the_symbols_that_did_not_change(tmp_path: Path) -> None:
    text = f"{HELPER}def f(rows): return g(1)\n"
    before, after = (cut(tmp_path, {"m.py": each}, "m:f") for each in (text, renamed(text)))
    assert sorted(before.table) == ["m.py:LIMIT", "m.py:f", "m.py:g"]
    assert sorted(after.table) == ["m.py:MOST", "m.py:f", "m.py:helper"]
    assert before.table["m.py:LIMIT"] == after.table["m.py:MOST"]
