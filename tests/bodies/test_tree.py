"""The normal form is the same on every Python: stored digests, and other interpreters if any."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from millpond.compiler.bodies.tree import FIELDS, normal_form

# Digests of this recipe are in users' stores: a change here needs a new key scheme.
TEXTS = (
    "x = 1_000 + 0xFF - 1e3 * 1j ** ~True",
    "s = 'it' \"'s\" + u'\\u00e9' + r'\\d' + b'\\x00a'.hex()",
    "big = 10 ** 5000 + 0x" + "f" * 5000,
    (
        "def f(a, /, b: int = 1, *c, d=None, **e) -> 'T':\n    'doc'\n    x: int = a\n    y: int\n"
        "    return [*c, *e.values()] if a and b or not d else lambda q, *r: (q, r)"
    ),
    "t = f'a{x!r:>{w}.{p}}b' f\"{y}\" 'c' '{{d}}' f'{{{z = }}}' f'plain'",
    (
        "async def g():\n    async with a as b, c: pass\n    async for i in b: yield await i\n"
        "    else: ...\n    return"
    ),
    (
        "@d.e(1)\nclass K(B, metaclass=M):\n    'doc'\n    a: int\n    b: 'str' = ''\n"
        "    def m(self):\n        global q; nonlocal_ = 1\n        del q[0], self.x"
    ),
    (
        "match v:\n    case [1, 'a', *rest] if rest: ...\n"
        "    case {'k': P(x=0) as p, **more}: pass\n"
        "    case None | True | -1.5 | a.b: y = 2\n    case _: raise E from None"
    ),
    "try:\n    import a.b as c, d\nexcept* (A, B) as e:\n    assert e, 'no'\n",
    "try:\n    from ..p import q as r, s\nexcept A: raise\nelse: x += 1\nfinally: x[1:2, ::3] @= y",
    "while (n := next(i)) is not None:\n    if a < b <= c != d not in e: break\n    else: continue",
    "z = {**a, 'k': {1, 2}, **{k: v for k, v in b if k for w in v}}, "
    "{i for i in x}, (j for j in y)",
    "for a, (b, *c) in zip(d, e, strict=True): f(*c, g=h, **i)[j].k //= (yield_, (1,), ())",
)
DIGESTS = (
    "3ff9bbf2432593c2",
    "499fd628f0b0f442",
    "2eb1d0f6e2f4c676",
    "bd8dfc8c4ebc0e09",
    "1ff6a462e1e1d7b5",
    "c57c26aeda56f540",
    "c2e5d19235e9ed53",
    "48f0fdced53e4196",
    "555020a2a80c0a97",
    "b352fd7b26c02e5d",
    "7db843bfefb0726c",
    "74c1123abc570761",
    "59c5a73b1108aea9",
)
VECTORS: dict[str, str] = dict(zip(TEXTS, DIGESTS, strict=True))


def form(text: str) -> str:
    (statement,) = ast.parse(text).body
    return normal_form(statement, local=lambda node, alias: False)


def digest(text: str) -> str:
    return hashlib.sha256(form(text).encode()).hexdigest()[:16]


@pytest.mark.parametrize(("text", "stored"), VECTORS.items())
def test_stored_digests(text: str, stored: str) -> None:
    assert digest(text) == stored


def interpreters() -> dict[int, str]:
    """A Python of each minor version that this machine has, from 3.10 up; ours at least."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = {sys.version_info.minor: sys.executable}
    for minor in range(10, 15):
        beside = [shutil.which(f"python3.{minor}"), *map(str, kept.glob(f"3.{minor}.*/bin/python"))]
        for python in filter(None, beside):
            if subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
                found.setdefault(minor, python)
    return dict(sorted(found.items()))


PYTHONS = interpreters()


@pytest.mark.parametrize("minor", PYTHONS)
def test_other_interpreters_agree(minor: int) -> None:
    python = PYTHONS[minor]
    texts = [text for text in VECTORS if minor > 10 or "except*" not in text]
    script = (
        "import ast, hashlib, sys; sys.path.insert(0, sys.argv[1])\n"
        "import importlib.util as u\n"
        "spec = u.spec_from_file_location('tree', sys.argv[1] + '/tree.py')\n"
        "tree = u.module_from_spec(spec); spec.loader.exec_module(tree)\n"
        "for text in eval(sys.stdin.read()):\n"
        "    text = tree.normal_form(ast.parse(text).body[0], local=lambda node, alias: False)\n"
        "    print(hashlib.sha256(text.encode()).hexdigest()[:16])\n"
    )
    folder = str(Path(sys.modules[normal_form.__module__].__file__ or "").parent)
    done = subprocess.run(
        [python, "-c", script, folder],
        input=repr(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [VECTORS[text] for text in texts]


def test_every_node_of_this_python_has_its_fields() -> None:
    left_out = {"ctx", "type_comment", "kind", "type_ignores"}
    abstract = {"mod", "expr", "stmt", "slice"}
    for name, kind in vars(ast).items():
        if not (isinstance(kind, type) and issubclass(kind, ast.AST)) or kind.__subclasses__():
            continue
        if name in abstract or issubclass(
            kind, (ast.mod, ast.expr_context, ast.type_ignore, ast.Constant)
        ):
            continue
        if issubclass(kind, ast.expr) and kind.__module__ == "ast":
            continue  # old spellings of Constant
        if name in ("AugLoad", "AugStore", "Param", "Suite", "Index", "ExtSlice", "ctx"):
            continue
        if not kind.__doc__ or kind.__doc__.startswith("Deprecated"):
            continue
        assert name in FIELDS, name
        assert set(FIELDS[name]) >= set(kind._fields) - left_out, name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 'a'", 'x = "a"'),
        ("x = 16", "x = 0x10"),
        ("x = 1e3", "x = 1000.0"),
        ("x = 'ab'", "x = 'a' 'b'"),
        ("x = f'{a}bc'", "x = f'{a}' 'b' f'c'"),
        ("x = f'abc'", "x = 'abc'"),
        ("def f():\n    'doc'\n    return 1", "def f():\n\n    return (1)  # why"),
        ("def f():\n    'doc'", "def f(): pass"),
        ("def f():\n    x: int = 1", "def f():\n    x = 1"),
        ("x = (1, 2)", "x = 1, 2"),
    ],
)
def test_spellings_of_one_thing(one: str, other: str) -> None:
    assert form(one) == form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = True"),
        ("x = 'a'", "x = b'a'"),
        ("x = '1'", "x = 1"),
        ("x = 'None'", "x = None"),
        ("x = ''", "x = None"),
        ("x = []", "x = ()"),
        ("return_ = None", "return_ = ..."),
        ("x = 0.0", "x = -0.0"),
        ("x = a[1:]", "x = a[:1]"),
        ("x = f'{a}'", "x = f'{a!s}'"),
        ("x = f'{a}b'", "x = f'{a:b}'"),
        ("x = f'{{a}}'", "x = f'{a}'"),
        ("x = {**a}", "x = {a: None}"),
        ("def f(a, b): ...", "def f(a, *, b): ..."),
        ("def f(a, b): ...", "def f(a, b, /): ..."),
        ("def f(*, a, b=1): ...", "def f(*, a=1, b): ..."),
        ("def f(): return", "def f(): return None"),
        ("class A:\n    x: int = 1", "class A:\n    x = 1"),
        ("for i in a: b()", "for i in a:\n    pass\nelse: b()"),
        ("if a: b()\nelse: c()", "if a:\n    b()\n    c()"),
        ("from a import b", "from .a import b"),
        ("from a import b", "from a import b as c"),
        ("import a", "import a.b"),
        ("async def f(): ...", "def f(): ..."),
        ("x = (yield_)", "x = (yield_,)"),
        ("match x:\n    case True: y = 1", "match x:\n    case 1: y = 1"),
        ("match x:\n    case None: y = 1", "match x:\n    case _: y = 1"),
        ("x = a < b < c", "x = (a < b) < c"),
        ("x = [i async for i in a]", "x = [i for i in a]"),
    ],
)
def test_different_things(one: str, other: str) -> None:
    assert form(one) != form(other)
