"""A step runs in the environment that it declares: made once, and nothing else is in it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import uv
from local.project import Project, Ran, ended, until

from millpond.runtime.environments import MARK, remove, unused

WAITS = (
    "import pathlib, time; here = pathlib.Path(__file__).parent; (here / 'inside').touch()\n"
    "    while not (here / 'go').exists(): time.sleep(0.02)"
)
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


def wheel(
    project: Project,
    version: str,
    name: str = "tiny",
    needs: str = "",
    files: Mapping[str, str] | None = None,
) -> None:
    """A package of one module that knows its version, made here, in the project's `wheels`."""
    folder = project.folder / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    members = {
        **(files or {f"{name}.py": f"VERSION = {version!r}\n"}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{each},,\n" for each in (*members, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for each, content in members.items():
            archive.writestr(zipfile.ZipInfo(each), content)


def offline(project: Project) -> dict[str, str]:
    """An installer that knows the folder of wheels and no index."""
    folder = str(project.folder / "wheels")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": folder}


BODY = """
import sys

def look() -> dict:
    import tiny
    return {
        "version": tiny.VERSION,
        "python": ".".join(map(str, sys.version_info[:2])),
        "prefix": sys.prefix,
        "others": [n for n in ("pytest", "rich", "compiler", "millpond") if found(n)],
    }

def found(name: str) -> bool:
    import importlib.util
    return importlib.util.find_spec(name) is not None
"""


def declared(project: Project, environment: str, run: str = 'python "body:look"') -> None:
    project.body(BODY)
    project.pipeline(
        f"""
        step look() -> (seen: Json) {{
          run {run}
          environment {{ {environment} }}
        }}
        pipeline p() {{
          it = look()
          output seen = it.seen
        }}
        """
    )


def environments(project: Project) -> list[Path]:
    return sorted((project.folder / ".millpond" / "environments").glob("*/made.json"))


def refusal(ran: Ran) -> dict[str, Any]:
    assert ran.code == 1, ran.err
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    return found


def test_a_function_runs_with_the_packages_it_declares(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "2.0")
    declared(project, 'packages = ["tiny==1.0"]')
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    seen = ran.json["outputs"]["seen"]
    assert (seen["version"], seen["python"]) == ("1.0", PYTHON)
    assert Path(seen["prefix"]).is_relative_to(project.folder / ".millpond" / "environments")
    # Nothing of the Python that `mlp` runs on can be imported there.
    assert seen["others"] == []
    assert project.run().states == {"it": "hit"}
    declared(project, 'packages = ["tiny==2.0"]')
    ran = project.run(env=offline(project))
    assert ran.states == {"it": "ran"}
    assert ran.json["outputs"]["seen"]["version"] == "2.0"
    assert len(environments(project)) == 2


@pytest.mark.parametrize(
    "written",
    [
        'requirements = file("requirements.txt")',
        'lockfile = file("requirements.txt")',
        'lockfile = file("pylock.toml")',
    ],
)
def test_a_file_says_what_the_environment_holds(project: Project, written: str) -> None:
    wheel(project, "1.0")
    file = project.folder / "wheels" / "tiny-1.0-py3-none-any.whl"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    project.write("requirements.txt", "# what we need\ntiny==1.0 \\\n    --hash=sha256:" + digest)
    project.write(
        "pylock.toml",
        f"""
        lock-version = "1.0"
        created-by = "test"

        [[packages]]
        name = "tiny"
        version = "1.0"
        wheels = [
          {{ path = "wheels/tiny-1.0-py3-none-any.whl", hashes = {{ sha256 = "{digest}" }} }},
        ]
        """,
    )
    declared(project, written)
    ran = project.run(env={"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project.folder / "wheels")})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"]["version"] == "1.0"
    assert project.run().states == {"it": "hit"}


def test_a_lock_that_leaves_a_package_out_is_not_taken(project: Project) -> None:
    wheel(project, "1.0", needs="Requires-Dist: huge\n")
    project.write("requirements.txt", "tiny==1.0\n")
    declared(project, 'lockfile = file("requirements.txt")')
    ran = project.run(env=offline(project))
    assert ran.code == 1
    assert "huge" in ran.err
    assert environments(project) == []


def test_a_shell_step_finds_the_programs_of_its_environment(project: Project) -> None:
    wheel(project, "1.0")
    script = 'python -c \'import tiny; print(f\\"\\\\\\"{tiny.VERSION}\\\\\\"\\")\' > $seen'
    declared(project, 'packages = ["tiny==1.0"]', f'shell "{script}"')
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"seen": "1.0"}


def test_another_python_runs_the_body(project: Project) -> None:
    other = next(v for v in ("3.12", "3.13", "3.10") if v != PYTHON)
    wheel(project, "1.0")
    declared(project, f'python = "{other}"\n packages = ["tiny==1.0"]')
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"]["python"] == other


def test_a_python_that_is_not_here_is_said_before_anything_starts(project: Project) -> None:
    declared(project, 'python = "3.99"')
    found = refusal(project.run())
    assert found["code"] == "MLP0903"
    assert found["labels"][0]["text"] == "there is no Python 3.99 here"
    assert PYTHON in str(found["notes"])
    assert any("install" in way for way in found["help"])
    assert not (project.folder / ".millpond" / "runs").exists()


@pytest.mark.parametrize(
    ("written", "label"),
    [
        ('python = "three"', "`three` is no version of Python"),
        ('python = "3.8"', "too old for the launcher"),
        ('lockfile = file("poetry.lock")', "`poetry.lock` is no lock that can be read"),
        ('lockfile = file("uv.lock")', "only uv reads a `uv.lock`"),
        ('packages = ["-e ."]', "is a folder"),
        (
            'packages = ["a==1"]\n requirements = file("uv.lock")',
            "`requirements` and `packages`: which of them?",
        ),
    ],
)
def test_what_cannot_be_made_here(project: Project, written: str, label: str) -> None:
    project.write("poetry.lock", "")
    project.write("uv.lock", "")
    declared(project, written)
    tools = project.folder / "tools"
    tools.mkdir()
    (tools / "bash").symlink_to("/bin/bash")
    found = refusal(project.run(env={"PATH": str(tools)}))
    assert found["code"] == "MLP0903"
    assert label in found["labels"][0]["text"]
    assert found["help"]


def test_a_failure_shows_the_end_of_what_was_printed(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny==7.0"]')
    ran = project.run(env=offline(project))
    assert ran.code == 1
    assert "its environment could not be made" in ran.err
    assert "tiny==7.0" in ran.err
    assert environments(project) == []
    # Once it can be had, the half of an environment does not stand in the way.
    wheel(project, "7.0")
    assert project.run(env=offline(project)).json["outputs"]["seen"]["version"] == "7.0"


def test_an_index_out_of_reach_is_called_that(project: Project) -> None:
    declared(project, 'packages = ["tiny==1.0"]')
    pip = project.write("pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\nretries = 1\n")
    ran = project.run(env={"PIP_CONFIG_FILE": str(pip), "PIP_FIND_LINKS": "", "NO_PROXY": "*"})
    assert ran.code == 1
    assert "the package index could not be reached; is this machine offline?" in ran.err


def test_several_runs_make_one_environment(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny==1.0"]')
    log = project.folder / "pip.log"
    env = {**offline(project), "PIP_LOG": str(log)}
    started = [project.start("run", "p.mlp", env=env) for _ in range(2)]
    for process in started:
        ran = ended(process)
        assert ran.code == 0, ran.err
    assert len(environments(project)) == 1
    assert log.read_text().count("Successfully installed tiny-1.0") == 1


def test_one_in_which_a_step_runs_is_not_removed(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny==1.0"]')
    folder = project.folder / ".millpond" / "environments"
    project.body(BODY.replace("    import tiny\n", f"    import tiny\n    {WAITS}\n"))
    process = project.start("run", "p.mlp", env=offline(project))
    until(lambda: (project.folder / "inside").exists())
    (place,) = (path for path in folder.iterdir() if path.is_dir())
    os.utime(place / MARK, (0, 0))
    assert unused(folder, 1.0) == [place]
    assert not remove(place, 1.0)
    (project.folder / "go").touch()
    assert ended(process).code == 0
    assert remove(place, time.time() + 1)
    project.body(BODY)
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    assert len(environments(project)) == 1


def test_one_that_was_left_half_made_is_made_anew(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny==1.0"]')
    assert project.run(env=offline(project)).code == 0
    (mark,) = environments(project)
    mark.unlink()
    (mark.parent / "bin" / "python").unlink()
    project.body(BODY.replace('"prefix"', '"home"'))
    ran = project.run(env=offline(project))
    assert ran.states == {"it": "ran"}, ran.err
    assert environments(project) == [mark]


def test_requirements_without_pins_give_no_hits(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny"]')
    assert project.run(env=offline(project)).states == {"it": "ran"}
    assert project.run(env=offline(project)).states == {"it": "ran"}
    planned = project.mlp("plan", "p.mlp", "--format", "json")
    assert "pins no version" in str(planned.json)


def test_the_project_and_the_target_may_say_it(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "2.0")
    project.write("mlp.toml", '[environment]\nrequirements = "requirements.txt"\n')
    project.write("requirements.txt", "tiny==1.0\n")
    project.body(BODY)
    text = """
        step look() -> (seen: Json) { run python "body:look" }
        pipeline p() {
          it = look()
          output seen = it.seen
        }
        """
    project.pipeline(text)
    ran = project.run(env=offline(project))
    assert ran.json["outputs"]["seen"]["version"] == "1.0", ran.err
    project.pipeline(
        text
        + """
        target here: local {
          override look { environment { packages = ["tiny==2.0"] } }
        }
        """
    )
    # The nearer list stands alone: nothing is added to it from further away.
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"]["version"] == "2.0"


MODULE = """
edition 2026

step listed() -> (seen: Json) {
  run python "body:look"
  environment { requirements = file("requirements.txt") }
}
step named() -> (seen: Json) {
  run python "body:look"
  environment { packages = ["./wheels/tiny-2.0-py3-none-any.whl"] }
}
"""


def test_paths_in_an_environment_lead_from_the_file_that_says_it(project: Project) -> None:
    """A module's requirements, and the wheels beside them, lie beside the module."""
    wheel(project, "1.0")
    wheel(Project(project.folder / "team"), "2.0")
    project.write("requirements.txt", "./wheels/tiny-1.0-py3-none-any.whl\n")
    project.write("team/requirements.txt", "./wheels/tiny-2.0-py3-none-any.whl\n")
    project.write("team/steps.mlp", MODULE)
    project.write("mlp.toml", '[project]\npython-path = ["."]\n')
    project.body(BODY)
    project.pipeline(
        """
        use "team/steps.mlp" as team

        step own() -> (seen: Json) {
          run python "body:look"
          environment { requirements = file("requirements.txt") }
        }
        pipeline p() {
          a = own()
          b = team.listed()
          c = team.named()
          output a = a.seen
          output b = b.seen
          output c = c.seen
        }
        """
    )
    ran = project.run()
    assert ran.code == 0, ran.err
    found = {name: seen["version"] for name, seen in ran.json["outputs"].items()}
    assert found == {"a": "1.0", "b": "2.0", "c": "2.0"}


def test_a_worker_that_dies_while_making_leaves_nothing_in_use(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny==1.0"]')
    slow = project.write("bin/uv", "#!/bin/bash\nmkdir -p ${@: -1}/bin; sleep 60\n")
    slow.chmod(0o755)
    path = f"{slow.parent}:{os.environ['PATH']}"
    process = project.start("run", "p.mlp", env={**offline(project), "PATH": path})
    folder = project.folder / ".millpond" / "environments"
    until(lambda: any(folder.glob("*/bin")))
    process.terminate()
    ended(process)
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    assert len(environments(project)) == 1


def with_uv(project: Project) -> dict[str, str]:
    """A search path with uv on it, which knows the folder of wheels and no index."""
    path = f"{Path(uv.find_uv_bin()).parent}:{os.environ['PATH']}"
    return {"PATH": path, "UV_NO_INDEX": "1", "UV_FIND_LINKS": str(project.folder / "wheels")}


def test_uv_makes_environments_where_it_is_there(project: Project) -> None:
    wheel(project, "1.0")
    declared(project, 'packages = ["tiny==1.0"]')
    ran = project.run(env=with_uv(project))
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"]["version"] == "1.0"
    (log,) = (project.folder / ".millpond" / "environments").glob("*.log")
    assert "uv pip install" in log.read_text()


def test_the_lock_of_a_uv_project(project: Project) -> None:
    wheel(project, "1.0")
    wheel(project, "2.0")
    project.write(
        "pyproject.toml",
        f"""
        [project]
        name = "mine"
        version = "0"
        requires-python = ">={PYTHON}"
        dependencies = ["tiny<2"]
        """,
    )
    env = with_uv(project)
    words = [uv.find_uv_bin(), "lock", "--quiet"]
    subprocess.run(words, cwd=project.folder, env={**os.environ, **env}, check=True)
    declared(project, 'lockfile = file("uv.lock")')
    ran = project.run(env=env)
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"]["version"] == "1.0"
    assert project.run(env=env).states == {"it": "hit"}
    # Another lock is another environment.
    (project.folder / "pyproject.toml").write_text(
        (project.folder / "pyproject.toml").read_text().replace("tiny<2", "tiny>1")
    )
    subprocess.run(words, cwd=project.folder, env={**os.environ, **env}, check=True)
    assert project.run(env=env).json["outputs"]["seen"]["version"] == "2.0"
