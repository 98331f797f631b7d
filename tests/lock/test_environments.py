"""Requirements become packages with versions and hashes: an environment is the same next year."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from local.project import Project
from local.test_environments import wheel

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
BODY = """
def look() -> str:
    import small, tiny
    return f"{small.VERSION} {tiny.VERSION}"
"""
NEEDS = "Requires-Dist: tiny\n"


@pytest.fixture(autouse=True)
def no_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Installers know the wheels that are made here and no index; uv is found beside Python."""
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def declared(project: Project, environment: str) -> None:
    project.body(BODY)
    project.pipeline(
        f"""
        step look() -> (seen: String) {{
          run python "body:look"
          environment {{ {environment} }}
        }}
        pipeline p() {{
          it = look()
          output seen = it.seen
        }}
        """
    )


def packages_of(project: Project) -> list[str]:
    (only,) = content(project)["environments"]
    return sorted(only["packages"])


def content(project: Project) -> Any:
    return json.loads((project.folder / "mlp.lock").read_text("utf-8"))


@pytest.mark.parametrize("said", ["packages", "requirements"])
def test_what_requirements_pull_in_is_pinned(project: Project, said: str) -> None:
    wheel(project, "1.0")
    wheel(project, "3.0", "small", NEEDS)
    environment = {
        "packages": 'packages = ["small==3.0"]',
        "requirements": 'requirements = file("needs.txt")',
    }[said]
    project.write("needs.txt", "small==3.0  # for looking\n")
    declared(project, environment)
    locked = project.mlp("lock")
    assert (locked.code, locked.err) == (0, "")
    assert packages_of(project) == ["small==3.0", "tiny==1.0"]
    assert content(project)["environments"][0]["python"] == PYTHON
    ran = project.run()
    assert ran.json["outputs"] == {"seen": "3.0 1.0"}, ran.err
    # A year later there is another one of what was pulled in.
    wheel(project, "2.0")
    for environments in (project.folder / ".millpond" / "environments").glob("*/made.json"):
        environments.unlink()
    assert project.mlp("lock").code == 0
    project.body(BODY.replace('f"', 'f"again '))
    again = project.run()
    assert again.json["outputs"] == {"seen": "again 3.0 1.0"}, again.err


def test_an_open_entry_answers_other_runs_once_it_is_pinned(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "3.0", "small", NEEDS)
    declared(project, 'packages = ["small"]')
    planned = project.mlp("plan", "p.mlp")
    assert "pins no version" in planned.out
    assert "`mlp lock` writes it down" in planned.out
    assert project.mlp("lock").code == 0
    assert project.run().states == {"it": "ran"}
    assert project.run().states == {"it": "hit"}
    wheel(project, "2.0")
    upgraded = project.mlp("lock", "--upgrade", "Tiny")
    assert f"moved      environment small (Python {PYTHON})\n" in upgraded.out
    assert "tiny 1.0 -> 2.0\n" in upgraded.out
    ran = project.run()
    assert ran.states == {"it": "ran"}
    assert ran.json["outputs"] == {"seen": "3.0 2.0"}


def test_the_rest_stays_where_one_requirement_is_added(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "3.0", "small", NEEDS)
    declared(project, 'packages = ["tiny"]')
    assert project.mlp("lock").code == 0
    wheel(project, "2.0")
    declared(project, 'packages = ["tiny", "small"]')
    stale = project.mlp("lock", "--check")
    assert stale.code == 1
    assert f"environment small, tiny (Python {PYTHON}) is not in it" in stale.out
    assert f"environment tiny (Python {PYTHON}) is used by nobody any more" in stale.out
    planned = project.mlp("plan", "p.mlp")
    assert "mlp.lock is stale: it does not say what the packages of `look` is" in planned.out
    assert project.mlp("lock").code == 0
    assert packages_of(project) == ["small==3.0", "tiny==1.0"]


def test_every_python_has_its_own(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "2.0", needs="Requires-Python: >=3.12\n")
    project.body("def look() -> str:\n    import tiny\n    return tiny.VERSION\n")
    steps = "".join(
        f"""
        step on_{number}() -> (seen: String) {{
          run python "body:look"
          environment {{ python = "3.{number}", packages = ["tiny"] }}
        }}
        """
        for number in (11, 12)
    )
    project.pipeline(f"{steps}\npipeline p() {{\n  a = on_11()\n  b = on_12()\n}}\n")
    assert project.mlp("lock").code == 0
    found = {e["python"]: sorted(e["packages"]) for e in content(project)["environments"]}
    assert found == {"3.11": ["tiny==1.0"], "3.12": ["tiny==2.0"]}


def test_a_changed_wheel_is_refused(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "3.0", "small", NEEDS)
    declared(project, 'packages = ["small"]')
    assert project.mlp("lock").code == 0
    wheel(project, "1.0", files={"tiny.py": "VERSION = 'evil'\n"})
    ran = project.run()
    assert ran.code == 1
    assert "ash" in ran.err + ran.out
    assert "evil" not in ran.out


def test_ways_to_an_index_stay_out_of_the_lock(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_FIND_LINKS")
    monkeypatch.delenv("PIP_FIND_LINKS")
    wheel(project, "1.0")
    wheel(project, "3.0", "small", NEEDS)
    project.write("deep/needs.txt", "--find-links ../wheels\nsmall\n")
    declared(project, 'requirements = file("deep/needs.txt")')
    locked = project.mlp("lock")
    assert (locked.code, locked.err) == (0, "")
    assert content(project)["environments"][0]["wants"] == ["small"]
    assert "wheels" not in (project.folder / "mlp.lock").read_text("utf-8")
    ran = project.run()
    assert ran.json["outputs"] == {"seen": "3.0 1.0"}, ran.err


def test_what_cannot_be_resolved_is_said_and_the_rest_is_pinned(project: Project) -> None:
    wheel(project, "1.0")
    project.body("def look() -> str:\n    return ''\n")
    project.pipeline(
        """
        step one() -> (seen: String) {
          run python "body:look"
          environment { packages = ["tiny"] }
        }
        step two() -> (seen: String) {
          run python "body:look"
          environment { packages = ["nowhere==7"] }
        }
        pipeline p() {
          a = one()
          b = two()
        }
        """
    )
    locked = project.mlp("lock")
    assert locked.code == 1
    assert (
        f"not pinned environment nowhere==7 (Python {PYTHON}): uv finds no solution" in locked.err
    )
    assert packages_of(project) == ["tiny==1.0"]


@pytest.mark.parametrize("entry", ["-r more.txt", "-e ./mine", "./mine", "mine @ file:///mine"])
def test_a_list_that_leads_to_other_files_is_not_pinned(project: Project, entry: str) -> None:
    project.write("more.txt", "tiny\n")
    project.write("needs.txt", f"{entry}\n")
    declared(project, 'requirements = file("needs.txt")')
    locked = project.mlp("lock")
    assert locked.code == 0
    assert content(project)["environments"] == []
    assert f"`{entry}` leads to other files" in locked.out
    assert "mlp lock" not in project.mlp("plan", "p.mlp").out
