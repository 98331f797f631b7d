"""`use acme.steps`: an installed distribution, found by its metadata and never imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from modules.project import checked, said, shown, write

from millpond.face import api

PYPROJECT = """[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "acme-steps"
version = "2.3.1"

[project.entry-points."millpond.modules"]
acme = "acme_pipelines"
"acme.tools" = "acme_pipelines.more.tools"

[tool.setuptools.packages.find]
include = ["acme_pipelines*"]

[tool.setuptools.package-data]
"*" = ["*.mlp"]
"""
STEPS = """edition 2026
use "more/tools.mlp" as tools
factor = tools.factor
step scale(n: Int, times: Int = factor) -> (m: Int) { run python "acme_pipelines.bodies:scale" }
pipeline twice(n: Int) {
  a = scale(n = n)
  b = scale(n = a.m)
  output m = b.m
}
"""
BODIES = """from acme_pipelines.more import product

def scale(n: int, times: int) -> int:
    return product(n, times)
"""
PACKAGE = {
    "pyproject.toml": PYPROJECT,
    "acme_pipelines/__init__.py": "raise RuntimeError('only a step may import this')\n",
    "acme_pipelines/__init__.mlp": "edition 2026\nfactor = 2\n",
    "acme_pipelines/steps.mlp": STEPS,
    "acme_pipelines/bodies.py": BODIES,
    "acme_pipelines/more/__init__.py": "def product(a: int, b: int) -> int:\n    return a * b\n",
    "acme_pipelines/more/tools.mlp": "edition 2026\nfactor = 10\n",
    "acme_pipelines/astray.mlp": 'edition 2026\nuse "../other.mlp" as other\n',
}
MAIN = """edition 2026
use acme.steps
pipeline main(n: Int = 4) {
  scaled = steps.scale(n = n)
  output m = scaled.m
}
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a package of modules, built by its own build system."""
    folder = tmp_path_factory.mktemp("acme")
    write(folder, PACKAGE)
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel"]
    run = subprocess.run(
        [*build, "--outdir", str(folder / "dist"), str(folder)],
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    (found,) = (folder / "dist").glob("*.whl")
    return found


def install(what: Path, into: Path) -> Path:
    options = ["--quiet", "--no-deps", "--no-index", "--target", str(into)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(what)], check=True)
    return into


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed package and nothing else."""
    return install(wheel, tmp_path_factory.mktemp("installed"))


@pytest.fixture
def acme(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The package on Python's path."""
    monkeypatch.syspath_prepend(str(installed))
    return installed


@pytest.mark.usefixtures("acme")
def test_a_module_of_a_package_is_found_and_never_imported(tmp_path: Path) -> None:
    found = checked(write(tmp_path, {"main.mlp": MAIN}))
    assert said(found) == []
    assert found.program is not None
    assert set(found.program.modules) == {
        "acme_pipelines/more/tools.mlp",
        "acme_pipelines/steps.mlp",
        str(tmp_path / "main.mlp"),
    }
    assert not any(name.startswith("acme") for name in sys.modules)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("use", "value"),
    [
        ("use acme", "acme.factor"),
        ("use acme.more.tools", "tools.factor"),
        ("use acme.tools", "tools.factor"),
        ("use acme.tools.{factor}", "factor"),
    ],
)
def test_every_name_of_a_module(use: str, value: str, tmp_path: Path) -> None:
    text = f"edition 2026\n{use}\npipeline main(n: Int = {value}) {{ output n = n }}\n"
    assert said(checked(write(tmp_path, {"main.mlp": text}))) == []


def test_a_package_runs_from_any_folder_on_the_path(installed: Path, tmp_path: Path) -> None:
    package = installed / "acme_pipelines/__init__.py"
    text = package.read_text()
    write(tmp_path, {"main.mlp": MAIN})
    around = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "millpond", "run", "main.mlp"]
    try:
        package.write_text("")
        run = subprocess.run(
            command, cwd=tmp_path, env=around, capture_output=True, check=False, text=True
        )
    finally:
        package.write_text(text)
    assert run.returncode == 0, run.stderr
    assert "m = 40" in run.stdout


@pytest.mark.usefixtures("acme")
def test_the_code_of_a_body_is_that_of_its_package_alone(tmp_path: Path) -> None:
    found = checked(write(tmp_path, {"main.mlp": MAIN}))
    assert found.program is not None
    source = found.program.modules["acme_pipelines/steps.mlp"].steps["scale"].source
    assert source is not None
    assert [name for name, _ in source.closure.files] == [  # type: ignore[union-attr]
        "acme_pipelines",
        "acme_pipelines.bodies",
        "acme_pipelines.more",
    ]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("key", ["acme.steps", '"acme.steps"', "acme"])
@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        *((fitting, True) for fitting in ("^2.1", "~2.3", ">=2,<3", "2.3.1", "*")),
        *((other, False) for other in ("^2.4", "^1", "~2.2", "2.3.0")),
    ],
)
def test_the_version_is_the_one_asked_for(
    key: str, wanted: str, fits: bool, tmp_path: Path
) -> None:
    manifest = f'[dependencies]\n{key} = "{wanted}"\n'
    found = checked(write(tmp_path, {"main.mlp": MAIN, "mlp.toml": manifest}))
    if fits:
        assert said(found) == []
        return
    (diagnostic,) = found.report
    assert diagnostic.code == "MLP0211"
    assert diagnostic.label == "version 2.3.1 is installed"
    assert "pip install 'acme-steps" in shown(found)


def test_what_is_not_installed_says_how_to_install_it(tmp_path: Path) -> None:
    manifest = '[dependencies]\nacme.steps = "^2.1"\nunneeded = "*"\n'
    found = checked(write(tmp_path, {"main.mlp": MAIN, "mlp.toml": manifest}))
    (diagnostic,) = found.report
    assert (diagnostic.code, diagnostic.message) == ("MLP0211", "cannot find module `acme.steps`")
    assert "`pip install 'acme-steps>=2.1,<3'`" in diagnostic.help[0]


@pytest.mark.parametrize("wanted", ['"latest"', "2", '"^"', '""', "[1]"])
def test_what_is_no_range(wanted: str, tmp_path: Path) -> None:
    text = "edition 2026\npipeline main(n: Int) { output n = n }\n"
    manifest = f"[dependencies]\nacme.steps = {wanted}\n"
    found = checked(write(tmp_path, {"main.mlp": text, "mlp.toml": manifest}))
    (line,) = said(found)
    assert line.startswith("mlp.toml:2: MLP0503 `acme.steps` in `[dependencies]`")


@pytest.mark.usefixtures("acme")
def test_what_a_package_does_not_have(tmp_path: Path) -> None:
    (diagnostic,) = checked(
        write(tmp_path, {"main.mlp": MAIN.replace("acme.steps", "acme.step as steps")})
    ).report
    assert (diagnostic.code, diagnostic.label) == ("MLP0211", "the package has no such module")
    assert diagnostic.help == ("`acme-steps` 2.3.1 is installed",)


@pytest.mark.usefixtures("acme")
def test_a_package_stays_in_its_folder(tmp_path: Path) -> None:
    text = "edition 2026\nuse acme.astray\npipeline main(n: Int) { output n = n }\n"
    found = checked(write(tmp_path, {"main.mlp": text}))
    assert [line for line in said(found) if "MLP1001" not in line] == [
        "astray.mlp:2: MLP0211 cannot find module `../other.mlp`"
    ]


def test_a_package_that_is_being_developed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an editable install leaves: metadata here, files there."""
    source, target = tmp_path / "source", tmp_path / "target"
    write(source / "src", PACKAGE)
    metadata = target / "acme_steps-2.3.1.dist-info"
    write(
        metadata,
        {
            "METADATA": "Metadata-Version: 2.1\nName: acme-steps\nVersion: 2.3.1\n",
            "entry_points.txt": "[millpond.modules]\nacme = acme_pipelines\n",
            "direct_url.json": f'{{"url": "{source.as_uri()}", "dir_info": {{"editable": true}}}}',
        },
    )
    monkeypatch.syspath_prepend(str(target))
    found = checked(write(tmp_path / "project", {"main.mlp": MAIN}))
    assert said(found) == []
    project, links, _ = found.disk.shelf.source_roots
    assert project == tmp_path / "project"
    assert [link.readlink() for link in links.iterdir()] == [source / "src/acme_pipelines"]


@pytest.mark.parametrize("value", ["../../etc", "acme:steps", "acme_pipelines [extra]", "a..b", ""])
def test_metadata_that_makes_no_sense_is_passed_over(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = tmp_path / "target/acme_steps-2.3.1.dist-info"
    write(
        metadata,
        {
            "METADATA": "Metadata-Version: 2.1\nName: acme-steps\nVersion: 2.3.1\n",
            "entry_points.txt": f"[millpond.modules]\nacme = {value}\n",
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path / "target"))
    found = checked(write(tmp_path / "project", {"main.mlp": MAIN}))
    assert [line[:19] for line in said(found)] == ["main.mlp:2: MLP0211"]


def test_an_install_without_metadata_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = "[millpond.modules]\nacme = acme_pipelines\n"
    files = {
        "acme_steps-2.3.1.dist-info/entry_points.txt": points,
        "acme_pipelines/steps.mlp": STEPS,
    }
    write(tmp_path / "target", files)
    monkeypatch.syspath_prepend(str(tmp_path / "target"))
    found = checked(write(tmp_path / "project", {"main.mlp": MAIN}))
    assert [line[:19] for line in said(found)] == ["main.mlp:2: MLP0211"]


def test_two_packages_may_not_bring_one_module(
    acme: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path / "target",
        {
            "other-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: other\nVersion: 1.0\n",
            "other-1.0.dist-info/entry_points.txt": "[millpond.modules]\nacme = other\n",
            "other/steps.mlp": "edition 2026\n",
        },
    )
    monkeypatch.syspath_prepend(str(tmp_path / "target"))
    (diagnostic,) = checked(write(tmp_path / "project", {"main.mlp": MAIN})).report
    assert diagnostic.label == "several packages bring this module"
    assert diagnostic.notes == ("looked for `acme-steps 2.3.1`", "looked for `other 1.0`")


def test_a_file_of_the_project_is_not_a_package(tmp_path: Path) -> None:
    file = write(tmp_path, {"main.mlp": MAIN, "acme/steps.mlp": "edition 2026\n"})
    (diagnostic,) = checked(file).report
    assert diagnostic.help == ('for the file write `use "acme/steps.mlp" as steps`',)
    assert api.check(file) == (diagnostic,)
