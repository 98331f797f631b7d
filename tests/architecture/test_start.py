"""What an import loads: the launcher, the workers and `--version` must stay light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FLIGHTS = Path(__file__).parents[2] / "examples/flights/flights.mlp"

PROBE = """
import sys
before = set(sys.modules)
import {module}
print(__import__("json").dumps(sorted(set(sys.modules) - before)))
"""

CHECK = """
import sys
from millpond.face.main import start
assert start(["check", {file!r}], "") == 0
names = sorted(sys.modules)
print(__import__("json").dumps(names))
"""


def loaded_by(module: str) -> set[str]:
    """The modules that importing one module loads in a fresh interpreter."""
    return printed_by(PROBE.format(module=module))


def printed_by(program: str) -> set[str]:
    """The names in the last line that a fresh interpreter prints."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, check=True, text=True
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def ours(modules: set[str]) -> set[str]:
    return {m for m in modules if m.split(".")[0] == "millpond"}


def test_the_import_name_alone_loads_nothing_else_of_ours() -> None:
    assert ours(loaded_by("millpond")) == {"millpond"}


def test_the_key_recipe_loads_the_runtime_alone() -> None:
    modules = ours(loaded_by("millpond.runtime.key"))
    assert {m for m in modules if not m.startswith("millpond.runtime")} == {"millpond"}


@pytest.mark.parametrize("module", ["key", "digest", "store", "launcher"])
def test_the_runtime_loads_the_standard_library_alone(module: str) -> None:
    tops = {m.split(".")[0] for m in loaded_by(f"millpond.runtime.{module}")}
    assert tops - set(sys.stdlib_module_names) == {"millpond"}


def test_the_driver_loads_neither_networkx_nor_an_sdk() -> None:
    tops = {m.split(".")[0] for m in loaded_by("millpond.compiler.driver")}
    assert not tops & {"networkx", "pydantic", "rich", "hera", "kfp", "google", "boto3", "pandas"}


def test_the_face_is_found_when_it_is_asked_for() -> None:
    import millpond

    assert callable(millpond.check)
    assert {"check", "compile", "plan", "run"} <= set(dir(millpond))
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        millpond.absent  # noqa: B018


def test_a_check_loads_the_front_alone() -> None:
    modules = printed_by(CHECK.format(file=str(FLIGHTS)))
    front = {"source", "types", "diagnostics", "syntax", "bodies", "check"}
    rooms = {m.split(".")[2] for m in modules if m.startswith("millpond.compiler.")}
    assert rooms == front | {"manifest", "sections", "project", "driver", "cli"}
    assert {m for m in modules if m.startswith("millpond.backends.")} == {
        f"millpond.backends.{kind}{file}"
        for kind in ("argo", "kubeflow", "local", "sagemaker")
        for file in ("", ".settings")
    } | {"millpond.backends.kubernetes"}
    assert {m for m in modules if m.startswith("millpond.compiler.diagnostics.")} == {
        "millpond.compiler.diagnostics.codes",
        "millpond.compiler.diagnostics.diagnostic",
    }
    heavy = {"dataclasses", "inspect", "difflib", "email", "sqlite3", "ssl", "tomllib", "yaml"}
    heavy |= {"packaging"}
    assert not modules & heavy
