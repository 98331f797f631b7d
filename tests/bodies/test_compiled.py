"""Compiled modules of the project count by content, and with all that they may import."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.module import Module
from millpond.compiler.bodies.slice import Slice, slice_function

TAGGED = "fast.cpython-312-x86_64-linux-gnu.so"


def found(folder: Path, code: str, files: dict[str, bytes]) -> Slice:
    for name, content in {"work.py": code.encode(), "other.py": b"N = 1", **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    library = Library([folder])
    module = library.module("work")
    assert isinstance(module, Module)
    read = slice_function(library, module, "f")
    assert isinstance(read, Slice)
    return read


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("import fast\ndef f(): return fast.g()", TAGGED),
        ("from fast import g\ndef f(): return g()", "fast.so"),
        ("def f():\n    import fast\n    return fast.g()", "fast.pyd"),
        ("from pkg import fast\ndef f(): return fast.g()", f"pkg/{TAGGED}"),
        ("from pkg.fast import g\ndef f(): return g()", f"pkg/{TAGGED}"),
        ("import pkg.fast\ndef f(): return pkg.fast.g()", f"space/../pkg/{TAGGED}"),
    ],
)
@pytest.mark.parametrize("source", [{}, {"fast.py": b"def g(): return 1", "pkg/__init__.py": b""}])
def test_a_compiled_module_counts_by_content(
    tmp_path: Path, code: str, place: str, source: dict[str, bytes]
) -> None:
    (tmp_path / "space").mkdir()
    first = found(tmp_path, code, {**source, place: b"1"})
    assert [each.path.resolve() for each in first.beside] == [(tmp_path / place).resolve()]
    assert found(tmp_path, code, {place: b"1"}).digest == first.digest
    assert found(tmp_path, code, {place: b"2"}).digest != first.digest


def test_it_may_import_whatever_the_project_has(tmp_path: Path) -> None:
    code = "import fast\ndef f(): return fast.g()"
    first = found(tmp_path, code, {TAGGED: b"1"})
    assert found(tmp_path, code, {TAGGED: b"1", "other.py": b"N = 2"}).digest != first.digest
    assert [reason.text for reason in first.reasons] == [
        f"`{TAGGED}` is compiled, and may reach anything in the project"
    ]


def test_what_nobody_imports_does_not_count(tmp_path: Path) -> None:
    code = "import faster\ndef f(): return faster.g()"
    files = {"faster.py": b"def g(): return 1"}
    told = found(tmp_path, code, {**files, TAGGED: b"1"})
    assert not told.beside
    assert found(tmp_path, code, {**files, TAGGED: b"2"}).digest == told.digest
