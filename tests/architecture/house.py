"""Reads the house from its imports: which file leans on which, and on what from outside.

`python tests/architecture/house.py` prints the rooms and the arrows between them as Mermaid.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TOPS = ("face", "compiler", "backends", "grammar", "stdlib", "runtime")
SHIMS = ("__init__.py", "millpond/__init__.py", "millpond/__main__.py")

# Floor by floor, what stands on it: a file without its ending, or a folder. The longest prefix of a
# file's path names its room, so a new file must stand in a room of this table, or the test says so.
FLOORS: Mapping[int, tuple[str, ...]] = {
    1: (
        "__init__",
        "compiler/__init__",
        "compiler/source",
        "compiler/versions",
        "compiler/types",
        "grammar",
        "stdlib",
        "runtime",
    ),
    2: ("compiler/diagnostics", "compiler/ir"),
    3: (
        "compiler/syntax",
        "compiler/bodies",
        "compiler/draw",
        "compiler/passes",
        "compiler/plan",
        "compiler/prices",
        "compiler/reasons",
    ),
    4: (
        "compiler/check",
        "compiler/contract",
        "compiler/difference",
        "compiler/lock",
        "compiler/manifest",
        "compiler/memo",
        "compiler/project",
        "compiler/sections",
    ),
    5: (
        "compiler/lower",
        "backends",
        "backends/__init__",
        "backends/argo",
        "backends/kubeflow",
        "backends/local",
        "backends/sagemaker",
    ),
    6: ("compiler/driver", "compiler/interpret"),
    7: ("compiler/cli", "compiler/lsp"),
    8: ("face", "millpond/__init__", "millpond/__main__"),
}
FLOOR_OF_ROOM = {room: floor for floor, rooms in FLOORS.items() for room in rooms}


@dataclass(frozen=True, slots=True, order=True)
class Arrow:
    """One import: a file leans on another file of ours (by path), or on a module from outside."""

    source: str
    target: str
    line: int
    lazy: bool


@dataclass(frozen=True, slots=True)
class House:
    """Every Python file of the product, with the arrows inside the house and those that leave it.

    `absolute` are the inner arrows that are not spelled relatively; `broken` name no file of ours.
    """

    docstrings: Mapping[str, str | None]
    inner: tuple[Arrow, ...]
    outer: tuple[Arrow, ...]
    absolute: tuple[Arrow, ...]
    broken: tuple[Arrow, ...]

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(self.docstrings)


def room_of(path: str) -> str | None:
    """The room a file stands in, or None where the table knows none."""
    return max((r for r in FLOOR_OF_ROOM if within(path, r)), key=len, default=None)


def within(path: str, room: str) -> bool:
    """Whether a file is a room, or stands in it."""
    return path == f"{room}.py" or path.startswith(f"{room}/")


def floor_of(path: str) -> int | None:
    room = room_of(path)
    return None if room is None else FLOOR_OF_ROOM[room]


def files(root: Path) -> list[str]:
    """The product's Python files, relative to the root, by their real paths and sorted."""
    found = [name for name in SHIMS if (root / name).is_file()]
    for top in TOPS:
        found += [p.relative_to(root).as_posix() for p in (root / top).rglob("*.py")]
    return sorted(found)


def read(root: Path) -> House:
    """Draw the house that stands under `root`."""
    names = files(root)
    known = {dotted(name): name for name in names}
    docstrings: dict[str, str | None] = {}
    inner: list[Arrow] = []
    outer: list[Arrow] = []
    absolute: list[Arrow] = []
    broken: list[Arrow] = []
    for name in names:
        tree = ast.parse((root / name).read_text(encoding="utf-8"), filename=name)
        docstrings[name] = ast.get_docstring(tree)
        for node, lazy in imports(tree):
            for module, spelled_absolutely in modules(node, name):
                stem = module.split(":")[0]
                path = locate(module, known)
                if path is None:
                    ours = stem == "millpond" or stem.startswith("millpond.")
                    (broken if ours else outer).append(Arrow(name, stem, node.lineno, lazy))
                    continue
                arrow = Arrow(name, path, node.lineno, lazy)
                inner.append(arrow)
                if spelled_absolutely:
                    absolute.append(arrow)
    return House(docstrings, tuple(inner), tuple(outer), tuple(absolute), tuple(broken))


def dotted(path: str) -> str:
    """`compiler/ir/graph.py` as `millpond.compiler.ir.graph`, the name it is imported by."""
    parts = path.removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts if parts[:1] == ["millpond"] else ["millpond", *parts])


def imports(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.Call, bool]]:
    """Every import in a file; lazy where it does not run when the file is loaded."""
    lazy_blocks = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)

    def walk(node: ast.AST, lazy: bool) -> Iterator[tuple[ast.stmt | ast.Call, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import | ast.ImportFrom) or is_import_call(child):
                assert isinstance(child, ast.Import | ast.ImportFrom | ast.Call)
                yield child, lazy
            elif isinstance(child, ast.If) and is_type_checking(child.test):
                for statement in child.body:
                    yield from walk(ast.Module([statement], []), True)
                for statement in child.orelse:
                    yield from walk(ast.Module([statement], []), lazy)
            else:
                yield from walk(child, lazy or isinstance(child, lazy_blocks))

    return walk(tree, False)


def is_type_checking(test: ast.expr) -> bool:
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (
        isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING"
    )


def is_import_call(node: ast.AST) -> bool:
    """`import_module("...")` with a literal name: an import by another spelling."""
    if not isinstance(node, ast.Call) or not node.args:
        return False
    called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
    called = node.func.id if isinstance(node.func, ast.Name) else called
    first = node.args[0]
    return (
        called in {"import_module", "__import__"}
        and isinstance(first, ast.Constant)
        and isinstance(first.value, str)
    )


def modules(node: ast.stmt | ast.Call, path: str) -> Iterator[tuple[str, bool]]:
    """The modules an import names, as `module` or `package:member`, and whether it is absolute."""
    package = dotted(path).split(".")
    if not path.endswith("__init__.py"):
        package.pop()
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name, True
    elif isinstance(node, ast.ImportFrom):
        base = package[: len(package) - node.level + 1] if node.level else []
        stem = ".".join([*base, *([node.module] if node.module else [])])
        for alias in node.names:
            yield f"{stem}:{alias.name}", node.level == 0
    elif isinstance(node, ast.Call):
        first = node.args[0]
        assert isinstance(first, ast.Constant)
        assert isinstance(first.value, str)
        name = first.value
        level = len(name) - len(name.lstrip("."))
        base = package[: len(package) - level + 1] if level else []
        yield ".".join([*base, name.lstrip(".")] if level else [name]), level == 0


def locate(module: str, known: Mapping[str, str]) -> str | None:
    """The file of ours behind a module name, or None where no file of ours is called so."""
    stem, _, member = module.partition(":")
    return known.get(f"{stem}.{member}", known.get(stem))


def circles(arrows: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The strongly connected groups of more than one member, each sorted (Tarjan)."""
    after: dict[str, list[str]] = {}
    for source, target in arrows:
        after.setdefault(source, []).append(target)
        after.setdefault(target, [])
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in sorted(after):
        if start in index:
            continue
        work = [(start, iter(sorted(set(after[start]))))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            node, rest = work[-1]
            for following in rest:
                if following not in index:
                    index[following] = low[following] = len(index)
                    stack.append(following)
                    work.append((following, iter(sorted(set(after[following])))))
                    break
                if following in stack:
                    low[node] = min(low[node], index[following])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    group, stack[at:] = stack[at:], []
                    if len(group) > 1:
                        found.append(sorted(group))
    return sorted(found)


def drawing(house: House) -> str:
    """The rooms and the arrows between them, floor by floor, as Mermaid."""
    lines = ["flowchart BT"]
    rooms = sorted({r for f in house.files if (r := room_of(f)) is not None})
    for floor in FLOORS:
        here = [room for room in rooms if FLOOR_OF_ROOM[room] == floor]
        lines.append(f"  subgraph floor{floor}[floor {floor}]")
        lines += [f"    r{rooms.index(room)}[{room}]" for room in here]
        lines.append("  end")
    pairs = {(room_of(a.source), room_of(a.target)) for a in house.inner}
    for source, target in sorted((s, t) for s, t in pairs if s and t and s != t):
        lines.append(f"  r{rooms.index(source)} --> r{rooms.index(target)}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(drawing(read(Path(__file__).parents[2])) + "\n")
