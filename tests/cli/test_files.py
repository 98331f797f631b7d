"""Files that cannot be read, lie elsewhere or are not what they seem; what `check` never does."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cli.conftest import Mlp

CODE = "MLP0001"


def codes(mlp: Mlp, *words: str) -> list[str]:
    return [entry["code"] for entry in mlp("check", *words, "--format", "json").json["diagnostics"]]


@pytest.mark.parametrize("command", ["check", "plan", "run", "compile", "graph"])
def test_a_file_that_is_not_there_is_a_mistake_in_use(mlp: Mlp, hello: Path, command: str) -> None:
    more = ["-o", "out"] if command == "compile" else []
    answer = mlp(command, "helo.mlp", *more)
    assert (answer.code, answer.out) == (2, "")
    assert "there is no file `helo.mlp`; did you mean `hello.mlp`?" in answer.err


@pytest.mark.parametrize("command", ["check", "plan", "run", "compile", "graph"])
def test_a_folder_is_a_mistake_in_use(mlp: Mlp, tmp_path: Path, command: str) -> None:
    more = ["-o", "out"] if command == "compile" else []
    answer = mlp(command, ".", *more)
    assert (answer.code, answer.out) == (2, "")
    assert "is a folder" in answer.err


def test_text_that_is_not_utf_8(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_bytes(b"edition 2026\n# caf\xe9\n")
    answer = mlp("check", "x.mlp", "--format", "json")
    assert answer.code == 1
    [entry] = answer.json["diagnostics"]
    assert entry["code"] == CODE
    assert entry["message"] == "cannot read `x.mlp`: it is not UTF-8 (byte 18)"
    assert answer.err == ""


def test_a_file_that_may_not_be_read(mlp: Mlp, hello: Path) -> None:
    hello.chmod(0)
    if os.geteuid() == 0:  # who may read everything: a name that leads nowhere stands for it
        hello.unlink()
        hello.symlink_to(hello)
    assert mlp("check", "hello.mlp").code in (1, 2)


def test_a_file_that_is_too_large_is_not_even_read(mlp: Mlp, tmp_path: Path) -> None:
    with (tmp_path / "x.mlp").open("wb") as stream:
        stream.truncate(10**12)
    answer = mlp("check", "x.mlp", "--format", "json")
    assert [entry["code"] for entry in answer.json["diagnostics"]] == [CODE]
    assert "larger than 4 MB" in answer.json["diagnostics"][0]["message"]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "\ufeff"])
def test_an_empty_file_holds_no_mistake_but_also_no_pipeline(
    mlp: Mlp, tmp_path: Path, text: str
) -> None:
    (tmp_path / "x.mlp").write_text(text, "utf-8")
    assert set(codes(mlp, "x.mlp")) <= {"MLP1020"}
    for words in (["plan"], ["run"], ["compile", "-o", "out", "--target", "argo"]):
        answer = mlp(words[0], "x.mlp", *words[1:])
        assert (answer.code, answer.out) == (2, ""), words
        assert "has no pipeline" in answer.err


def test_line_ends_of_other_systems_and_a_byte_order_mark(mlp: Mlp, hello: Path) -> None:
    text = hello.read_text("utf-8").replace("\n", "\r\n")
    hello.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    assert codes(mlp, "hello.mlp") == []


def test_a_device_does_not_hang_the_command(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").symlink_to("/dev/zero")
    assert codes(mlp, "x.mlp") == [CODE]


def test_the_file_is_named_as_it_was_typed(mlp: Mlp, hello: Path, tmp_path: Path) -> None:
    hello.write_text(hello.read_text("utf-8").replace("hi.message", "hi.massage", 1), "utf-8")
    for spelling in ("hello.mlp", "./hello.mlp", str(hello)):
        answer = mlp("check", spelling, "--format", "json")
        assert answer.json["diagnostics"][0]["file"] == answer.json["file"]
        assert Path(answer.json["file"]) == Path(spelling)


SPY = """\
import pathlib
pathlib.Path(__file__).with_name("executed").write_text("yes")
print("executed")


def greet(name: str, excited: bool) -> str:
    return name
"""


@pytest.mark.parametrize(
    "words",
    [["check"], ["plan"], ["graph"], ["compile", "--target", "argo", "-o", "out"]],
    ids=lambda words: str(words[0]),
)
def test_the_users_code_is_read_and_never_executed(
    mlp: Mlp, hello: Path, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / "hello.py").write_text(SPY, "utf-8")
    with hello.open("a", encoding="utf-8") as stream:
        stream.write('\ntarget argo: argo { artifacts = "s3://bucket/x" }\n')
    answer = mlp(words[0], "hello.mlp", *words[1:])
    assert answer.code == 0, answer.err
    assert "executed" not in answer.out + answer.err
    assert not (tmp_path / "executed").exists()


OUTSIDE = """\
edition 2026

step greet(name: String) -> (message: String) {{
  run python "{module}"
  environment {{ requirements = file("{requirements}") }}
}}

pipeline hello(name: String = "world") {{
  hi = greet(name = name)
  output message = hi.message
}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder, and secrets beside it that nothing may read."""
    (tmp_path / "secret.py").write_text("def greet(name: str) -> str:\n    return name\n", "utf-8")
    (tmp_path / "secret.txt").write_text("hunter2==1.0\n", "utf-8")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "mlp.toml").write_text('[project]\nname = "p"\n', "utf-8")
    (folder / "fine.py").write_text("def greet(name: str) -> str:\n    return name\n", "utf-8")
    (folder / "fine.txt").write_text("numpy==1.0\n", "utf-8")
    return folder


def test_a_project_that_stays_inside(mlp: Mlp, project: Path) -> None:
    file = project / "x.mlp"
    file.write_text(OUTSIDE.format(module="fine:greet", requirements="fine.txt"), "utf-8")
    assert codes(mlp, str(file)) == []


@pytest.mark.parametrize("path", ["../secret.txt", "link.txt", "folder/secret.txt", "{absolute}"])
def test_files_outside_the_project_do_not_exist(mlp: Mlp, project: Path, path: str) -> None:
    (project / "link.txt").symlink_to(project.parent / "secret.txt")
    (project / "folder").symlink_to(project.parent, target_is_directory=True)
    file = project / "x.mlp"
    path = path.replace("{absolute}", str(project.parent / "secret.txt"))
    file.write_text(OUTSIDE.format(module="fine:greet", requirements=path), "utf-8")
    answer = mlp("check", str(file), "--format", "json")
    assert [entry["code"] for entry in answer.json["diagnostics"]] == ["MLP0506"]
    (found,) = answer.json["diagnostics"]
    assert found["labels"][0]["text"] == "this leaves the project"
    assert "make it a parameter" in found["help"][0]
    assert "hunter2" not in answer.out
    assert "did you mean" not in answer.out


@pytest.mark.parametrize("module", ["link:greet", "folder.secret:greet"])
def test_modules_outside_the_project_are_not_read(mlp: Mlp, project: Path, module: str) -> None:
    (project / "link.py").symlink_to(project.parent / "secret.py")
    (project / "folder").symlink_to(project.parent, target_is_directory=True)
    file = project / "x.mlp"
    file.write_text(OUTSIDE.format(module=module, requirements="fine.txt"), "utf-8")
    answer = mlp("check", str(file), "--format", "json")
    assert answer.code == 1, "a link out of the project was followed"
