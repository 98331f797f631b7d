"""Where the system is not Linux: no step runs there, and all that runs none works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from millpond import Usage, run

from .conftest import Mlp

ELSEWHERE = """
import contextlib, fcntl, io, json, os, signal, sys, sysconfig
sysconfig.get_config_vars()  # Python's own, which has to know what it runs on
for module, names in (
    (os, "pidfd_open pipe2 sched_getaffinity sched_setaffinity memfd_create sendfile"),
    (fcntl, "F_SETLEASE F_GETLEASE F_NOTIFY"),
    (signal, "pidfd_send_signal sigtimedwait sigwaitinfo"),
):
    for name in names.split():
        with contextlib.suppress(AttributeError):
            delattr(module, name)

def refuse(event, arguments):
    if event in ("open", "os.listdir", "os.scandir") and str(arguments[0]).startswith("/proc"):
        raise FileNotFoundError(arguments[0])

sys.addaudithook(refuse)
sys.platform = "darwin"
from millpond.face.main import start
codes = []
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()):
        codes.append(start(words, "0.1.0"))
print(json.dumps(codes))
"""
WINDOWS = """
import sys, sysconfig
sysconfig.get_config_vars()
sys.modules["fcntl"] = None
sys.platform = "win32"
from millpond.face.main import start
sys.exit(start(sys.argv[1:], "0.1.0"))
"""
CLOUD = """

target cloud: argo { artifacts = "s3://bucket/cloud" }
"""


@pytest.mark.parametrize(
    ("platform", "name", "works"),
    [
        ("darwin", "macOS", "`mlp check`, `mlp plan` and `mlp compile` work"),
        ("win32", "Windows", "`mlp check` works"),
        ("freebsd14", "freebsd14", "`mlp check`, `mlp plan` and `mlp compile` work"),
    ],
)
def test_nothing_starts_where_steps_do_not_run(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch, platform: str, name: str, works: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    found = mlp("run", "hello.mlp")
    assert (found.code, found.out) == (2, "")
    assert found.err == (f"mlp run: steps run on Linux, and this is {name}; {works} here\n")
    assert not (hello.parent / ".millpond").exists()
    with pytest.raises(Usage, match=f"this is {name}"):
        run(hello)


def test_a_test_that_runs_a_step_is_refused(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with hello.open("a") as file:
        file.write('\ntest "greets" for hello { expect message == "Hello, world." }\n')
    monkeypatch.setattr(sys, "platform", "darwin")
    found = mlp("test", "hello.mlp")
    assert found.code == 2
    assert found.err.startswith("mlp test: steps run on Linux, and this is macOS")


def test_what_runs_no_step_needs_nothing_of_linux(hello: Path) -> None:
    with hello.open("a") as file:
        file.write(CLOUD)
    calls = [
        ["check", "hello.mlp"],
        ["plan", "hello.mlp"],
        ["why", "hello.mlp", "length"],
        ["diff", "hello.mlp", "hello.mlp"],
        ["compile", "hello.mlp", "--target", "cloud", "-o", "out"],
        ["run", "hello.mlp"],
    ]
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, json.dumps(calls)],
        cwd=hello.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [0, 0, 0, 0, 0, 2], done.stderr
    assert done.stderr.count("steps run on Linux") == 1
    assert (hello.parent / "out" / "workflow.yaml").is_file()


def test_where_files_cannot_be_locked_a_file_can_be_checked(hello: Path) -> None:
    def said(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-c", WINDOWS, *words],
            cwd=hello.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    assert said("check", "hello.mlp")[0] == 0
    code, text = said("plan", "hello.mlp")
    assert code == 1
    assert text.startswith("mlp plan: this system cannot lock files")
