"""What is read of a notebook: its cells, its names, and a digest of what runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millpond.compiler.bodies.body import open_library
from millpond.compiler.bodies.cells import read_cells, statements
from millpond.compiler.bodies.notebook import NotebookBody, read_notebook
from millpond.compiler.bodies.problem import NotebookBroken

Cell = tuple[str, str, list[str]]


def content(*cells: Cell, **metadata: object) -> bytes:
    rows = [{"cell_type": k, "source": s, "metadata": {"tags": t}} for k, s, t in cells]
    return json.dumps({"nbformat": 4, "metadata": metadata, "cells": rows}).encode()


def code(source: str, *tags: str) -> Cell:
    return "code", source, [*tags]


def read(folder: Path, *cells: Cell) -> NotebookBody:
    library = open_library([folder])
    body = read_notebook("nb/fit.ipynb", folder / "nb" / "fit.ipynb", content(*cells), library)
    assert isinstance(body, NotebookBody)
    return body


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib.py").write_text("N = 1\nM = 2\n\ndef f():\n    return N\n")
    return tmp_path


CELLS = (
    code("import lib\nn = 1", "parameters"),
    code("x = lib.f() + n"),
    code("x", "outputs"),
)


def test_the_same_however_it_is_laid_out(folder: Path) -> None:
    plain = read(folder, *CELLS)
    laid_out = read(
        folder,
        ("markdown", "# Why", []),
        code("import lib  # ours\n\nn = 1", "parameters", "wide"),
        code("x = (lib.f()\n     + n)\n# done"),
        ("raw", "x", []),
        code(""),
        code("x", "outputs"),
    )
    assert plain.digest == laid_out.digest


@pytest.mark.parametrize(
    "cells",
    [
        (CELLS[0], code("x = lib.f() - n"), CELLS[2]),
        (CELLS[1], CELLS[0], CELLS[2]),
        (code("import lib\nn = 1"), code("x = lib.f() + n", "parameters"), CELLS[2]),
        (*CELLS, code("print(x)")),
        (*CELLS, code("%matplotlib inline")),
        (CELLS[0], code("x = lib.M + n"), CELLS[2]),
    ],
)
def test_another_where_something_else_runs(folder: Path, cells: tuple[Cell, ...]) -> None:
    assert read(folder, *CELLS).digest != read(folder, *cells).digest


def test_what_it_reaches_counts_and_nothing_else(folder: Path) -> None:
    before = read(folder, *CELLS)
    text = (folder / "lib.py").read_text()
    (folder / "lib.py").write_text(text.replace("M = 2", "M = 3"))
    assert read(folder, *CELLS).digest == before.digest
    (folder / "lib.py").write_text(text.replace("N = 1", "N = 3"))
    after = read(folder, *CELLS)
    assert after.digest != before.digest
    changed = {
        name for name, digest in after.code.table.items() if before.code.table[name] != digest
    }
    assert "lib.py:N" in changed
    assert all(name.startswith(("lib.py:", "nb/fit.ipynb:")) for name in after.code.table)


def test_only_modules_travel(folder: Path) -> None:
    body = read(folder, *CELLS, code("import numpy"))
    assert [name for name, _ in body.closure.files] == ["lib"]
    assert body.closure.third_party == ("numpy",)


def test_modules_that_cells_of_ipython_import_travel_too(folder: Path) -> None:
    body = read(folder, code("%%time\nfrom lib import f\nf()"), code("!ls\nimport json"))
    assert [name for name, _ in body.closure.files] == ["lib"]


def test_what_a_module_hides_from_imports_runs_in_a_notebook(folder: Path) -> None:
    def guarded(text: str) -> str:
        return read(folder, code(f'if __name__ == "__main__":\n    x = {text}')).digest

    assert guarded("1") != guarded("2")


def test_future_imports_may_stand_in_any_cell(folder: Path) -> None:
    read(folder, code("x = 1"), code("from __future__ import annotations\ny = 2"))


def test_names_of_parameters_and_outputs(folder: Path) -> None:
    body = read(
        folder,
        code("a = b = 1\n(c, [d]) = 1, [2]\ne: int = 3\nf: str\nout_page = None", "parameters"),
        code("def g(): ...\nh = 1\ni, j", "outputs"),
    )
    assert body.parameters == {
        "a": False, "b": False, "c": False, "d": False, "e": False, "f": True, "out_page": False,
    }  # fmt: skip
    assert body.outputs == {"g", "h", "i", "j"}
    assert body.takes_path_of("page")
    assert not body.takes_path_of("a")


def test_no_tags(folder: Path) -> None:
    body = read(folder, code("x = 1"))
    assert (body.parameters, body.outputs, body.gives) == (None, None, False)


@pytest.mark.parametrize(
    ("source", "plain", "names"),
    [
        ("x = 1", True, {"x"}),
        ("x = !ls\ny = 2", False, {"x", "y"}),
        ("%timeit f()\ny = 2", False, {"y"}),
        ("f?\ny = 2", False, {"y"}),
        ("%%bash\ny=2", False, set()),
        ("x = (1\n     % 2)", True, {"x"}),
        ("await f()", True, set()),
    ],
)
def test_python_and_more(source: str, plain: bool, names: set[str]) -> None:
    body, whole = statements(source)
    assert whole is plain
    assert body
    bound = {t.id for s in body for t in getattr(s, "targets", [])}
    assert bound == names


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not JSON"),
        (b"[]", "no list of cells"),
        (b'{"cells": {}}', "no list of cells"),
        (b'{"nbformat": 3, "cells": []}', "not of notebook format 4"),
        (content(language_info={"name": "julia"}), "its language is julia"),
        (b" " * 50_000_001, "larger than 50 MB"),
        (
            rb'{"nbformat": 4, "cells": [{}, {"cell_type": "code", "source": "y = \ud800"}]}',
            "cell 2 holds half a character",
        ),
    ],
)
def test_what_is_no_notebook(data: bytes, message: str) -> None:
    found = read_cells(Path("x.ipynb"), data)
    assert isinstance(found, NotebookBroken)
    assert message in found.message


@pytest.mark.parametrize(
    "cells",
    [
        [{}],
        [{"cell_type": "code"}],
        [{"cell_type": "code", "source": ["x = ", 1, "2"], "metadata": {"tags": "parameters"}}],
        [None, 1, "x"],
    ],
)
def test_cells_of_odd_shape_are_read_as_far_as_they_go(cells: list[object]) -> None:
    found = read_cells(Path("x.ipynb"), json.dumps({"nbformat": 4, "cells": cells}).encode())
    assert not isinstance(found, NotebookBroken)
    assert all(cell.tags == () for cell in found)


def test_kinds_of_python_kernels(folder: Path) -> None:
    for name in ("python", "Python", "ipython"):
        data = content(code("1"), language_info={"name": name})
        assert not isinstance(read_cells(folder, data), NotebookBroken)
