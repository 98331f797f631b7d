"""Secrets come from the environment, a file or a keyring, and are to be read nowhere else."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from local.project import Project, Ran

from millpond.backends.local.secrets import parse

SECRET = "hunter2-hunter2"
ONE = """
step connect() -> (n: Int) {
  run python "body:connect"
  secrets { TOKEN = secret("warehouse/token") }
}
pipeline p() {
  it = connect()
  output n = it.n
}
"""
# A keyring of one file, so that the package itself does the looking up.
KEYRING = """
import os
from keyring.backend import KeyringBackend

class InAFile(KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        with open(os.environ["KEYRING_FILE"]) as file:
            lines = dict(line.strip().split("=", 1) for line in file)
        return lines.get(f"{service} {username}")

    def set_password(self, service, username, password):
        raise NotImplementedError
"""


def asking(project: Project) -> None:
    project.pipeline(ONE)
    project.body('import os\ndef connect() -> int:\n    return len(os.environ["TOKEN"])\n')


def refused(ran: Ran) -> dict[str, Any]:
    assert ran.code == 1, ran.err
    (found,) = [d for d in ran.json["diagnostics"] if d["severity"] == "error"]
    return found


@pytest.mark.parametrize("name", ["warehouse/token", "WAREHOUSE_TOKEN", "TOKEN"])
def test_from_the_environment(project: Project, name: str) -> None:
    asking(project)
    assert project.run(env={name: SECRET}).json["outputs"] == {"n": len(SECRET)}


@pytest.mark.parametrize(
    "line",
    [f"WAREHOUSE_TOKEN={SECRET}", f'export TOKEN="{SECRET}"', f"warehouse/token = '{SECRET}'"],
)
def test_from_a_file(project: Project, line: str) -> None:
    asking(project)
    project.write("mlp.toml", '[secrets]\nfile = "secrets.env"\n')
    file = project.write("secrets.env", f"# what opens the warehouse\n{line}\n")
    file.chmod(0o600)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"n": len(SECRET)}
    assert "secrets.env" not in ran.err
    # The environment is nearer.
    assert project.run(env={"TOKEN": "other"}).states == {"it": "hit"}


def test_from_a_keyring(project: Project, tmp_path: Path) -> None:
    asking(project)
    (tmp_path / "onefile.py").write_text(KEYRING)
    (tmp_path / "ring").write_text(f"millpond warehouse/token={SECRET}\n")
    root = Path(__file__).resolve().parents[2]
    env = {
        "PYTHONPATH": f"{root}:{tmp_path}",
        "PYTHON_KEYRING_BACKEND": "onefile.InAFile",
        "KEYRING_FILE": str(tmp_path / "ring"),
    }
    ran = project.run(env=env)
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"n": len(SECRET)}
    assert SECRET.encode() not in project.everything()


def test_one_that_is_nowhere_is_said_before_anything_starts(project: Project) -> None:
    asking(project)
    project.write("mlp.toml", '[secrets]\nfile = "secrets.env"\n')
    found = refused(project.run())
    assert found["code"] == "MLP0903"
    assert found["message"] == "this machine cannot give `connect` its secret `TOKEN`"
    assert found["span"]["start"]["line"] == 6
    places = " ".join(found["notes"])
    for place in ("`WAREHOUSE_TOKEN`", "secrets.env", "keyring"):
        assert place in places
    assert not (project.folder / ".millpond" / "runs").exists()


def test_one_that_only_a_hook_asks_for_is_warned_of(project: Project) -> None:
    project.pipeline(
        """
        step work() -> (n: Int) { run shell "echo 1 > $n" }
        step call() -> (n: Int) {
          run shell "echo ${#TOKEN} > $n"
          secrets { TOKEN = secret("warehouse/token") }
        }
        pipeline p() {
          it = work()
          output n = it.n
          on failure { call() }
        }
        """
    )
    ran = project.mlp("run", "p.mlp")
    assert ran.code == 0, ran.err
    said = ran.out + ran.err
    assert "warning[MLP0903]: this machine cannot give `call` its secret `TOKEN`" in said


def test_a_file_that_everybody_can_read_is_warned_of(project: Project) -> None:
    asking(project)
    project.write("mlp.toml", '[secrets]\nfile = "secrets.env"\n')
    project.write("secrets.env", f"TOKEN={SECRET}\n").chmod(0o644)
    ran = project.mlp("run", "p.mlp")
    assert ran.code == 0, ran.err
    said = ran.out + ran.err
    assert "everybody on this machine can read the secrets in `secrets.env`" in said
    assert SECRET not in said


def test_a_file_of_somebody_else_stays_as_it_is(project: Project) -> None:
    asking(project)
    outside = project.folder.parent / "theirs.env"
    outside.write_text(f"TOKEN={SECRET}\n", "utf-8")
    outside.chmod(0o644)
    project.write("mlp.toml", '[secrets]\nfile = "../theirs.env"\n')
    ran = project.mlp("run", "p.mlp")
    said = " ".join((ran.out + ran.err).split())
    assert f"it is {outside.resolve()}" in said
    assert "chmod" not in said
    assert "a file that only you can read" in said


def git(project: Project, *words: str) -> None:
    subprocess.run(
        ("git", "-c", "user.name=t", "-c", "user.email=t@t", *words),
        cwd=project.folder,
        check=True,
        capture_output=True,
    )


def test_a_file_that_git_would_take_is_not_read(project: Project) -> None:
    asking(project)
    project.write("mlp.toml", '[secrets]\nfile = "secrets.env"\n')
    project.write("secrets.env", f"TOKEN={SECRET}\n").chmod(0o600)
    git(project, "init")
    assert "git takes it" in refused(project.run())["message"]
    project.write(".gitignore", "secrets.env\n")
    assert project.run().code == 0
    git(project, "add", "--force", "secrets.env")
    assert "git takes it" in refused(project.run())["message"]


def test_how_a_file_is_read() -> None:
    text = (
        "# TOKEN=no\n\nA=1\n export B = two words \nC=\"x\\ny\"\nD='a\\nb'\nE=\nF=a=b#c\nnonsense\n"
    )
    assert parse(text) == {
        "A": "1", "B": "two words", "C": "x\ny", "D": "a\\nb", "E": "", "F": "a=b#c",
    }  # fmt: skip


LEAKS = {
    "print": "print(token); print(token, file=sys.stderr); os.write(1, token[:5].encode());"
    " time.sleep(0.05); os.write(1, token[5:].encode())",
    "child": "subprocess.run(['bash', '-c', 'echo $TOKEN; env'])",
    "logging": "import logging; logging.warning('token %s', token)",
    "raise": "raise ValueError(f'no entry with {token}')",
    "nested": "try:\n        int(token)\n    except ValueError as e:\n"
    "        raise RuntimeError('x') from e",
    "value": "return {'text': token}",
    "name": "return {token: 1}",
    "list": "return {'deep': [[{'x': 'a' + token}]]}",
    "exit": "sys.exit(token)",
    "crash": "print(token, flush=True); os.kill(os.getpid(), 11)",
    "left": "open('left', 'w').write(token); os.makedirs(token)",
    "orphan": "subprocess.Popen(['bash', '-c', 'sleep 0.2; echo $TOKEN'])",
}


@pytest.mark.parametrize("how", LEAKS)
def test_no_way_out(project: Project, how: str) -> None:
    project.body(
        "import os, subprocess, sys, time\n"
        "def leak() -> dict:\n"
        '    token = os.environ["TOKEN"]\n'
        f"    {LEAKS[how]}\n"
        "    return {'n': 1}\n"
    )
    project.pipeline(
        """
        step leak() -> (x: Json) {
          run python "body:leak"
          secrets { TOKEN = secret("TOKEN") }
          retry { attempts = 2 }
        }
        pipeline p() {
          it = leak()
          output x = it.x
        }
        """
    )
    ran = project.run(env={"TOKEN": SECRET})
    assert SECRET not in ran.out + ran.err
    assert SECRET.encode() not in project.everything()
    names = [str(path) for path in (project.folder / ".millpond").rglob("*")]
    assert not [name for name in names if SECRET in name]
    explained = project.mlp("plan", "p.mlp", "--format", "json", env={"TOKEN": SECRET})
    assert SECRET not in explained.out + explained.err


@pytest.mark.parametrize(
    "script",
    [
        "echo $TOKEN > $x",
        "head -c 3000000 /dev/zero > $x; echo $TOKEN >> $x",
    ],
)
def test_a_file_that_holds_a_secret_is_no_result(project: Project, script: str) -> None:
    project.pipeline(
        f"""
        step leak() -> (x: File) {{
          run shell "{script}"
          secrets {{ TOKEN = secret("TOKEN") }}
        }}
        pipeline p() {{
          it = leak()
          output x = it.x
        }}
        """
    )
    ran = project.run(env={"TOKEN": SECRET})
    assert ran.code == 1
    assert "it holds a secret of this step" in ran.err
    assert SECRET.encode() not in project.everything()


def test_a_folder_that_holds_a_secret_is_no_result(project: Project) -> None:
    project.pipeline(
        """
        step leak() -> (x: Dir) {
          run shell "mkdir -p $x/sub; touch $x/sub/$TOKEN"
          secrets { TOKEN = secret("TOKEN") }
        }
        pipeline p() {
          it = leak()
          output x = it.x
        }
        """
    )
    ran = project.run(env={"TOKEN": SECRET})
    assert ran.code == 1
    assert SECRET.encode() not in project.everything()
