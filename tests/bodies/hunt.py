"""Random projects, random edits of one of their files, and what the code gives before and after.

An edit that changes what the function gives and not its digest is a wrong hit: the worst of all
faults, as an old result would answer for new code.
"""

from __future__ import annotations

import ast
import copy
import os
import random
import re
import resource
import signal
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bodies import renames
from bodies.fragments import FRAGMENTS, Files

from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.module import Module
from millpond.compiler.bodies.onlookers import Audience
from millpond.compiler.bodies.resolve import resolve_symbol
from millpond.compiler.bodies.slice import Slice, slice_function
from millpond.compiler.bodies.walk import Walk

MAIN = "hunted.py"
BROKEN = "cannot be imported: "


def project(draw: random.Random) -> Files:
    """A few fragments, and a module whose `run` uses some of them."""
    chosen = draw.sample(range(len(FRAGMENTS)), draw.randint(1, 3))
    files: Files = {}
    head, calls, inside = [], [], []
    for number, fragment in enumerate(chosen):
        name = f"part{number}"
        for path, text in FRAGMENTS[fragment].items():
            files[path.replace("{p}", name)] = text.replace("{p}", name)
        style = draw.randrange(7)
        if style == 0:
            head.append(f"import {name}")
            calls.append(f"{name}.value()")
        elif style == 1:
            head.append(f"from {name} import value as value{number}")
            calls.append(f"value{number}()")
        elif style == 2:
            inside.append(f"import {name}")
            calls.append(f"{name}.value()")
        elif style == 3:
            head.append(f"import {name} as other{number}")
            calls.append(f"other{number}.value()")
        elif style == 4:
            files[f"again{number}.py"] = f"from {name} import *\nfrom {name} import value\n"
            head.append(f"from again{number} import value as value{number}")
            calls.append(f"value{number}()")
        elif style == 5:
            head.append(f"import {name}  # for what it does")
        else:
            head.append(f"import {name}")
            calls.append(f"getattr({name}, 'value')()")
    draw.shuffle(head)
    body = [*inside, f"return [{', '.join(calls)}]"]
    lines = [*head, "SPARE = 1", "def spare():", "    return SPARE", "def run():"]
    files[MAIN] = "\n".join([*lines, *(f"    {line}" for line in body)]) + "\n"
    return files


@dataclass(frozen=True)
class Change:
    """An edit of one file; `what` says it in words."""

    what: str
    files: Files


def changes(files: Files, draw: random.Random) -> Iterator[Change]:
    """Edits without end; each of one file, most of them of one node of its tree."""
    while True:
        name = draw.choice(sorted(files))
        tree = ast.parse(files[name])
        change = draw.choice(_CHANGES)
        what = change(tree, draw)
        if what is None:
            continue
        try:
            text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
            compile(text, name, "exec")
        except (SyntaxError, ValueError, AttributeError):
            continue
        if ast.dump(ast.parse(text)) != ast.dump(ast.parse(files[name])):
            yield Change(f"{name}: {what}", {**files, name: text})


def _pick(tree: ast.AST, draw: random.Random, *kinds: type[ast.AST]) -> ast.AST | None:
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return draw.choice(found) if found else None


def _literal(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.Constant)
    if not isinstance(node, ast.Constant):
        return None
    old = node.value
    match old:
        case bool() | None:
            node.value = draw.choice([True, False, None, 0])
        case int():
            node.value = old + draw.choice([1, -1, 7])
        case str():
            node.value = draw.choice([old + "x", old[:-1], old.upper(), old])
        case _:
            return None
    return f"line {node.lineno}: {old!r} -> {node.value!r}"


def _blocks(tree: ast.AST) -> list[list[ast.stmt]]:
    found = []
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                found.append(block)
    return found


def _drop(tree: ast.Module, draw: random.Random) -> str | None:
    block = draw.choice(_blocks(tree))
    gone = block.pop(draw.randrange(len(block)))
    if not block:
        block.append(ast.Pass())
    return f"dropped line {gone.lineno}"


def _swap(tree: ast.Module, draw: random.Random) -> str | None:
    blocks = [block for block in _blocks(tree) if len(block) > 1]
    if not blocks:
        return None
    block = draw.choice(blocks)
    at = draw.randrange(len(block) - 1)
    block[at], block[at + 1] = block[at + 1], block[at]
    return f"swapped lines {block[at].lineno} and {block[at + 1].lineno}"


def _move(tree: ast.Module, draw: random.Random) -> str | None:
    if len(tree.body) < 3:
        return None
    moved = tree.body.pop(draw.randrange(len(tree.body)))
    tree.body.insert(draw.randrange(len(tree.body) + 1), moved)
    return f"moved line {moved.lineno}"


def _repeat(tree: ast.Module, draw: random.Random) -> str | None:
    block = draw.choice(_blocks(tree))
    again = copy.deepcopy(draw.choice(block))
    block.insert(draw.randrange(len(block) + 1), again)
    return f"repeated line {again.lineno}"


def _name(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.Name)
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    names += [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    if not isinstance(node, ast.Name):
        return None
    old, node.id = node.id, draw.choice(names)
    return f"line {node.lineno}: {old} -> {node.id}"


def _attribute(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.Attribute)
    names = [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    if not isinstance(node, ast.Attribute):
        return None
    old, node.attr = node.attr, draw.choice(names)
    return f"line {node.lineno}: .{old} -> .{node.attr}"


def _rename(tree: ast.Module, draw: random.Random) -> str | None:
    """A definition gets the name of another one, or a new one."""
    node = _pick(tree, draw, ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        return None
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    old, node.name = node.name, draw.choice([*names, "brand_new", "__getattr__", "value"])
    return f"line {node.lineno}: def {old} -> {node.name}"


def _undecorate(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.FunctionDef, ast.ClassDef)
    if not isinstance(node, ast.FunctionDef | ast.ClassDef) or not node.decorator_list:
        return None
    node.decorator_list.pop()
    return f"line {node.lineno}: undecorated"


def _operator(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.BinOp, ast.Compare, ast.BoolOp)
    if isinstance(node, ast.BinOp):
        node.op = draw.choice([ast.Add(), ast.Sub(), ast.Mult()])
    elif isinstance(node, ast.Compare):
        node.ops[0] = draw.choice([ast.Lt(), ast.GtE(), ast.Eq(), ast.IsNot()])
    elif isinstance(node, ast.BoolOp):
        node.op = draw.choice([ast.And(), ast.Or()])
    else:
        return None
    return f"line {node.lineno}: another operator"


def _import(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.ImportFrom, ast.Import)
    if not isinstance(node, ast.ImportFrom | ast.Import):
        return None
    alias = draw.choice(node.names)
    match draw.randrange(4):
        case 0:
            alias.asname = draw.choice(["brand_new", "value", None])
        case 1 if len(node.names) > 1:
            node.names.remove(alias)
        case 2:
            names = [n.name for n in ast.walk(tree) if isinstance(n, ast.alias)]
            alias.name = draw.choice(names)
        case _:
            if isinstance(node, ast.ImportFrom):
                node.level = draw.choice([0, 1, 2])
    return f"line {node.lineno}: another import"


def _inject(tree: ast.Module, draw: random.Random) -> str | None:
    """A new statement at the top level or in a block."""
    names = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {"value"})
    one, two = draw.choice(names), draw.choice(names)
    text = draw.choice(
        [
            f"{one} = {two}",
            f"{one} = 5",
            f"del {one}",
            f"{one}.{two} = 3",
            f"def {one}(*a, **k):\n    return 77",
            f"class {one}:\n    {two} = 4",
            "def __getattr__(name):\n    return 5",
            "def __dir__():\n    return []",
            f"import builtins\nbuiltins.{one} = lambda *a: 6",
            "from math import *",
            f"from os import path as {one}",
            "import sys\nsys.setrecursionlimit(5000)",
            f"globals()['{one}'] = 12",
            f"for {one} in range(2): pass",
            f"with open(__file__) as {one}: pass",
            f"try:\n    {one} = {two}.x\nexcept Exception as {two}:\n    pass",
            f"({one} := 3)",
            f"[{one} := z for z in (1, 2)]",
            f"match 1:\n    case {one}:\n        pass",
            f"{one} += 1",
            f"{one}: int = 8",
            f"__all__ = ['{one}']",
            f"if {one}:\n    {two} = 2\nelse:\n    {two} = 3",
            f"assert {one}",
            f"lambda: {one}",
            "raise ValueError(1)",
            f"exec('{one} = 1')",
            f"vars()['{one}'] = 2",
            f"import sys\nsys.modules[__name__].{one} = 9",
            f"from sys import modules as mods\nmods[__name__].{one} = 9",
            f"global {one}",
        ]
    )
    block = tree.body if draw.random() < 0.7 else draw.choice(_blocks(tree))
    at = draw.randrange(len(block) + 1)
    block[at:at] = ast.parse(text).body
    return f"added at {at}: {text!r}"


def _annotation(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.arg, ast.AnnAssign, ast.FunctionDef)
    new = draw.choice(["int", "str", "'list[int]'", "value", "1 / 0"])
    made = ast.parse(new, mode="eval").body
    if isinstance(node, ast.arg | ast.AnnAssign):
        node.annotation = made
    elif isinstance(node, ast.FunctionDef):
        node.returns = made
    else:
        return None
    return f"line {node.lineno}: annotated with {new}"


def _default(tree: ast.Module, draw: random.Random) -> str | None:
    node = _pick(tree, draw, ast.arguments)
    if not isinstance(node, ast.arguments) or not node.defaults:
        return None
    node.defaults[-1] = ast.Constant(value=99)
    return "another default"


_CHANGES = (
    *(_literal, _literal, _drop, _swap, _move, _repeat, _name, _name, _attribute, _rename),
    *(_undecorate, _operator, _import, _import, _inject, _inject, _annotation, _default),
    *(renames.everywhere, renames.exchanged, renames.captured),
)


def write(files: Files, folder: Path) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def cut(folder: Path, entry: str = "run") -> Slice | str:
    """The slice of `run`, or why there is none."""
    library = Library([folder])
    module = library.module("hunted")
    if not isinstance(module, Module):
        return str(module)
    found = slice_function(library, module, entry)
    return found if isinstance(found, Slice) else str(found)


def audience(folder: Path, entry: str = "run") -> Audience:
    """What is read of names, docstrings and errors in the slice of `run`."""
    library = Library([folder])
    module = library.module("hunted")
    assert isinstance(module, Module), module
    walk = Walk(library, module.name)
    walk.execute(module.name)
    walk.reach(resolve_symbol(library, module, entry))
    walk.close()
    return walk.audience


def outcome(folder: Path, entry: str = "run") -> str:
    """What `hunted.run()` gives in a process of its own: a value, or an error."""
    read, written = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(read)
            _run_here(folder, written, entry)
            code = 0
        finally:
            os._exit(code)
    os.close(written)
    with os.fdopen(read, "rb") as stream:
        found = stream.read().decode("utf-8", "replace")
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"{BROKEN}it does not end"
    return found.replace(str(folder), "")


def plain(files: Files) -> Files:
    """The same without comments, and laid out as an edit lays out what it touches."""
    return {name: ast.unparse(ast.parse(text)) + "\n" for name, text in files.items()}


def _run_here(folder: Path, written: int, entry: str) -> None:
    # The time that it works: a machine that is busy with other things is no reason.
    resource.setrlimit(resource.RLIMIT_CPU, (5, 6))
    signal.alarm(120)
    sys.path[:0] = [str(folder)]
    sys.dont_write_bytecode = True
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    begin = BROKEN
    try:
        import hunted  # type: ignore[import-not-found]

        begin = ""
        # Twice: what a call leaves behind counts as well.
        run = getattr(hunted, entry)
        said = repr([run(), run()])
    except BaseException as problem:
        said = begin + "".join(traceback.format_exception_only(problem))
    os.write(written, _plain(said).encode("utf-8", "replace")[:60_000])


def _plain(text: str) -> str:
    """Without addresses in memory."""
    return re.sub(r"0x[0-9a-f]+", "0x", text)
