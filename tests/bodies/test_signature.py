"""Signatures are read from the text: parameters, full names of annotations, unfit functions."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.module import Module
from millpond.compiler.bodies.problem import (
    Bound,
    FunctionMissing,
    FunctionUnsuitable,
    ModuleBroken,
    Unsuitable,
)
from millpond.compiler.bodies.signature import (
    ParameterKind,
    Signature,
    function_names,
    read_signature,
)


def read(folder: Path, text: str, function: str = "f", **others: str) -> object:
    (folder / "mod.py").write_text(dedent(text), encoding="utf-8")
    for name, other in others.items():
        (folder / f"{name}.py").write_text(dedent(other), encoding="utf-8")
    library = Library([folder])
    module = library.module("mod")
    assert isinstance(module, Module)
    return read_signature(library, module, function)


def signature(folder: Path, text: str, function: str = "f", **others: str) -> Signature:
    found = read(folder, text, function, **others)
    assert isinstance(found, Signature)
    return found


def test_parameters_with_annotations_defaults_and_kinds(tmp_path: Path) -> None:
    found = signature(
        tmp_path,
        """
        from __future__ import annotations
        import pandas as pd
        from pathlib import Path

        def f(a, /, rows: pd.DataFrame, where: Path = Path("."), *more, rate: float = 0.5, n: int,
              **rest) -> dict:
            return {}
        """,
    )
    listed = [
        (p.name, p.annotation and p.annotation.name, p.has_default, p.kind)
        for p in found.parameters
    ]
    assert listed == [
        ("a", None, False, ParameterKind.POSITIONAL),
        ("rows", "pandas.DataFrame", False, ParameterKind.ORDINARY),
        ("where", "pathlib.Path", True, ParameterKind.ORDINARY),
        ("rate", "builtins.float", True, ParameterKind.NAMED),
        ("n", "builtins.int", False, ParameterKind.NAMED),
    ]
    assert found.takes_any_position
    assert found.takes_any_name
    assert found.returns is not None
    assert found.returns.name == "builtins.dict"
    assert (found.line, found.end_line) == (6, 8)


@pytest.mark.parametrize(
    ("annotation", "name", "arguments"),
    [
        ("'pd.DataFrame'", "pandas.DataFrame", ()),
        ("np.ndarray", "numpy.ndarray", ()),
        ("Frame", "polars.DataFrame", ()),
        ("list[int]", "builtins.list", ("builtins.int",)),
        ("List[int]", "builtins.list", ("builtins.int",)),
        ("int | None", "typing.Union", ("builtins.int", "None")),
        ("Optional[pd.DataFrame]", "typing.Union", ("pandas.DataFrame", "None")),
        ("Annotated[Path, 'x']", "pathlib.Path", ()),
        ("Literal['a', 'b']", "typing.Literal", (None, None)),
        ("Own", "mod.Own", ()),
        ("Unknown", None, ()),
        ("'not a type('", None, ()),
        ("os.PathLike", "os.PathLike", ()),
    ],
)
def test_annotations_by_their_full_names(
    tmp_path: Path, annotation: str, name: str | None, arguments: tuple[str | None, ...]
) -> None:
    found = signature(
        tmp_path,
        f"""
        import os
        import numpy as np
        from pathlib import Path
        from polars import DataFrame as Frame
        from typing import TYPE_CHECKING, Annotated, List, Literal, Optional
        if TYPE_CHECKING:
            import pandas as pd
        class Own: ...
        def f(x: {annotation}): ...
        """,
    )
    read_back = found.parameters[0].annotation
    assert read_back is not None
    assert (read_back.text, read_back.name) == (
        annotation.strip("'") if annotation[0] == "'" else annotation,
        name,
    )
    assert tuple(item.name for item in read_back.arguments) == arguments


def test_text_of_an_annotation_after_characters_of_several_bytes(tmp_path: Path) -> None:
    found = signature(tmp_path, "def f(ä: 'int' = 'é', rows: list[int] = ()): ...")
    assert [p.annotation and p.annotation.text for p in found.parameters] == ["int", "list[int]"]


def test_re_exports_are_followed_to_the_definition(tmp_path: Path) -> None:
    found = signature(
        tmp_path,
        "from inner import g as f",
        inner="h = 1\nfrom last import h as g\n",
        last="import pandas as pd\ndef h(x: pd.DataFrame): ...\n",
    )
    assert found.module.name == "last"
    assert found.function == "h"
    annotation = found.parameters[0].annotation
    assert annotation is not None
    assert annotation.name == "pandas.DataFrame"


def test_star_imports_aliases_and_conditional_definitions(tmp_path: Path) -> None:
    assert signature(tmp_path, "from inner import *", inner="def f(a): ...").function == "f"
    assert signature(tmp_path, "def g(a): ...\nf = g\n").function == "g"
    found = signature(tmp_path, "try:\n    import x\nexcept ImportError:\n    def f(a): ...\n")
    assert [p.name for p in found.parameters] == ["a"]


def test_circular_re_exports_end(tmp_path: Path) -> None:
    found = read(tmp_path, "from inner import f", inner="from mod import f")
    assert isinstance(found, FunctionMissing)


def test_decorators_are_named(tmp_path: Path) -> None:
    found = signature(
        tmp_path,
        """
        import functools
        from tenacity import retry
        @functools.lru_cache(maxsize=1)
        @retry
        @table["x"]
        def f(a): ...
        """,
    )
    assert found.decorators == ("functools.lru_cache", "tenacity.retry", None)
    assert found.header == "def f(a)"


def test_the_header_is_what_a_reader_would_quote(tmp_path: Path) -> None:
    assert signature(
        tmp_path, "def f(train, lr=0.1) -> dict[str, int]:\n    return {}\n"
    ).header == ("def f(train, lr=0.1)")
    assert (
        signature(tmp_path, "def f(\n    a,\n    b,\n):\n    return 1\n").header == "def f( a, b, )"
    )
    long = ", ".join(f"parameter_{i}" for i in range(20))
    assert signature(tmp_path, f"def f({long}):\n    return 1\n").header == "def f(...)"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("async def f(): ...", Unsuitable.ASYNC),
        ("def f():\n    for i in range(3):\n        yield i", Unsuitable.GENERATOR),
        ("def f():\n    x = yield from g()", Unsuitable.GENERATOR),
    ],
)
def test_coroutines_and_generators_cannot_be_bodies(
    tmp_path: Path, text: str, kind: Unsuitable
) -> None:
    found = read(tmp_path, text)
    assert isinstance(found, FunctionUnsuitable)
    assert found.kind is kind


def test_a_generator_inside_is_no_generator(tmp_path: Path) -> None:
    signature(tmp_path, "def f():\n    def g():\n        yield 1\n    return list(g())")


@pytest.mark.parametrize(
    ("text", "bound", "line"),
    [
        ("class f: ...", Bound.CLASS, 1),
        ("f = 3", Bound.VALUE, 1),
        ("\nfrom sklearn.model_selection import f", Bound.FOREIGN, 2),
        ("def ff(): ...", None, None),
    ],
)
def test_what_is_not_a_function_is_said(
    tmp_path: Path, text: str, bound: Bound | None, line: int | None
) -> None:
    found = read(tmp_path, text)
    assert isinstance(found, FunctionMissing)
    assert (found.found, found.line) == (bound, line)


def test_near_functions_are_offered(tmp_path: Path) -> None:
    found = read(tmp_path, "def train(): ...\ndef evaluate(): ...\n", "trian")
    assert isinstance(found, FunctionMissing)
    assert found.nearest == ("train",)


def test_a_broken_module_behind_a_re_export(tmp_path: Path) -> None:
    found = read(tmp_path, "from inner import f", inner="def f(:")
    assert isinstance(found, ModuleBroken)
    assert found.module == "inner"


def test_function_names(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(
        "def a(): ...\nclass B:\n    def c(self): ...\nif 1:\n  def d(): ..."
    )
    module = Library([tmp_path]).module("m")
    assert isinstance(module, Module)
    assert function_names(module) == ("a", "d")
