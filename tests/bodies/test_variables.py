"""What variables and a step's own function are called says nothing until somebody reads it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bodies.test_slice import attempt, one

from millpond.compiler.bodies.slice import Slice


def digests(folder: Path, *texts: str) -> list[str]:
    """The digests of `f` in modules of their own; its symbols differ where they do."""
    found = [one(folder, text) for text in texts]
    for each in found:
        assert (each.digest == found[0].digest) == (each.table == found[0].table)
    return [each.digest for each in found]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a):\n    x = a\n    return x", "def f(a):\n    y = a\n    return y"),
        ("def f():\n    x: int = 1\n    return x", "def f():\n    y = 1\n    return y"),
        ("def f(a):\n    x = a; x += 1; del x", "def f(a):\n    y = a; y += 1; del y"),
        (
            "def f(a):\n    for i, (j, *k) in a:\n        print(i, j, k)",
            "def f(a):\n    for k, (i, *j) in a:\n        print(k, i, j)",
        ),
        ("def f(a): return [x for x in a if x]", "def f(a): return [i for i in a if i]"),
        ("def f(a): return {k: v for k, v in a}", "def f(a): return {v: k for v, k in a}"),
        (
            "def f(a): return [x for x in a for x in x]",
            "def f(a): return [y for y in a for y in y]",
        ),
        (
            "def f(a):\n    x = 1\n    return [x for x in a], x",
            "def f(a):\n    y = 1\n    return [x for x in a], y",
        ),
        (
            "def f(a): return [y := x for x in a], y",
            "def f(a): return [last := x for x in a], last",
        ),
        (
            "def f(a):\n    with a as b, open(b) as c:\n        return c",
            "def f(a):\n    with a as x, open(x) as y:\n        return y",
        ),
        (
            "def f(a):\n    try: a()\n    except OSError as e: return e.errno",
            "def f(a):\n    try: a()\n    except OSError as problem: return problem.errno",
        ),
        (
            "def f(a):\n    match a:\n        case [b, *c]: return b, c\n"
            "        case {'k': d, **e}: return d, e\n        case P(x=g) as h: return g, h",
            "def f(a):\n    match a:\n        case [p, *q]: return p, q\n"
            "        case {'k': r, **s}: return r, s\n        case P(x=t) as u: return t, u",
        ),
        (
            "def f(a):\n    def g(b):\n        nonlocal c\n        c += b\n        return c\n"
            "    c = a\n    return g(1), c",
            "def f(a):\n    def g(b):\n        nonlocal total\n        total += b\n"
            "        return total\n    total = a\n    return g(1), total",
        ),
        (
            "def f():\n    x = 1\n    def g():\n        x = 2\n        return x\n    return x, g()",
            "def f():\n    x = 1\n    def g():\n        y = 2\n        return y\n    return x, g()",
        ),
        (
            "def f():\n    x = 1\n    return lambda a: (y := x + a, y)",
            "def f():\n    b = 1\n    return lambda a: (c := b + a, c)",
        ),
        ("def f():\n    len = 3\n    return len", "def f():\n    size = 3\n    return size"),
        (
            "N = 1\ndef f():\n    M = 2\n    return N, M",
            "N = 1\ndef f():\n    O = 2\n    return N, O",
        ),
        (
            "class A:\n    def m(self):\n        x = self\n        return x\ndef f(): return A()",
            "class A:\n    def m(self):\n        y = self\n        return y\ndef f(): return A()",
        ),
        (
            "async def g(a):\n    async for x in a:\n        yield x\ndef f(): return g",
            "async def g(a):\n    async for y in a:\n        yield y\ndef f(): return g",
        ),
        (
            "T = [i for i in range(3)]\ng = lambda a: [j for j in a]\ndef f(): return T, g",
            "T = [x for x in range(3)]\ng = lambda a: [y for y in a]\ndef f(): return T, g",
        ),
        (
            "def f(a):\n    x = a\n    return f'{x:>{x}}', a.eval(), 'xs'",
            "def f(a):\n    y = a\n    return f'{y:>{y}}', a.eval(), 'xs'",
        ),
        (
            "def f(a):\n    x = a['x']\n    return {'x': x}, a[['x', 'y']], a['x', 1:x]",
            "def f(a):\n    z = a['x']\n    return {'x': z}, a[['x', 'y']], a['x', 1:z]",
        ),
        (
            "def f(a):\n    'Take x.'\n    x = a\n    return x",
            "def f(a):\n    'Take it.'\n    y = a\n    return y",
        ),
    ],
)
def test_names_of_local_variables_say_nothing(tmp_path: Path, before: str, after: str) -> None:
    one_way, other_way = digests(tmp_path, before, after)
    assert one_way == other_way


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # names that callers, attributes, texts or the module know
        ("def f(a): return a", "def f(b): return b"),
        ("def f(*a, **b): return a, b", "def f(*b, **a): return b, a"),
        ("def f(): return lambda a: a", "def f(): return lambda b: b"),
        ("def f(a): return a.x", "def f(a): return a.y"),
        ("def f(a): return a(x=1)", "def f(a): return a(y=1)"),
        ("def f():\n    def g(): ...\n    return g", "def f():\n    def h(): ...\n    return h"),
        ("def f():\n    class A: ...\n    return A", "def f():\n    class B: ...\n    return B"),
        (
            "def f():\n    class A: x = 1\n    return A",
            "def f():\n    class A: y = 1\n    return A",
        ),
        (
            "def f():\n    import os as x\n    return x",
            "def f():\n    import os as y\n    return y",
        ),
        ("def f():\n    global x\n    x = 1", "def f():\n    global y\n    y = 1"),
        ("[x := 1]\ndef f(): return x", "[y := 1]\ndef f(): return y"),
        # one variable, or two
        (
            "def f():\n    x = 1\n    def g():\n        x = 2\n    g()\n    return x",
            "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    g()\n"
            "    return x",
        ),
        (
            "def f(a):\n    x = 1\n    b = [x for y in a]",
            "def f(a):\n    x = 1\n    b = [x for x in a]",
        ),
        (
            "def f(a):\n    x, y = a\n    return x",
            "def f(a):\n    x, y = a\n    return y",
        ),
        ("def f(a):\n    x, y = a\n    return x", "def f(a):\n    x, x = a\n    return x"),
        (
            "def f(a):\n    x = 0\n    for y in a: x = y\n    return x",
            "def f(a):\n    x = 0\n    for x in a: x = x\n    return x",
        ),
        ("def f():\n    len = 3\n    return len", "def f():\n    size = 3\n    return len"),
        ("def f(x):\n    x = 1\n    return x", "def f(x):\n    y = 1\n    return x"),
        ("def f():\n    (x): int\n    return x", "def f():\n    (y): int\n    return y"),
        (
            "def f(a):\n    x = 1\n    try: a()\n    except OSError as x: pass\n    return x",
            "def f(a):\n    x = 1\n    try: a()\n    except OSError as y: pass\n    return x",
        ),
        (
            "def f():\n    x = 1\n    class A:\n        x = 2\n        def m(self): return x\n"
            "    return A",
            "def f():\n    y = 1\n    class A:\n        x = 2\n        def m(self): return x\n"
            "    return A",
        ),
    ],
)
def test_what_is_another_variable_or_another_name(tmp_path: Path, before: str, after: str) -> None:
    one_way, other_way = digests(tmp_path, before, after)
    assert one_way != other_way


SEEN = (
    "return locals()",
    "return vars()",
    "return dir()",
    "return vars(*a)",
    "look = locals; return look()",
    "return eval('y')",
    "exec('y = 1')",
    "import sys; return sys._getframe().f_locals",
    "import inspect; return inspect.stack()",
    "return a.query('delay > @' + a.name)",
    "return a.eval(a.name)",
    "look = a.query; return look(a.name)",
    "return getattr(a, 'query')(a.name)",
    "import duckdb; return duckdb.sql(a)",
    "from duckdb import *; return sql(a)",
    "import polars as pl; return pl.sql(a)",
    "import numexpr; return numexpr.evaluate(a)",
    "import statsmodels.formula.api as smf; return smf.ols(a)",
    "return a(formula=a.text)",
    "from sqlalchemy import create_engine; return create_engine('duckdb:///:memory:')",
    "return f.__code__",
    "return a.tb_frame",
    "import traceback; return traceback.format_exc()",
    "import cloudpickle; return cloudpickle.dumps(a)",
    "import keras; return keras.layers.Lambda(a)",
    "return getattr(a, '__closure__')",
    "return f'{x=}'",
    "return 'x + 1'",
    "return b'x'",
    "def g(b: x): ...\n    return g",
    "class A:\n        y = x\n    return A",
)


@pytest.mark.parametrize("line", SEEN)
def test_names_that_somebody_may_read_stay(tmp_path: Path, line: str) -> None:
    text = f"def f(a):\n    x = a\n    {line}\n"
    renamed = text.replace("x = a", "other = a").replace(": x", ": other").replace("= x", "= other")
    one_way, other_way = digests(tmp_path, text, renamed)
    assert one_way != other_way


def test_who_reads_names_in_one_function_reads_those_of_its_callers(tmp_path: Path) -> None:
    text = "def look(): return __import__('sys')._getframe(1).f_locals\ndef g(): return look()\n"
    text += "def f():\n    x = 1\n    return g()\n"
    one_way, other_way = digests(tmp_path, text, text.replace("x = 1", "y = 1"))
    assert one_way != other_way


CAUGHT = "except Exception as e: return str(e)"
UNBOUND = {
    "if": "if a: x = 1\n        return x",
    "for": "for x in a: pass\n        return x",
    "while": "while a(): x = 1\n        return x",
    "with": "with a: x = a()\n        return x",
    "try": "try: x = a()\n        except OSError: pass\n        return x",
    "del": "x = 1; del x\n        return x",
    "below": "g = lambda: x\n        g(); x = 1",
    "and": "a and (x := 1)\n        return x",
    "case": "match a:\n            case [x]: pass\n        return x",
    "comprehension": "return [x for b in a if x for x in b]",
    "walrus": "[x := b for b in a]\n        return x",
    "after except": "try: a()\n        except OSError as x: pass\n        return x",
    "inner del": "x = 1\n        def g():\n            nonlocal x\n            del x\n"
    "        g()\n        return x",
}
BOUND = {
    "if": "if a: x = 1\n        else: x = 2\n        return x",
    "raise": "if a: x = 1\n        else: raise OSError\n        return x",
    "for": "for x in a: a(x)",
    "while": "while True:\n            x = a()\n            if x: break\n        return x",
    "with": "with a: x = a(); return x",
    "try": "try: x = a()\n        except OSError: x = 2\n        return x",
    "finally": "try: a()\n        finally: x = 2\n        return x",
    "case": "match a:\n            case [x]: pass\n            case x: pass\n        return x",
    "comprehension": "return [x for b in a for x in b if x]",
    "above": "x = 1\n        g = lambda: x\n        g()",
    "except": "try: a()\n        except OSError as x: return x",
}


def renamed(text: str) -> str:
    return re.sub(r"\bx\b", "y", text)


def unbound_text(body: str, caught: str) -> str:
    return f"def f(a):\n    try:\n        {body}\n    {caught}\n"


@pytest.mark.parametrize("what", UNBOUND)
def test_a_variable_without_value_is_named_in_the_error(tmp_path: Path, what: str) -> None:
    text = unbound_text(UNBOUND[what], CAUGHT)
    one_way, other_way = digests(
        tmp_path,
        text,
        renamed(text),
    )
    assert one_way != other_way


@pytest.mark.parametrize("what", BOUND)
def test_a_variable_with_a_value_is_in_no_error(tmp_path: Path, what: str) -> None:
    text = unbound_text(BOUND[what], CAUGHT)
    one_way, other_way = digests(
        tmp_path,
        text,
        renamed(text),
    )
    assert one_way == other_way


@pytest.mark.parametrize("what", UNBOUND)
def test_an_error_that_nobody_reads_names_nothing(tmp_path: Path, what: str) -> None:
    text = unbound_text(UNBOUND[what], "except OSError as e: return str(e)")
    one_way, other_way = digests(
        tmp_path,
        text,
        renamed(text),
    )
    assert one_way == other_way


def entry(folder: Path, name: str, text: str) -> Slice:
    found = attempt(folder, {"m.py": text.replace("ENTRY", name)}, f"m:{name}")
    assert isinstance(found, Slice)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "def ENTRY(rows): return rows",
        "def ENTRY(rows): return sorted(rows, key=lambda row: row.size)",
        "def ENTRY(rows): return [row for row in rows]",
        "def ENTRY(rows): return rows.fit().other()",
        "def g(): return 1\ndef ENTRY(rows): return g()",
        "def ENTRY(rows): return 1\ndef unused(): return ENTRY(1)",
    ],
)
def test_the_name_of_the_entry_says_nothing(tmp_path: Path, text: str) -> None:
    assert entry(tmp_path, "fit", text).digest == entry(tmp_path, "other", text).digest


@pytest.mark.parametrize(
    "text",
    [
        "import functools\n@functools.lru_cache\ndef ENTRY(rows): return rows",
        "def ENTRY(rows): return rows and ENTRY(rows[1:])",
        "def ENTRY(rows): return g(rows)\ndef g(rows): return rows and ENTRY(rows[1:])",
        "def ENTRY(rows):\n    import m\n    return m.ENTRY.__name__",
        "def ENTRY(rows):\n    class A: pass\n    return repr(A)",
        "def ENTRY(rows):\n    def g(): pass\n    return g(1)",
        "def ENTRY(rows): return map(lambda row: row, rows)",
        "def ENTRY(rows): return sorted(rows, key=lambda a, b: a)",
        "def sorted(a, key): return key()\ndef ENTRY(rows): return sorted(1, key=lambda a: a)",
        "def ENTRY(rows): return (row for row in rows).__qualname__",
        "def ENTRY(rows): return 'fit', 'other'",
        "import sys\ndef ENTRY(rows): return sys._getframe().f_code.co_name",
        "import m\ndef ENTRY(rows): return dir(m)",
        "def ENTRY(rows): return globals()",
        "import logging\nlogging.basicConfig(format='%(funcName)s')\ndef ENTRY(rows): return 1",
        "def ENTRY(rows): return 1\ndef ENTRY(rows): return 2",
        "if LIMIT:\n    def ENTRY(rows): return 1",
        "async def ENTRY(rows): return 1",
        "class ENTRY: pass",
    ],
)
def test_the_name_of_the_entry_counts_where_it_may_be_read(tmp_path: Path, text: str) -> None:
    assert entry(tmp_path, "fit", text).digest != entry(tmp_path, "other", text).digest


def test_a_hook_of_its_module_keeps_its_name(tmp_path: Path) -> None:
    text = "def ENTRY(name): return name"
    assert entry(tmp_path, "__getattr__", text).digest != entry(tmp_path, "fit", text).digest


def test_a_text_of_another_function_keeps_no_name_of_this_one(tmp_path: Path) -> None:
    text = "def g(): return 'x'\ndef f():\n    x = g()\n    return x\n"
    first, second = (
        one(tmp_path, text),
        one(tmp_path, text.replace("x =", "y =").replace("return x\n", "return y\n")),
    )
    assert first.digest == second.digest


def test_a_renamed_entry_is_another_symbol(tmp_path: Path) -> None:
    # Whoever compares two slices by their symbols tells renamed from changed by what they hold.
    text = "def ENTRY(rows): return rows"
    first, second = entry(tmp_path, "fit", text), entry(tmp_path, "other", text)
    assert [*first.table.values()] == [*second.table.values()]
    assert [*first.table, *second.table] == ["m.py:fit", "m.py:other"]
