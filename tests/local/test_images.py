"""A step with an image runs in it, or nothing starts; on the host it is a step of its own.

`docker` is a script here, which writes down its words, hides what was not mounted, and runs the
command on this machine: it shows what a step is given, not what an image holds.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from local.project import Project

CONTAINER = """
step s(text: String, seven: Int) -> (page: File) {
  run container "busybox:1.36" {
    command = ["sh", "-c", "echo $0 $1 $HOME $WORD > $2", text, f"{seven}", page]
  }
  env { WORD = "said" }
  resources { cpu = 1, memory = 64MB }
}
pipeline p() {
  it = s(text = "a b", seven = 7)
  output page = it.page
}
"""
FAKE = """#!{python}
import json, os, subprocess, sys
from pathlib import Path

words = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(" ".join(words) + "\\n")
if words[0] != "run":
    sys.exit({version} if words[0] == "version" else 0)
words, seen, folder, mounts = words[1:], {{}}, "/", []
while words[0].startswith("--"):
    option = words.pop(0)
    if option == "--":
        break
    if option in ("--rm", "--init"):
        continue
    value = words.pop(0)
    if option == "--env":
        name, equals, text = value.partition("=")
        seen[name] = text if equals else os.environ[name]
    elif option == "--workdir":
        folder = value
    elif option == "--volume":
        mounts.append(value.split(":"))
image = words.pop(0)
if image.startswith("missing"):
    print("docker: no such image", file=sys.stderr)
    sys.exit(125)
# What an image has: a bash, a python, and only the folders that were mounted.
for word in words:
    if word.startswith("/") and Path(word).exists():
        assert any(Path(word).is_relative_to(mount[0]) for mount in mounts), word
seen["PATH"] = {path!r}
seen["IMAGE"] = image
os.chdir(folder)
try:
    sys.exit(subprocess.run(words, env=seen).returncode)
except FileNotFoundError:
    sys.exit(127)
"""


def with_docker(project: Project, *, version: int = 0, name: str = "docker") -> str:
    """A search path with a container engine on it; `version` is how it answers when asked."""
    inside = project.folder / "inside"
    inside.mkdir(exist_ok=True)
    for program in ("bash", "sh", "sleep"):
        if not (inside / program).is_symlink():
            (inside / program).symlink_to(f"/bin/{program}")
    python = project.write("inside/python3", f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    text = FAKE.format(
        python=sys.executable,
        log=str(project.folder / "docker.log"),
        path=str(inside),
        version=version,
    )
    tool = project.write(f"bin/{name}", text)
    tool.chmod(0o755)
    return f"{tool.parent}:{os.environ['PATH']}"


def started(project: Project) -> list[list[str]]:
    """The words of each container that was started."""
    lines = [line.split() for line in project.lines("docker.log")]
    return [words for words in lines if words[0] == "run"]


def test_a_container_step_runs_in_docker(project: Project) -> None:
    project.pipeline(CONTAINER)
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 0, ran.err
    (text,) = project.lines(ran.json["outputs"]["page"]["path"])
    assert text.startswith("a b 7 /")
    assert text.endswith("/scratch said")
    (words,) = started(project)
    assert words[:4] == ["run", "--rm", "--init", "--name"]
    assert words[words.index("busybox:1.36") - 1] == "--"
    assert words[words.index("--cpus") + 1] == "1"
    assert words[words.index("--memory") + 1] == "64000000b"
    scratch = words[words.index("--workdir") + 1]
    assert f"{scratch}:{scratch}" in words
    assert "WORD" in words
    # A tag says nothing for sure, so nobody takes the result for the next one's.
    assert project.run(env={"PATH": with_docker(project)}).states == {"it": "ran"}


def test_an_image_with_a_digest_gives_hits(project: Project) -> None:
    project.pipeline(CONTAINER.replace("busybox:1.36", "busybox@sha256:" + "a" * 64))
    path = with_docker(project)
    assert project.run(env={"PATH": path}).states == {"it": "ran"}
    assert project.run(env={"PATH": path}).states == {"it": "hit"}


def test_a_container_that_is_out_of_time_is_removed(project: Project) -> None:
    text = CONTAINER.replace("echo $0", "sleep 100; echo $0")
    project.pipeline(text.replace("env {", "timeout = 1s\n  env {"))
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 1
    assert "it ran longer than its timeout of 1 s" in ran.err
    (words,) = started(project)
    assert f"rm --force {words[4]}" in project.lines("docker.log")


def test_without_a_container_engine_nothing_starts(project: Project, tmp_path: Path) -> None:
    project.pipeline(CONTAINER)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "bash").symlink_to("/bin/bash")
    ran = project.run(env={"PATH": str(tools)})
    assert ran.code == 1
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert found["code"] == "MLP0903"
    assert "no docker or podman" in " ".join(found["notes"])
    assert found["help"]


BODY = """
import os
import helper

def look() -> dict:
    return {"image": os.environ.get("IMAGE"), "n": helper.N}
"""
DIGEST = "sha256:" + "a" * 64


def in_an_image(project: Project, run: str, image: str, more: str = "", target: str = "") -> None:
    project.body(BODY)
    project.write("helper.py", "N = 7\n")
    project.pipeline(
        f"""
        step look() -> (seen: Json) {{
          run {run}
          environment {{ image = "{image}" }}
          {more}
        }}
        pipeline p() {{
          it = look()
          output seen = it.seen
        }}
        {target}
        """
    )


def test_a_function_runs_in_its_image(project: Project) -> None:
    image = f"train@{DIGEST}"
    in_an_image(project, 'python "body:look"', image)
    path = with_docker(project)
    ran = project.run(env={"PATH": path})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"] == {"image": image, "n": 7}
    (words,) = started(project)
    mounts = [words[n + 1].split(":") for n, word in enumerate(words) if word == "--volume"]
    # It may write to its own folder; the launcher and its code it can only read, and no more.
    assert sorted(len(mount) for mount in mounts) == [2, 3, 3]
    assert str(project.folder) not in [mount[0] for mount in mounts]
    assert project.run(env={"PATH": path}).states == {"it": "hit"}


def test_a_script_runs_in_its_image_with_the_files_it_runs(project: Project) -> None:
    project.write("tools/say.sh", 'echo "\\"$IMAGE $WORD\\"" > $seen\n')
    in_an_image(project, 'shell "bash tools/say.sh"', "tool:1", 'env { WORD = "said" }')
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"] == "tool:1 said"


def test_a_secret_stands_on_no_command_line(project: Project) -> None:
    more = 'secrets { TOKEN = secret("TOKEN") }'
    in_an_image(project, 'shell "echo ${#TOKEN} > $seen; echo $TOKEN"', "tool:1", more)
    ran = project.run(env={"PATH": with_docker(project), "TOKEN": "hunter2-hunter2"})
    assert ran.json["outputs"]["seen"] == len("hunter2-hunter2")
    assert "hunter2" not in str(project.lines("docker.log"))
    assert b"hunter2" not in project.everything()


def test_an_image_that_cannot_be_had_is_not_the_fault_of_the_body(project: Project) -> None:
    in_an_image(project, 'python "body:look"', "missing:1", "retry { attempts = 2 }")
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 1
    assert "docker could not run missing:1" in ran.err
    assert len(started(project)) == 2


def test_an_image_without_python_is_said_to_be_one(project: Project) -> None:
    in_an_image(project, 'python "body:look"', "tool:1")
    path = with_docker(project)
    (project.folder / "inside" / "python3").unlink()
    ran = project.run(env={"PATH": path})
    assert ran.code == 1
    assert "the image tool:1 has no python3, which runs the body" in ran.err


def test_a_function_needs_the_launcher(project: Project) -> None:
    in_an_image(project, 'python "body:look"', 'tool:1"\n launcher = "none')
    ran = project.run(env={"PATH": with_docker(project)})
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert found["code"] == "MLP0903"
    assert "has no Python" in found["notes"][0]


def test_an_engine_that_does_not_answer_is_found_out_first(project: Project) -> None:
    in_an_image(project, 'python "body:look"', "tool:1")
    ran = project.run(env={"PATH": with_docker(project, version=1)})
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    assert found["code"] == "MLP0903"
    assert "docker does not answer" in found["notes"][0]
    assert not (project.folder / ".millpond" / "runs").exists()


@pytest.mark.parametrize("word", ["docker", "podman"])
def test_a_target_may_name_the_engine(project: Project, word: str) -> None:
    target = f'target here: local {{ containers = "{word}" }}'
    in_an_image(project, 'python "body:look"', "tool:1", target=target)
    path = with_docker(project, name=word)
    other = "podman" if word == "docker" else "docker"
    refusing = project.write(f"bin/{other}", "#!/bin/bash\nexit 1\n")
    refusing.chmod(0o755)
    assert project.run(env={"PATH": path}).code == 0
    assert len(started(project)) == 1


ON_HOST = 'target here: local { containers = "host" }'


@pytest.mark.parametrize("run", ['python "body:look"', 'shell "echo \'{\\"n\\": 7}\' > $seen"'])
def test_on_the_host_no_key_is_that_of_the_image(project: Project, run: str) -> None:
    image = f"train@{DIGEST}"
    in_an_image(project, run, image, target=ON_HOST)
    here = project.run(env={"PATH": with_docker(project)})
    assert here.code == 0, here.err
    assert here.json["outputs"]["seen"]["n"] == 7
    assert started(project) == []
    # The same step in its image knows nothing of that result, nor the other way round.
    in_an_image(project, run, image)
    assert project.run(env={"PATH": with_docker(project)}).states == {"it": "ran"}
    # Without an image it is the same work in the same environment.
    in_an_image(project, run, image, target=ON_HOST)
    text = (project.folder / "p.mlp").read_text()
    (project.folder / "p.mlp").write_text(text.replace(f'environment {{ image = "{image}" }}', ""))
    assert project.run().states == {"it": "hit"}


def test_the_command_of_a_container_runs_on_the_host(project: Project) -> None:
    image = f"busybox@{DIGEST}"
    project.pipeline(CONTAINER.replace("busybox:1.36", image) + ON_HOST)
    path = with_docker(project)
    ran = project.run(env={"PATH": path})
    assert ran.code == 0, ran.err
    assert started(project) == []
    assert project.run(env={"PATH": path}).states == {"it": "hit"}
    project.pipeline(CONTAINER.replace("busybox:1.36", image))
    assert project.run(env={"PATH": path}).states == {"it": "ran"}
    assert len(started(project)) == 1


def test_a_script_finds_the_files_it_runs_here_too(project: Project) -> None:
    project.write("tools/say.sh", "echo 3 > $x\n")
    project.pipeline(
        """
        step s() -> (x: Int) { run shell "bash tools/say.sh" }
        pipeline p() {
          it = s()
          output x = it.x
        }
        """
    )
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"x": 3}


def test_a_notebook_runs_in_its_image(project: Project) -> None:
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["outputs"]},
        "source": "import os, helper\nseen = [os.environ['IMAGE'], helper.N]",
        "outputs": [],
        "execution_count": None,
    }
    data = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    project.write("look.ipynb", json.dumps(data))
    in_an_image(project, 'notebook "look.ipynb"', "lab:1")
    ran = project.run(env={"PATH": with_docker(project)})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"] == ["lab:1", 7]
    logs = project.folder / ".millpond" / "runs" / ran.json["run"] / "logs"
    assert (logs / "it.ipynb").exists()


def test_a_script_beside_the_folder_of_the_file_is_refused(project: Project) -> None:
    project.write("mlp.toml", "")
    project.write("tools/say.sh", "echo 3 > $x\n")
    project.write(
        "sub/p.mlp",
        """
        edition 2026
        step s() -> (x: Int) { run shell "bash ../tools/say.sh" }
        pipeline p() {
          it = s()
          output x = it.x
        }
        """,
    )
    checked = project.mlp("check", "sub/p.mlp", "--format", "json")
    (found,) = checked.json["diagnostics"]
    assert found["code"] == "MLP0506"
    assert found["message"] == "there is no file `../tools/say.sh` where the script runs"
