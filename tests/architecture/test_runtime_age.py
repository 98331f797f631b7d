"""The runtime keeps to Python 3.10: it runs in images that are not ours to choose."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[2] / "runtime"

# What the standard library and the builtins gained in 3.11 and 3.12, and code is tempted to use.
YOUNGER = {
    "builtins": {"BaseExceptionGroup", "ExceptionGroup"},
    "asyncio": {"Runner", "TaskGroup", "timeout"},
    "contextlib": {"chdir"},
    "datetime": {"UTC"},
    "enum": {"EnumType", "ReprEnum", "StrEnum", "member", "nonmember", "verify"},
    "hashlib": {"file_digest"},
    "itertools": {"batched"},
    "typing": {
        "LiteralString",
        "Never",
        "NotRequired",
        "Required",
        "Self",
        "TypeVarTuple",
        "Unpack",
        "assert_never",
        "assert_type",
        "dataclass_transform",
        "override",
        "reveal_type",
    },
}
YOUNGER_MODULES = {"compression", "tomllib", "wsgiref.types"}


def too_young(text: str) -> Iterator[str]:
    """What a file uses that Python 3.10 does not have. Raises SyntaxError for its syntax."""
    tree = ast.parse(text, feature_version=(3, 10))
    modules = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (a.name for a in names if a.name in YOUNGER_MODULES)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                young = YOUNGER.get(module, set())
                yield from (f"{module}.{a.name}" for a in names if a.name in young)
                if module in YOUNGER_MODULES:
                    yield module
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in modules:
                if attribute in YOUNGER.get(modules[name], set()):
                    yield f"{modules[name]}.{attribute}"
            case ast.Call(func=ast.Attribute(value=value, attr="add_note" | "walk" as method)):
                if not (isinstance(value, ast.Name) and value.id in modules):
                    yield f".{method}()"
            case ast.Name(id=name) if name in YOUNGER["builtins"]:
                yield name


@pytest.mark.parametrize("path", sorted(RUNTIME.rglob("*.py")), ids=lambda path: path.name)
def test_the_runtime_is_old_enough(path: Path) -> None:
    assert list(too_young(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import UTC",
        "import datetime as d\nd.UTC",
        "import tomllib",
        "from typing import Self",
        "raise ExceptionGroup('x', [])",
        "Path().walk()",
        "import hashlib\nhashlib.file_digest",
    ],
)
def test_a_younger_thing_is_found(text: str) -> None:
    assert list(too_young(text))


@pytest.mark.parametrize("text", ["import os\nos.walk('.')", "from datetime import timezone"])
def test_what_is_old_enough_passes(text: str) -> None:
    assert list(too_young(text)) == []


@pytest.mark.parametrize("text", ["type X = int", "try:\n  f()\nexcept* OSError:\n  pass"])
def test_younger_syntax_is_refused(text: str) -> None:
    with pytest.raises(SyntaxError):
        list(too_young(text))
