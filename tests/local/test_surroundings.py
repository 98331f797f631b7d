"""What a body finds around itself: its variables, its secrets, and nothing of the user's own."""

from __future__ import annotations

import json

import pytest
from local.project import Project

SECRET = "hunter2-hunter2"
BODY = """
import os, sys

def look() -> dict:
    return {"names": sorted(os.environ), "folder": os.getcwd() == os.environ["HOME"]}

def connect() -> int:
    print("the token is", os.environ["TOKEN"])
    print("the token is", os.environ["TOKEN"], file=sys.stderr)
    return len(os.environ["TOKEN"])

def breaks() -> int:
    raise ValueError("cannot log in with " + os.environ["TOKEN"])
"""
ALLOWED = ["HOME", "LC_ALL", "OMP_NUM_THREADS", "PATH", "PYTHONHASHSEED", "TZ"]


def one_step(project: Project, head: str, settings: str = "") -> None:
    project.body(BODY)
    project.pipeline(
        f"""
        step s() -> {head}
          {settings}
        }}
        pipeline p() {{
          it = s()
          output x = it.x
        }}
        """
    )


def test_a_python_body_sees_an_allow_list(project: Project) -> None:
    one_step(project, '(x: Json) {\n          run python "body:look"')
    ran = project.run(env={"MY_OWN": "1", "AWS_PROFILE": "mine"})
    assert ran.json["outputs"]["x"] == {"names": ALLOWED, "folder": True}


def test_declared_variables_are_there(project: Project) -> None:
    one_step(project, '(x: Json) {\n          run python "body:look"', 'env { MODE = "fast" }')
    ran = project.run(env={"MY_OWN": "1"})
    assert ran.json["outputs"]["x"]["names"] == sorted([*ALLOWED, "MODE"])


def test_a_shell_body_sees_the_same(project: Project) -> None:
    one_step(project, '(x: String) {\n          run shell "env > $x"')
    ran = project.run(env={"MY_OWN": "1"})
    names = {line.partition("=")[0] for line in ran.json["outputs"]["x"].splitlines()}
    # bash itself adds the last three.
    assert names == {*ALLOWED, "x", "PWD", "SHLVL", "_"}


@pytest.mark.parametrize(
    "run", ['python "body:connect"', 'shell "echo it is $TOKEN; echo 15 > $x"']
)
def test_a_secret_is_written_nowhere(project: Project, run: str) -> None:
    one_step(project, f"(x: Int) {{\n          run {run}", 'secrets { TOKEN = secret("MY_TOKEN") }')
    ran = project.run(env={"MY_TOKEN": SECRET})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"x": len(SECRET)}
    assert SECRET not in ran.out + ran.err
    assert SECRET.encode() not in project.everything()
    assert b"***" in project.everything()


def test_an_error_that_quotes_a_secret_is_masked(project: Project) -> None:
    one_step(
        project,
        '(x: Int) {\n          run python "body:breaks"',
        'secrets { TOKEN = secret("MY_TOKEN") }',
    )
    ran = project.run(env={"MY_TOKEN": SECRET})
    assert ran.code == 1
    assert "cannot log in with ***" in ran.err
    assert SECRET not in ran.out + ran.err
    assert SECRET.encode() not in project.everything()


def test_another_secret_gives_the_same_result(project: Project) -> None:
    one_step(
        project,
        '(x: Int) {\n          run python "body:connect"',
        'secrets { TOKEN = secret("MY_TOKEN") }',
    )
    project.run(env={"MY_TOKEN": SECRET})
    assert project.run(env={"MY_TOKEN": "another-one"}).states == {"it": "hit"}


def test_no_step_finds_what_another_left_behind(project: Project) -> None:
    project.body(
        """
        import os, random
        from pathlib import Path

        def leave(n: int) -> int:
            os.environ["LEFT"] = "1"
            Path("left").write_text("1")
            os.chdir("/")
            random.seed(99)
            return n

        def look(n: int) -> dict:
            return {
                "left": os.environ.get("LEFT"),
                "file": Path("left").exists(),
                "folder": os.getcwd() == os.environ["HOME"],
                "random": random.random(),
            }
        """
    )
    project.pipeline(
        """
        step leave(n: Int) -> (x: Int) { run python "body:leave" }
        step look(n: Int) -> (seen: Json) { run python "body:look" }
        pipeline p() {
          before = look(n = 0)
          left = leave(n = 1) after before
          after_it = look(n = left.x)
          output before = before.seen
          output later = after_it.seen
        }
        target here: local { workers = 1 }
        """
    )
    outputs = project.run().json["outputs"]
    assert outputs["before"] == outputs["later"]
    assert outputs["later"] | {"random": 0} == {
        "left": None,
        "file": False,
        "folder": True,
        "random": 0,
    }


def test_a_step_finds_the_variables_that_its_modules_set_when_they_were_imported(
    project: Project,
) -> None:
    project.body(
        """
        import os

        os.environ["SET_BY_IMPORT"] = "yes"

        def look(n: int) -> str:
            return os.environ.pop("SET_BY_IMPORT", "no")

        def other(n: int) -> str:
            return look(n)
        """
    )
    project.pipeline(
        """
        step look(n: Int) -> (seen: String) { run python "body:look" }
        step other(n: Int) -> (seen: String) { run python "body:other" }
        pipeline p() {
          a = look(n = 0)
          b = look(n = 1) after a
          c = other(n = 2) after b
          output seen: List[String] = [a.seen, b.seen, c.seen]
        }
        target here: local { workers = 1 }
        """
    )
    assert project.run().json["outputs"] == {"seen": ["yes", "yes", "yes"]}


def test_a_step_that_reads_the_world_runs_once_per_run(project: Project) -> None:
    project.body(
        f"""
        def read() -> int:
            with open({str(project.folder / "reads")!r}, "a") as file:
                file.write("x\\n")
            return 1

        def use(n: int) -> int:
            return n + 1
        """
    )
    project.pipeline(
        """
        step read() -> (n: Int) {
          run python "body:read"
          cache = false
        }
        step use_it(n: Int) -> (n: Int) { run python "body:use" }
        pipeline p() {
          world = read()
          one = use_it(n = world.n)
          output n = one.n
        }
        """
    )
    project.run()
    second = project.run()
    assert second.states == {"world": "ran", "one": "hit"}
    assert project.lines("reads") == ["x", "x"]
    planned = project.mlp("plan", "p.mlp", "--format", "json")
    states = {node["id"]: node["state"] for node in planned.json["nodes"]}
    assert states == {"world": "run", "one": "depends"}


def test_a_result_that_has_aged_out_is_made_again(project: Project) -> None:
    one_step(project, '(x: Json) {\n          run python "body:look"', "cache { ttl = 1h }")
    assert project.run().states == {"it": "ran"}
    assert project.run().states == {"it": "hit"}
    text = (project.folder / "p.mlp").read_text()
    (project.folder / "p.mlp").write_text(text.replace("1h", "1ms"))
    assert project.run().states == {"it": "ran"}


def test_json_lines_tell_of_every_node(project: Project) -> None:
    one_step(project, '(x: Json) {\n          run python "body:look"')
    ran = project.mlp("run", "p.mlp", "--log-format", "json")
    events = [json.loads(line) for line in ran.err.splitlines()]
    assert [event["event"] for event in events] == ["started", "finished"]
    assert events[1]["state"] == "ran"
