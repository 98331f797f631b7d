"""Modules are found as Python would find them, and never outside the project."""

from __future__ import annotations

from pathlib import Path

from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.module import MAX_BYTES
from millpond.compiler.bodies.modules import ModuleFile, find_module, nearest_modules
from millpond.compiler.bodies.problem import (
    ModuleBroken,
    ModuleMissing,
    ModuleRefused,
    ModuleTwice,
    Refusal,
)


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_module_in_a_package_brings_the_inits_on_the_way(tmp_path: Path) -> None:
    write(tmp_path, {"a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": ""})
    found = find_module("a.b.c", [tmp_path])
    assert isinstance(found, ModuleFile)
    assert found.inits == (tmp_path / "a/__init__.py", tmp_path / "a/b/__init__.py")
    assert (found.label, found.parent, found.package) == ("a/b/c.py", "a.b", False)
    package = find_module("a.b", [tmp_path])
    assert isinstance(package, ModuleFile)
    assert (package.label, package.parent, package.package) == ("a/b/__init__.py", "a.b", True)


def test_a_package_wins_over_a_module_and_both_over_a_plain_folder(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "a/__init__.py": "", "b.py": "", "b/inner.py": ""})
    package = find_module("a", [tmp_path])
    assert isinstance(package, ModuleFile)
    assert package.package
    module = find_module("b", [tmp_path])
    assert isinstance(module, ModuleFile)
    assert not module.package
    assert isinstance(find_module("b.inner", [tmp_path]), ModuleMissing)


def test_folders_without_init_join_over_the_roots(tmp_path: Path) -> None:
    write(tmp_path, {"one/pkg/x.py": "", "two/pkg/y.py": ""})
    roots = [tmp_path / "one", tmp_path / "two"]
    assert isinstance(find_module("pkg.x", roots), ModuleFile)
    assert isinstance(find_module("pkg.y", roots), ModuleFile)
    assert isinstance(find_module("pkg", roots), ModuleMissing)


def test_a_module_in_two_roots_is_an_error_and_the_same_root_twice_is_not(tmp_path: Path) -> None:
    write(tmp_path, {"a/train.py": "", "b/train.py": ""})
    roots = [tmp_path / "a", tmp_path / "b"]
    assert find_module("train", roots) == ModuleTwice(
        "train", (tmp_path / "a/train.py", tmp_path / "b/train.py")
    )
    assert isinstance(find_module("train", [tmp_path / "a", tmp_path / "a"]), ModuleFile)


def test_two_packages_of_one_name_hide_each_others_modules(tmp_path: Path) -> None:
    write(tmp_path, {"a/p/__init__.py": "", "b/p/__init__.py": "", "b/p/x.py": ""})
    found = find_module("p.x", [tmp_path / "a", tmp_path / "b"])
    assert isinstance(found, ModuleTwice)
    assert found.module == "p"


def test_links_out_of_the_project_are_refused(tmp_path: Path) -> None:
    write(tmp_path, {"outside/secret.py": "x = 1", "project/fine.py": ""})
    project = tmp_path / "project"
    (project / "leak.py").symlink_to(tmp_path / "outside/secret.py")
    (project / "folder").symlink_to(tmp_path / "outside")
    (project / "alias.py").symlink_to(project / "fine.py")
    found = find_module("leak", [project])
    assert found == ModuleRefused("leak", project / "leak.py", Refusal.OUTSIDE)
    assert isinstance(find_module("folder.secret", [project]), ModuleRefused)
    assert isinstance(find_module("alias", [project]), ModuleFile)
    assert "leak" not in nearest_modules("lea", [project])


def test_names_are_not_paths(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "", "p/b.py": ""})
    for name in ("", ".", "..a", "p/b", "../a", "p..b", "a-b", "/a"):
        assert isinstance(find_module(name, [tmp_path / "p", tmp_path]), ModuleMissing), name


def test_near_names_are_offered(tmp_path: Path) -> None:
    write(tmp_path, {"flights/__init__.py": "", "flights/train.py": "", "flights/clean.py": ""})
    write(tmp_path, {".venv/pyvenv.cfg": "", "env/pyvenv.cfg": "", "env/trian.py": ""})
    assert nearest_modules("flights.trian", [tmp_path])[0] == "flights.train"
    assert nearest_modules("train", [tmp_path]) == ("flights.train",)
    assert nearest_modules("zzz", [tmp_path]) == ()


def test_what_cannot_be_read_is_a_value(tmp_path: Path) -> None:
    write(tmp_path, {"bad.py": "def f(:\n  pass\n", "big.py": "#" * (MAX_BYTES + 1)})
    (tmp_path / "nul.py").write_bytes(b"x = 1\0")
    (tmp_path / "latin.py").write_bytes(b"x = '\xe9'\n")
    (tmp_path / "deep.py").write_text("x = " + "-" * 100_000 + "1")
    library = Library([tmp_path])
    bad = library.module("bad")
    assert isinstance(bad, ModuleBroken)
    assert (bad.line, bad.path.name) == (1, "bad.py")
    big = library.module("big")
    assert isinstance(big, ModuleRefused)
    assert big.reason is Refusal.TOO_LARGE
    assert isinstance(library.module("nul"), ModuleBroken)
    assert isinstance(library.module("latin"), ModuleBroken)
    assert isinstance(library.module("deep"), ModuleBroken | ModuleRefused)


def test_each_file_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "x = 1"})
    reads: list[Path] = []

    def read(path: Path) -> bytes:
        reads.append(path)
        return path.read_bytes()

    library = Library([tmp_path], read)
    assert library.module("a") is library.module("a")
    assert reads == [tmp_path / "a.py"]
