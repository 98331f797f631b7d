"""Steps in real containers: what goes in, what comes out, what is left when one ends badly."""

from __future__ import annotations

import os
import signal

import pytest
from containers.conftest import Podman
from local.project import Project, until

TOOLS, PYTHON = "localhost/tools:1", "localhost/python:1"

CHAIN = f"""
step words(given: File, text: String) -> (page: File, pages: Dir) {{
  run container "{TOOLS}" {{
    command = ["sh", "-c", "cat $0 > $2; echo $1 $WORD >> $2; mkdir -p $3/sub; cp $2 $3/sub/a",
               given, text, page, pages]
  }}
  env {{ WORD = "said" }}
}}
step count(page: File, pages: Dir) -> (n: Int, copy: File) {{
  run python "body:count"
  environment {{ image = "{PYTHON}" }}
}}
step tell(n: Int, copy: File) -> (line: Json) {{
  run shell "printf '\\"%s %s\\"' $n \\"$(cat $copy)\\" > $line; id >> /dev/stderr"
  environment {{ image = "{TOOLS}" }}
}}
pipeline p() {{
  w = words(given = file("given.txt"), text = "a b")
  c = count(page = w.page, pages = w.pages)
  t = tell(n = c.n, copy = c.copy)
  output page = w.page
  output copy = c.copy
  output line = t.line
}}
target here: local {{ containers = "podman" }}
"""
BODY = """
import sys
from pathlib import Path
import helper

def count(page, pages):
    print("python", sys.version_info[:2])
    text = Path(page).read_text()
    assert text == (Path(pages) / "sub" / "a").read_text()
    copy = Path("copy")
    copy.write_text("of " + text.split()[-1])
    return {"n": len(text.split()) * helper.N, "copy": copy}
"""


def one(project: Project, run: str, image: str, more: str = "") -> None:
    """A pipeline of one step in an image."""
    project.pipeline(
        f"""
        step s() -> (seen: Json) {{
          run {run}
          environment {{ image = "{image}" }}
          {more}
        }}
        pipeline p() {{
          it = s()
          output seen = it.seen
        }}
        target here: local {{ containers = "podman" }}
        """
    )


def test_files_and_folders_go_from_image_to_image(project: Project, podman: Podman) -> None:
    project.pipeline(CHAIN)
    project.body(BODY)
    project.write("helper.py", "N = 10\n")
    project.write("given.txt", "one two\n")
    ran = project.run(env=podman.path)
    assert ran.code == 0, ran.err
    assert project.lines(ran.json["outputs"]["page"]["path"]) == ["one two", "a b said"]
    assert ran.json["outputs"]["line"] == "50 of said"
    for path in (project.folder / ".millpond").rglob("*"):
        found = path.lstat()
        assert (found.st_uid, found.st_gid) == (os.getuid(), os.getgid()), path
    assert podman.left() == []


def test_a_secret_reaches_the_body_and_no_log(project: Project, podman: Podman) -> None:
    more = 'secrets { TOKEN = secret("TOKEN") }'
    one(project, 'shell "echo ${#TOKEN} > $seen; echo $TOKEN"', TOOLS, more)
    secret = "hunter2-hunter2\nof two lines"
    ran = project.run(env={**podman.path, "TOKEN": secret})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["seen"] == len(secret)
    assert b"hunter2" not in project.everything()


def test_a_step_that_fails_says_its_exit_code(project: Project, podman: Podman) -> None:
    one(project, 'shell "echo so it goes; exit 3"', TOOLS)
    ran = project.run(env=podman.path)
    assert ran.code == 1
    assert "exit code 3" in ran.err
    assert podman.left() == []


def test_a_function_that_raises_says_where(project: Project, podman: Podman) -> None:
    project.body("def s():\n    raise ValueError('so it goes')\n")
    one(project, 'python "body:s"', PYTHON)
    ran = project.run(env=podman.path)
    assert ran.code == 1
    assert "so it goes" in ran.err
    assert "body.py" in ran.err


def test_out_of_time_nothing_is_left(project: Project, podman: Podman) -> None:
    one(project, 'shell "sleep 100; echo 1 > $seen"', TOOLS, "timeout = 3s")
    ran = project.run(env=podman.path)
    assert ran.code == 1
    assert "it ran longer than its timeout of 3 s" in ran.err
    assert podman.left() == []


def test_an_image_by_its_digest_is_a_hit(project: Project, podman: Podman) -> None:
    image = f"localhost/tools@{podman.digest(TOOLS)}"
    one(project, 'shell "echo 1 > $seen"', image)
    assert project.run(env=podman.path).states == {"it": "ran"}
    assert project.run(env=podman.path).states == {"it": "hit"}


def test_an_image_that_is_not_there_is_named(project: Project, podman: Podman) -> None:
    one(project, 'shell "echo 1 > $seen"', "localhost/nowhere:1")
    ran = project.run(env=podman.path)
    assert ran.code == 1
    assert "podman could not run localhost/nowhere:1" in ran.err


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_whoever_ends_the_runner_leaves_no_container(
    project: Project, podman: Podman, end: signal.Signals
) -> None:
    one(project, 'shell "sleep 100; echo 1 > $seen"', TOOLS)
    process = project.start("run", "p.mlp", env=podman.path)
    until(lambda: bool(podman.left()))
    process.send_signal(end)
    process.wait(60)
    until(lambda: podman.left() == [])
