"""What an import loads: the launcher, the workers and `--version` must stay light."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROBE = """
import sys
before = set(sys.modules)
import {module}
print(__import__("json").dumps(sorted(set(sys.modules) - before)))
"""


def loaded_by(module: str) -> set[str]:
    """The modules that importing one module loads in a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-I", "-c", PROBE.format(module=module)],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(json.loads(run.stdout))


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
