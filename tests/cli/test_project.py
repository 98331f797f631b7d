"""The project around a file: `mlp.toml`, where modules are found, and `mlp init`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli.conftest import GREET, HELLO, Mlp

from millpond.compiler.diagnostics.codes import CODES


def found(mlp: Mlp, *words: str) -> list[tuple[str, str]]:
    diagnostics = mlp("check", *words, "--format", "json").json["diagnostics"]
    return [(entry["code"], entry["message"]) for entry in diagnostics]


def write(folder: Path, manifest: str) -> None:
    (folder / "mlp.toml").write_text(manifest, "utf-8")


def test_results_lie_beside_the_nearest_manifest(mlp: Mlp, hello: Path, tmp_path: Path) -> None:
    deep = tmp_path / "flows" / "deep"
    deep.mkdir(parents=True)
    (deep / "hello.mlp").write_text(HELLO, "utf-8")
    write(tmp_path / "flows", '[project]\nname = "flows"\n')
    (tmp_path / "flows" / "hello.py").write_text(GREET, "utf-8")
    answer = mlp("run", "flows/deep/hello.mlp")
    assert answer.code == 0, answer.err
    assert (tmp_path / "flows" / ".millpond").is_dir()
    assert not (deep / ".millpond").exists()
    assert not (tmp_path / ".millpond").exists()


def test_without_a_manifest_the_folder_of_the_file_is_the_project(mlp: Mlp, tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "hello.mlp").write_text(HELLO, "utf-8")
    (folder / "hello.py").write_text(GREET, "utf-8")
    assert mlp("run", "a/hello.mlp").code == 0
    assert (folder / ".millpond").is_dir()


@pytest.mark.parametrize(
    ("manifest", "word"),
    [
        ("[projekt]\n", "[projekt]"),
        ("[project]\nnmae = 'x'\n", "nmae"),
        ("name = 'x'\n", "[name]"),
        ("[project]\nname = 1\n", "name"),
        ("[lint]\nstrict = 'yes'\n", "strict"),
        ("[project\n", "mlp.toml"),
        ("[project]\npython-path = ['../elsewhere']\n", "../elsewhere"),
        ("[environment]\nimage = '-v/:/host'\n", "`-v/:/host` is no name of an image"),
        ("[environment]\nimage = 'a/b@latest'\n", "`latest` is no digest of an image"),
        ("[environment]\npackages = ['--pre']\n", "`--pre` is an option of an installer"),
        ("[environment]\npackages = [3]\n", "`3` is no text"),
    ],
)
def test_a_mistake_in_the_manifest_is_a_diagnostic(
    mlp: Mlp, hello: Path, manifest: str, word: str
) -> None:
    write(hello.parent, manifest)
    answer = mlp("check", "hello.mlp", "--format", "json")
    assert answer.code == 1
    [entry] = answer.json["diagnostics"]
    assert word in entry["message"]
    assert "mlp.toml" in entry["message"]
    assert mlp("run", "hello.mlp").code == 1
    assert mlp("check", "hello.mlp").code == 1


def test_commands_without_a_file_say_where_the_manifest_is_wrong(mlp: Mlp, hello: Path) -> None:
    assert mlp("run", "hello.mlp").code == 0
    write(hello.parent, "[project]\nname = \n")
    answer = mlp("cache", "ls")
    assert (answer.code, answer.out) == (2, "")
    assert "mlp.toml:2:8: error[MLP0001] cannot read `" in answer.err
    assert "it is no TOML: invalid value" in answer.err


def test_modules_are_found_below_the_python_path(mlp: Mlp, hello: Path) -> None:
    folder = hello.parent
    (folder / "code").mkdir()
    (folder / "hello.py").rename(folder / "code" / "hello.py")
    assert [code for code, _ in found(mlp, "hello.mlp")] == ["MLP0801"]
    write(folder, "[project]\npython-path = ['code']\n")
    assert found(mlp, "hello.mlp") == []
    answer = mlp("run", "hello.mlp", "--format", "json")
    assert answer.code == 0, answer.err


def test_a_folder_called_src_needs_no_setting(mlp: Mlp, hello: Path) -> None:
    folder = hello.parent
    (folder / "src").mkdir()
    (folder / "hello.py").rename(folder / "src" / "hello.py")
    assert found(mlp, "hello.mlp") == []
    assert mlp("run", "hello.mlp").code == 0


def test_a_module_that_is_there_twice_is_a_mistake(mlp: Mlp, hello: Path) -> None:
    folder = hello.parent
    (folder / "src").mkdir()
    (folder / "src" / "hello.py").write_text(GREET, "utf-8")
    [(code, message)] = found(mlp, "hello.mlp")
    assert code.startswith("MLP08")
    assert "hello" in message


def test_a_new_project_checks_runs_and_compiles(mlp: Mlp, tmp_path: Path) -> None:
    answer = mlp("init", "new", "--format", "json")
    assert answer.code == 0
    assert answer.json["files"] == [".gitignore", "mlp.toml", "pipeline.mlp", "text.py"]
    for name in answer.json["files"]:
        assert (tmp_path / "new" / name).is_file()
    assert found(mlp, "new/pipeline.mlp") == []
    answer = mlp("run", "new/pipeline.mlp", "--format", "json")
    assert answer.code == 0, answer.err
    assert answer.json["status"] == "succeeded"
    assert mlp("plan", "new/pipeline.mlp", "--format", "json").json["totals"]["run"] == 0
    assert mlp("test", "new/pipeline.mlp", "--format", "json").json["totals"]["failed"] == 0
    for kind in ("argo", "kubeflow", "sagemaker"):
        more = 'role = "arn:aws:iam::123456789012:role/x"' if kind == "sagemaker" else ""
        with (tmp_path / "new" / "pipeline.mlp").open("a", encoding="utf-8") as stream:
            stream.write(f'\ntarget {kind} {{ artifacts = "s3://bucket/x"\n {more} }}\n')
        answer = mlp("compile", "new/pipeline.mlp", "--target", kind, "-o", kind, "--validate")
        assert answer.code == 0, answer.err
    assert (tmp_path / "new" / ".millpond").is_dir()


def test_a_new_partitioned_project_fills_in_what_is_missing(mlp: Mlp, tmp_path: Path) -> None:
    answer = mlp("init", "new", "--partitioned", "--format", "json")
    assert answer.code == 0
    assert answer.json["files"] == [
        ".gitignore", "data/sales.csv", "mlp.toml", "pipeline.mlp", "sales.py",
    ]  # fmt: skip
    assert found(mlp, "new/pipeline.mlp") == []
    tested = mlp("test", "new/pipeline.mlp", "--format", "json").json
    assert tested["totals"] == {"passed": 2, "failed": 0}
    first = mlp("run", "new/pipeline.mlp", "last=2026-11-05", "--format", "json").json
    assert (first["status"], first["outputs"]["sum"]) == ("succeeded", 15)
    assert [day["key"] for day in first["outputs"]["days"]] == [
        "2026-11-02", "2026-11-03", "2026-11-04",
    ]  # fmt: skip
    plan = mlp("plan", "new/pipeline.mlp", "last=2026-11-06", "--format", "json").json
    states = {node["id"]: (node["state"], node["partition"]) for node in plan["nodes"]}
    assert states["daily[2026-11-05].sold"] == ("hit", "2026-11-05")
    assert states["daily[2026-11-06].sold"] == ("run", "2026-11-06")
    assert "daily[2026-11-05].counted" not in states, "nothing was sold, so nothing is counted"
    with (tmp_path / "new" / "data" / "sales.csv").open("a", encoding="utf-8") as file:
        file.write("2026-11-03,flour,1\n")
    text = mlp("plan", "new/pipeline.mlp", "last=2026-11-05").out
    assert "daily.sold      4 run (`data/sales.csv` changed (" in text
    second = mlp("run", "new/pipeline.mlp", "last=2026-11-05", "--format", "json").json
    ran = {n["id"] for n in second["nodes"] if n["state"] == "ran" and n["kind"] == "task"}
    assert {"daily[2026-11-03].counted", "daily[2026-11-04].counted", "summed"} <= ran
    assert "daily[2026-11-02].counted" not in ran, "its lines are the same"


@pytest.mark.parametrize("name", ["mlp.toml", "pipeline.mlp", "text.py", ".gitignore"])
def test_init_never_overwrites(mlp: Mlp, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", "utf-8")
    answer = mlp("init")
    assert (answer.code, answer.out) == (2, "")
    assert name in answer.err
    assert {path.name for path in tmp_path.iterdir()} == {name}
    assert (tmp_path / name).read_text("utf-8") == "mine"


def test_init_goes_where_other_files_are(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    answer = mlp("init", ".")
    assert answer.code == 0
    assert answer.out.endswith("next: mlp run pipeline.mlp\n")
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained(mlp: Mlp, code: str) -> None:
    answer = mlp("explain", code)
    assert (answer.code, answer.err) == (0, "")
    assert f"[{code}]: " in answer.out
    as_json = mlp("explain", code.lower(), "--format", "json").json
    assert set(as_json) == {"version", "code", "title", "severity", "text", "wrong", "right"}
    assert as_json["code"] == code


def test_numbers_alone_are_enough(mlp: Mlp) -> None:
    assert mlp("explain", "204").out == mlp("explain", "MLP0204").out


@pytest.mark.parametrize("code", ["MLP9999", "x", "", "MLP"])
def test_what_is_no_code_is_a_mistake_in_use(mlp: Mlp, code: str) -> None:
    answer = mlp("explain", code)
    assert (answer.code, answer.out) == (2, "")
    assert re.search(r"codes look like MLP\d{4}", answer.err)
