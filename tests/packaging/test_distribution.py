"""The built wheel and sdist hold the tracked tree, file by file, and install into an empty venv."""

from __future__ import annotations

import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

TOPS = ("face", "compiler", "backends", "grammar", "stdlib", "runtime")
EXTRAS = {
    "argo",
    "kubeflow",
    "kubeflow-submit",
    "sagemaker",
    "s3",
    "data",
    "graph",
    "notebook",
    "secrets",
    "examples",
    "dev",
}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata(wheel: Path) -> Message:
    (name,) = (n for n in contents(wheel) if n.endswith(".dist-info/METADATA"))
    return message_from_bytes(contents(wheel)[name])


def test_the_wheel_is_the_tree(wheel: Path, product: dict[str, bytes]) -> None:
    inside = {n: c for n, c in contents(wheel).items() if ".dist-info/" not in n}
    assert sorted(inside) == sorted(product)
    assert inside == product


def test_the_tree_is_not_nearly_empty(product: dict[str, bytes]) -> None:
    names = set(product)
    assert {"millpond/__init__.py", "millpond/py.typed", "millpond/grammar/mlp.lark"} <= names
    assert all(any(n.startswith(f"millpond/{top}/") for n in names) for top in TOPS)
    assert len(names) > 50


def test_the_wheel_takes_one_name_only(wheel: Path) -> None:
    assert {n.split("/")[0] for n in contents(wheel)} == {
        "millpond",
        f"{wheel.name.split('-py3')[0]}.dist-info",
    }


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    import millpond

    said = metadata(wheel)
    assert said["Name"] == "millpond"
    assert said["Version"] == millpond.__version__
    assert said["License-Expression"] == "Apache-2.0"
    assert said["Requires-Python"] == ">=3.11"
    assert set(said.get_all("Provides-Extra", [])) == EXTRAS
    core = [r for r in said.get_all("Requires-Dist", []) if "extra ==" not in r]
    names = {r.split(">")[0].split("=")[0].strip().lower() for r in core}
    assert names == {"packaging", "pydantic", "pyyaml", "rich"}
    scripts = [c for n, c in contents(wheel).items() if n.endswith("/entry_points.txt")]
    assert scripts == [b"[console_scripts]\nmlp = millpond.__main__:main\n"]
    assert any(n.endswith("/licenses/LICENSE") for n in contents(wheel))


def test_the_sdist_holds_the_same_product(sdist: Path, product: dict[str, bytes]) -> None:
    with tarfile.open(sdist) as archive:
        members = {m.name.partition("/")[2]: m for m in archive.getmembers() if m.isfile()}
        inside = {
            n: archive.extractfile(m) for n, m in members.items() if n.startswith("millpond/")
        }
        assert {n: file and file.read() for n, file in inside.items()} == product
    assert set(members) >= {"LICENSE", "README.md", "CHANGELOG.md", "pyproject.toml"}


PROBE = """
import importlib.util, pathlib, millpond, millpond.grammar, millpond.runtime.key
print(pathlib.Path(millpond.__file__).parent)
print(len(millpond.grammar.text()))
print([n for n in ("backends", "compiler", "face", "grammar", "mlp", "runtime", "stdlib")
       if importlib.util.find_spec(n)])
"""


@pytest.mark.parametrize("kind", ["*.whl", "*.tar.gz"])
def test_it_installs_into_an_empty_venv(
    kind: str,
    built: Path,
    product: dict[str, bytes],
    install: Callable[[Path], Path],
    tmp_path: Path,
) -> None:
    folder = install(next(built.glob(kind)))
    run = subprocess.run(
        [str(folder / "bin/python"), "-I", "-c", PROBE],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    )
    where, size, leaked = run.stdout.splitlines()
    assert Path(where).is_relative_to(folder)
    assert int(size) == len(product["millpond/grammar/mlp.lark"].decode())
    assert leaked == "[]"
    (packages,) = (folder / "lib").glob("python*/site-packages")
    installed = {p.relative_to(packages).as_posix() for p in packages.rglob("*") if p.is_file()}
    assert set(product) <= installed
