"""What installed distributions an import loads: those that hold the name, and all they need."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from millpond.compiler.bodies.distributions import Distribution, Installed, find_distributions
from millpond.compiler.bodies.requirement import surroundings
from millpond.compiler.bodies.site import Site
from millpond.compiler.driver.disk import path_of_bodies

HERE = {**surroundings(), "python_version": "3.11", "python_full_version": "3.11.4"}


def install(folder: Path, entry: str, metadata: str, **files: str) -> Path:
    place = folder / entry
    place.mkdir(parents=True)
    (place / "METADATA").write_text(metadata)
    for name, text in files.items():
        (place / name.replace("_txt", ".txt")).write_text(text)
    return place


def put(folder: Path, name: str, version: str, needs: Sequence[str] = (), top: str = "") -> Path:
    """A distribution as installers lay it down; it holds the module of its name."""
    module = top or name.lower().replace("-", "_").replace(".", "_")
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {each}" for each in needs)]
    return install(
        folder,
        f"{name.replace('-', '_')}-{version}.dist-info",
        "\n".join(["Metadata-Version: 2.4", *lines, "", "Requires-Dist: not-this", ""]),
        RECORD=f"{module}/__init__.py,sha256=x,1\n",
    )


def find(names: Sequence[str], *folders: Path) -> Installed:
    return find_distributions(names, Site(folders, HERE))


def test_distributions_by_what_they_hold(tmp_path: Path) -> None:
    site, second = tmp_path / "site", tmp_path / "second"
    install(
        site,
        "PyYAML-6.0.3.dist-info",
        "Metadata-Version: 2.1\nName: PyYAML\nVersion: 6.0.3\n\nName: not this\n",
        top_level_txt="_yaml\nyaml\n",
    )
    install(
        site,
        "scikit_learn-1.9.1.dist-info",
        "Name: scikit-learn\nVersion: 1.9.1\n",
        RECORD="scikit_learn-1.9.1.dist-info/METADATA,,\nsklearn/__init__.py,sha256=x,1\n",
    )
    install(
        site, "six-1.16.0.dist-info", "Name: six\nVersion: 1.16.0\n", RECORD="six.py,sha256=y,2\n"
    )
    install(second, "six-1.0.dist-info", "Name: six\nVersion: 1.0\n", RECORD="six.py,,\n")
    install(second, "half-1.dist-info", "Nothing: here\n", top_level_txt="half\n")
    found = find(["yaml", "sklearn", "six", "half", "sk"], site, second)
    assert found.distributions == (
        Distribution("pyyaml", "6.0.3"),
        Distribution("scikit-learn", "1.9.1"),
        Distribution("six", "1.16.0"),
    )
    assert found.missing == ("half", "sk")
    assert found.needs == ()
    assert find(["a"], tmp_path / "nowhere").missing == ("a",)


def test_what_an_import_needs_counts_as_well(tmp_path: Path) -> None:
    put(tmp_path, "pandas", "2.2.3", ["numpy>=1.26", "Python_DateUtil", "tzdata; os_name=='nt'"])
    put(tmp_path, "numpy", "1.26.4")
    put(tmp_path, "python-dateutil", "2.9", ["six>=1.5"], top="dateutil")
    put(tmp_path, "six", "1.17")
    put(tmp_path, "tzdata", "2026.1")
    put(tmp_path, "unrelated", "1")
    found = find(["pandas"], tmp_path)
    assert found.pins == ("numpy==1.26.4", "pandas==2.2.3", "python-dateutil==2.9", "six==1.17")
    assert found.needs == (
        ("numpy", "pandas"),
        ("python-dateutil", "pandas"),
        ("six", "python-dateutil"),
    )
    # What the code imports itself needs no reason.
    assert find(["pandas", "six"], tmp_path).needs == found.needs[:2]


@pytest.mark.parametrize("extra", ["socks", "SOCKS", "so_cks", "so.cks"])
def test_extras_that_a_requirement_asks_for(tmp_path: Path, extra: str) -> None:
    name = "socks" if extra.lower() == "socks" else "so-cks"
    put(tmp_path, "app", "1", [f"requests[{extra}]"])
    put(tmp_path, "requests", "2", [f"pysocks; extra == '{name}'", "chardet; extra == 'other'"])
    put(tmp_path, "pysocks", "3")
    put(tmp_path, "chardet", "4")
    assert find(["app"], tmp_path).pins == ("app==1", "pysocks==3", "requests==2")
    # Nobody asked for an extra here.
    assert find(["requests"], tmp_path).pins == ("requests==2",)


def test_an_extra_is_asked_for_though_the_distribution_was_met_without(tmp_path: Path) -> None:
    put(tmp_path, "a", "1", ["c", "b"])
    put(tmp_path, "b", "1", ["c[x]"])
    put(tmp_path, "c", "1", ["d; extra == 'x'"])
    put(tmp_path, "d", "1")
    assert find(["a"], tmp_path).pins == ("a==1", "b==1", "c==1", "d==1")
    assert find(["c"], tmp_path).pins == ("c==1",)


def test_circles_end(tmp_path: Path) -> None:
    put(tmp_path, "a", "1", ["b[all]"])
    put(tmp_path, "b", "1", ["b[x,y]; extra == 'all'", "a", "c; extra == 'y'"])
    put(tmp_path, "c", "1", ["a"])
    found = find(["a"], tmp_path)
    assert found.pins == ("a==1", "b==1", "c==1")
    assert found.needs == (("b", "a"), ("c", "b"))


def test_what_is_needed_and_not_installed_counts_when_it_comes(tmp_path: Path) -> None:
    put(tmp_path, "a", "1", ["optional-thing"])
    assert find(["a"], tmp_path).pins == ("a==1",)
    put(tmp_path, "optional-thing", "7")
    assert find(["a"], tmp_path).pins == ("a==1", "optional-thing==7")


def test_all_distributions_of_one_top_level_name(tmp_path: Path) -> None:
    put(tmp_path, "google-auth", "2", ["rsa"], top="google/auth")
    put(tmp_path, "protobuf", "6", top="google/protobuf")
    put(tmp_path, "rsa", "4")
    assert find(["google"], tmp_path).pins == ("google-auth==2", "protobuf==6", "rsa==4")


def test_the_first_folder_on_the_path_has_it(tmp_path: Path) -> None:
    site, second = tmp_path / "site", tmp_path / "second"
    put(site, "a", "1", ["b"])
    put(second, "a", "2", ["c"])
    put(second, "b", "5")
    put(second, "c", "6")
    assert find(["a"], site, second).pins == ("a==1", "b==5")


def test_of_two_that_lie_over_each_other_both_count(tmp_path: Path) -> None:
    put(tmp_path, "pandas", "2", ["numpy"])
    put(tmp_path, "numpy", "1.26.4")
    put(tmp_path, "numpy", "2.0.1")
    assert find(["pandas"], tmp_path).pins == ("numpy==1.26.4", "numpy==2.0.1", "pandas==2")


def test_metadata_of_older_installers(tmp_path: Path) -> None:
    egg = tmp_path / "Foo_Bar-1.0-py3.11.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Name: Foo-Bar\r\nVersion: 1.0\r\n\r\nRequires-Dist: no\r\n")
    (egg / "requires.txt").write_text("single\n\n[x]\nnot-asked-for\n")
    (egg / "top_level.txt").write_text("foobar\n")
    (tmp_path / "single-2.0.egg-info").write_text("Name: single\nVersion: 2.0\n")
    put(tmp_path, "not-asked-for", "1")
    assert find(["foobar"], tmp_path).pins == ("foo-bar==1.0", "single==2.0")


def test_an_editable_project_that_is_needed_counts_by_its_content(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "project"
    put(site, "app", "1", ["acme-lib"])
    place = put(site, "acme-lib", "0.1")
    code = project / "src" / "acme" / "__init__.py"
    beside = project / "src" / "acme_more.py"
    code.parent.mkdir(parents=True)
    code.write_text("X = 1\n")
    beside.write_text("Y = 1\n")
    direct = {"url": project.as_uri(), "dir_info": {"editable": True}}
    (place / "direct_url.json").write_text(json.dumps(direct))
    pins = [find(["app"], site).pins]
    (project / "setup.py").write_text("")
    assert find(["app"], site).pins == pins[0]
    code.write_text("X = 2\n")
    pins.append(find(["app"], site).pins)
    beside.write_text("Y = 2\n")
    pins.append(find(["app"], site).pins)
    assert len(set(pins)) == 3
    assert all(pin[0].startswith("acme-lib==0.1+") for pin in pins)
    # By whatever way it is met, it is the same.
    assert find(["acme"], site).pins == pins[-1][:1]
    assert find(["acme", "acme_more"], site).pins == pins[-1][:1]


def test_the_answer_does_not_follow_the_order_of_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, needs in {"a": ["c", "b"], "b": ["d"], "c": ["d"], "d": []}.items():
        put(tmp_path, name, "1", needs)
    first = find(["a"], tmp_path)
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda folder: listed(folder)[::-1])
    assert find(["a"], tmp_path) == first


def test_a_module_that_no_distribution_holds_counts_by_its_content(tmp_path: Path) -> None:
    own, site = tmp_path / "own", tmp_path / "site"
    (own / "tools" / "deep").mkdir(parents=True)
    (own / "tools" / "__init__.py").write_text("import six, os\nfrom beside import X\n")
    (own / "tools" / "deep" / "data.txt").write_text("1")
    (own / "beside.py").write_text("X = 1\n")
    (own / "other.py").write_text("X = 1\n")
    put(site, "six", "1.17")
    first = find(["tools"], own, site)
    assert [pin.partition("+")[0] for pin in first.pins] == ["beside==", "six==1.17", "tools=="]
    assert first.needs == (("beside", "tools"), ("six", "tools"))
    assert first.elsewhere
    seen = {first.pins}
    for place in ("tools/__init__.py", "tools/deep/data.txt", "beside.py"):
        (own / place).write_text("import six, os\nfrom beside import X\n# more\n")
        seen.add(find(["tools"], own, site).pins)
    assert len(seen) == 4
    (own / "other.py").write_text("X = 2\n")
    (own / "tools" / "__init__.cpython-311.pyc").write_text("")
    assert find(["tools"], own, site).pins in seen
    assert not find(["six"], own, site).elsewhere


def test_a_module_that_lies_before_a_distribution_counts_as_well(tmp_path: Path) -> None:
    own, site = tmp_path / "own", tmp_path / "site"
    put(site, "six", "1.17")
    own.mkdir()
    (site / "six.py").write_text("")
    assert find(["six"], own, site).pins == ("six==1.17",)
    (own / "six.py").write_text("X = 1\n")
    pins = find(["six"], own, site).pins
    assert [pin.partition("+")[0] for pin in pins] == ["six==", "six==1.17"]
    assert find(["six"], site, own).pins == ("six==1.17",)


def test_a_folder_of_data_is_no_package(tmp_path: Path) -> None:
    own, site = tmp_path / "own", tmp_path / "site-packages"
    data = own / "wandb" / "run" / "log.json"
    data.parent.mkdir(parents=True)
    data.write_text("1")
    put(site, "wandb", "0.19")
    (site / "wandb").mkdir()
    (site / "wandb" / "__init__.py").write_text("")
    assert find(["wandb"], own, site).pins == ("wandb==0.19",)
    # Where there is no other, Python takes it for a package, and its code can be imported.
    first = find(["wandb"], own).pins
    data.write_text("2")
    assert find(["wandb"], own).pins == first
    (data.parent / "code.py").write_text("X = 1\n")
    assert find(["wandb"], own).pins != first


@pytest.mark.parametrize("entry", ["six.py", "six.cpython-311-x86_64-linux-gnu.so", "six/a.py"])
def test_what_was_laid_into_a_folder_by_hand(tmp_path: Path, entry: str) -> None:
    place = tmp_path / entry
    place.parent.mkdir(exist_ok=True)
    place.write_text("x = (")
    found = find(["six"], tmp_path)
    assert found.missing == ()
    assert found.pins[0].startswith("six==+")
    place.write_text("y = (")
    assert find(["six"], tmp_path).pins != found.pins
    assert find(["sixx", "si"], tmp_path).missing == ("si", "sixx")


def test_what_a_build_left_behind_in_a_project_says_nothing_of_its_code(tmp_path: Path) -> None:
    """`PYTHONPATH=src`, or an install in place as it was done long ago."""
    source = tmp_path / "src"
    left = source / "acme.egg-info"
    left.mkdir(parents=True)
    (left / "PKG-INFO").write_text("Name: acme\nVersion: 0.1\n")
    (left / "top_level.txt").write_text("acme\n")
    (left / "requires.txt").write_text("six\n")
    put(tmp_path / "site-packages", "six", "1.17")
    (source / "acme.py").write_text("X = 1\n")
    pins = find(["acme"], source, tmp_path / "site-packages").pins
    assert ("acme==0.1" in pins, "six==1.17" in pins, len(pins)) == (True, True, 3)
    (source / "acme.py").write_text("X = 2\n")
    assert find(["acme"], source, tmp_path / "site-packages").pins != pins


holders = cache(packages_distributions)


def judged(top: str) -> set[str]:
    """The same by the standard library and `packaging`."""
    found: set[str] = set()
    waiting = [(name, "") for name in holders()[top]]
    seen = set()
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            held = distribution(name)
        except PackageNotFoundError:
            continue
        found.add(f"{canonicalize_name(held.name)}=={held.version}")
        for requirement in map(Requirement, held.requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                waiting.extend((requirement.name, asked) for asked in ("", *requirement.extras))
    return found


@pytest.mark.parametrize("top", ["pandas", "sklearn", "matplotlib", "moto", "s3fs", "yaml"])
def test_what_is_installed_here(top: str) -> None:
    pins = find_distributions([top], Site(path_of_bodies(), surroundings())).pins
    assert set(pins) == judged(top)
    assert len(pins) == len(set(pins))
