"""Editable installs and local packages: their content counts, as their version stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from millpond.compiler.bodies.distributions import find_distributions
from millpond.compiler.bodies.site import Site


def installed(site: Path, direct: dict[str, object] | None, record: str, top: str = "") -> None:
    place = site / "acme-1.0.dist-info"
    place.mkdir(parents=True, exist_ok=True)
    (place / "METADATA").write_text("Name: acme\nVersion: 1.0\n")
    (place / "RECORD").write_text(record)
    if top:
        (place / "top_level.txt").write_text(top)
    if direct is not None:
        (place / "direct_url.json").write_text(json.dumps(direct))


def version(site: Path) -> str:
    (found,) = find_distributions(["acme"], Site([site], {})).distributions
    assert found.name == "acme"
    return found.version


@pytest.mark.parametrize("top", ["", "acme\n"])
@pytest.mark.parametrize("layout", ["acme", "src/acme"])
def test_an_editable_install_is_what_its_project_holds(
    tmp_path: Path, layout: str, top: str
) -> None:
    project, site = tmp_path / "my project", tmp_path / "site-packages"
    code = project / layout / "__init__.py"
    code.parent.mkdir(parents=True)
    code.write_text("X = 1\n")
    url = project.as_uri()
    direct: dict[str, object] = {"url": url, "dir_info": {"editable": True}}
    installed(site, direct, "_acme.pth,,\n", top)
    first = version(site)
    assert first.startswith("1.0+")
    (project / "README.md").write_text("other")
    assert version(site) == first
    code.write_text("X = 2\n")
    assert version(site) != first


def test_a_local_package_is_what_was_installed(tmp_path: Path) -> None:
    direct: dict[str, object] = {"url": "file:///somewhere/acme", "dir_info": {}}
    rest = "acme-1.0.dist-info/direct_url.json,sha256=xx,1\n../../bin/acme,sha256=yy,1\n"
    installed(tmp_path, direct, f"acme/__init__.py,sha256=aa,3\n{rest}")
    first = version(tmp_path)
    installed(tmp_path, direct, f"acme/__init__.py,sha256=aa,3\n{rest}".replace("xx", "zz"))
    assert version(tmp_path) == first
    installed(tmp_path, direct, f"acme/__init__.py,sha256=bb,3\n{rest}")
    assert version(tmp_path) != first


def test_what_an_index_has_is_its_version(tmp_path: Path) -> None:
    installed(tmp_path, None, "acme/__init__.py,sha256=aa,3\n")
    assert version(tmp_path) == "1.0"
