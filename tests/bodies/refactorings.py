"""Edits that mostly change nothing that code gives: hints, names, places and ways to import."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator

from bodies.fragments import Files

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def refactored(files: Files, draw: random.Random) -> Iterator[tuple[str, Files]]:
    """Refactorings without end, each made to what the one before has left."""
    while True:
        change = draw.choice(_REFACTORINGS)
        found = change(files, draw)
        if found is not None and found[1] != files and _compiles(found[1]):
            yield found
            files = found[1]


def _compiles(files: Files) -> bool:
    try:
        for name, text in files.items():
            compile(text, name, "exec")
    except SyntaxError:
        return False
    return True


def _written(tree: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _hint(tree: ast.Module, draw: random.Random) -> ast.expr | None:
    names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {"value"})
    one, other = draw.choice(names), draw.choice(names)
    simple = ["int", "str", "None", "'int'", "list[int]", "'no such thing'", one, f"'{one}'"]
    asked = [f"{one} | None", f"list[{one}]", f"{one}[int]", f"{one}.{other}", f"dict[str, {one}]"]
    calls = [f"{one}()", f"print('{one}')", "1 / 0", "unknown", f"{one}.append(1)", f"{one}['a']"]
    text = draw.choice([*simple, *simple, *asked, *calls, ""])
    return ast.parse(text, mode="eval").body if text else None


def hinted(files: Files, draw: random.Random) -> tuple[str, Files] | None:
    """A function, a name of a module or a variable has another hint, or none."""
    file = draw.choice(sorted(files))
    tree = ast.parse(files[file])
    places = [
        (owner, block, at)
        for owner in ast.walk(tree)
        for block in (getattr(owner, "body", None),)
        if isinstance(block, list) and isinstance(owner, (ast.Module, ast.ClassDef, *_FUNCTIONS))
        for at, each in enumerate(block)
        if isinstance(each, ast.Assign | ast.AnnAssign | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    if not places:
        return None
    _, block, at = draw.choice(places)
    node, hint = block[at], _hint(tree, draw)
    match node:
        case ast.Assign(targets=[ast.Name() as target], value=value) if hint is not None:
            block[at] = ast.AnnAssign(target=target, annotation=hint, value=value, simple=1)
        case ast.AnnAssign(target=target, value=ast.expr() as value) if hint is None:
            block[at] = ast.Assign(targets=[target], value=value)
        case ast.AnnAssign() if hint is not None:
            node.annotation = hint
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            if given and draw.random() < 0.7:
                draw.choice(given).annotation = hint
            else:
                node.returns = hint
        case _:
            return None
    shown = "no hint" if hint is None else ast.unparse(hint)
    return f"{file}: line {getattr(node, 'lineno', 0)}: {shown}", {**files, file: _written(tree)}


def deferred(files: Files, draw: random.Random) -> tuple[str, Files]:
    """Hints of a file are kept as text, or evaluated."""
    file = draw.choice(sorted(files))
    line = "from __future__ import annotations\n"
    text = files[file]
    if line in text:
        return f"{file}: hints evaluated", {**files, file: text.replace(line, "")}
    return f"{file}: hints deferred", {**files, file: line + text}


def renamed(files: Files, draw: random.Random) -> tuple[str, Files] | None:
    """A name of a module is another one in every file, wherever code spells it."""
    trees = {file: ast.parse(text) for file, text in files.items()}
    names = sorted({name for tree in trees.values() for name in _top_names(tree)} - {"run"})
    if not names:
        return None
    old, new = draw.choice(names), draw.choice(["brand_new", "zz", "len", "fresh_one"])
    taken = {name for tree in trees.values() for name in _words(tree)}
    while new in taken:
        new += "z"
    for tree in trees.values():
        for node in ast.walk(tree):
            _respell(node, old, new)
    return f"{old} -> {new}", {file: _written(tree) for file, tree in trees.items()}


def _top_names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                pass


def _words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "name", "attr", "arg", "asname"):
            word = getattr(node, field, None)
            if isinstance(word, str):
                yield word


def _respell(node: ast.AST, old: str, new: str) -> None:
    for field in ("id", "name", "attr", "asname", "arg"):
        if getattr(node, field, None) == old:
            setattr(node, field, new)
    if isinstance(node, ast.Global | ast.Nonlocal):
        node.names = [new if name == old else name for name in node.names]


def moved(files: Files, draw: random.Random) -> tuple[str, Files] | None:
    """A function or constant lies in a module of its own, from which its own module has it."""
    file = draw.choice([name for name in sorted(files) if "/" not in name])
    tree = ast.parse(files[file])
    here = file.removesuffix(".py")
    at = [
        number
        for number, node in enumerate(tree.body)
        if isinstance(node, (*_FUNCTIONS, ast.Assign)) and [*_top_names(_module(node))] != ["run"]
    ]
    if not at:
        return None
    number = draw.choice(at)
    node = tree.body[number]
    names = [*_top_names(_module(node))]
    fresh = f"fresh{len(files)}"
    if len(names) != 1 or f"{fresh}.py" in files:
        return None
    if any(isinstance(each, ast.ClassDef) for each in ast.walk(node)):
        return None  # files have no names in a digest, but classes say theirs when they are shown
    used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} - set(names)
    imports = [each for each in tree.body if isinstance(each, ast.Import | ast.ImportFrom)]
    above = {name for each in tree.body[:number] for name in _top_names(_module(each))}
    wanted = sorted(used & {name for each in tree.body for name in _top_names(_module(each))})
    if not above.issuperset(wanted):
        return None  # the modules would import each other before they have what is wanted
    inner = [f"from {here} import {name}" for name in wanted]
    begin = "\n".join([ast.unparse(each) for each in imports] + inner)
    tree.body[number] = ast.parse(f"from {fresh} import {names[0]}").body[0]
    if not wanted and draw.random() < 0.5:
        tree.body.insert(0, tree.body.pop(number))
    return f"{file}: {names[0]} to {fresh}", {
        **files,
        file: _written(tree),
        f"{fresh}.py": f"{begin}\n{_written(node)}",
    }


def _module(node: ast.stmt) -> ast.Module:
    return ast.Module([node], [])


def restyled(files: Files, draw: random.Random) -> tuple[str, Files] | None:
    """A name is imported in another way, or somewhere else."""
    file = draw.choice(sorted(files))
    tree = ast.parse(files[file])
    owners = [node for node in ast.walk(tree) if isinstance(node, (ast.Module, *_FUNCTIONS))]
    places = [
        (owner, at)
        for owner in owners
        for at, each in enumerate(owner.body)
        if isinstance(each, ast.Import | ast.ImportFrom)
    ]
    if not places:
        return None
    owner, at = draw.choice(places)
    node = owner.body[at]
    match node, draw.randrange(4):
        case ast.ImportFrom(module=str(module), level=0, names=[alias]), 0 if alias.name != "*":
            bound = alias.asname or alias.name
            owner.body[at] = ast.Import([ast.alias(module)])
            _attributes(tree, bound, f"{module}.{alias.name}")
        case ast.Import(names=[ast.alias(name=name, asname=str(bound))]), 1 if "." in name:
            package, _, last = name.rpartition(".")
            owner.body[at] = ast.ImportFrom(package, [ast.alias(last, bound)], 0)
        case _, 2:
            owner.body.pop(at)
            other = draw.choice(owners)
            other.body.insert(0, node)
        case _, 3:
            owner.body.insert(0, owner.body.pop(at))
        case _:
            return None
    for each in owners:
        each.body[:] = each.body or [ast.Pass()]
    return f"{file}: {ast.unparse(node)} in another way", {**files, file: _written(tree)}


def _attributes(tree: ast.Module, name: str, dotted: str) -> None:
    class Spelled(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            if node.id == name and isinstance(node.ctx, ast.Load):
                return ast.parse(dotted, mode="eval").body
            return node

    Spelled().visit(tree)


_REFACTORINGS: tuple[Callable[[Files, random.Random], tuple[str, Files] | None], ...] = (
    hinted,
    hinted,
    hinted,
    hinted,
    deferred,
    renamed,
    renamed,
    moved,
    restyled,
)
