"""`use "file.mlp" as name`: found beside the file that says it, loaded once, never in a circle."""

from __future__ import annotations

import json
import os
from pathlib import Path
from zipfile import ZipFile

import pytest
from modules.project import DATA, MAIN, STEPS, checked, said, shown, write

from millpond.face import api
from millpond.face.main import start

PROJECT = {"main.mlp": MAIN, "shared/steps.mlp": STEPS, "shared/data.py": DATA}


def test_a_step_of_another_file_runs_with_the_code_beside_that_file(tmp_path: Path) -> None:
    file = write(tmp_path, PROJECT)
    assert api.check(file) == ()
    result = api.run(file, parameters={"n": "9"})
    assert (result.status, result.outputs) == ("succeeded", {"half": 4})


def test_files_are_named_as_the_main_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "project", PROJECT)
    monkeypatch.chdir(tmp_path)
    found = checked(Path("project/main.mlp"))
    assert found.program is not None
    assert set(found.program.modules) == {"project/main.mlp", "project/shared/steps.mlp"}
    step = found.program.modules["project/shared/steps.mlp"].steps["split"]
    assert step.module == "project/shared/steps.mlp"
    assert found.locate(step.syntax.name.span) == "shared/steps.mlp:2:6"


def test_every_call_knows_what_it_runs(tmp_path: Path) -> None:
    found = checked(write(tmp_path, PROJECT))
    assert found.program is not None
    (called,) = found.program.typing.calls.values()
    assert called is found.program.modules[called.module].steps["split"]


def test_a_file_that_two_others_use_is_one_file(tmp_path: Path) -> None:
    files = {
        "main.mlp": 'edition 2026\nuse "a/one.mlp" as one\nuse "two.mlp" as two\n'
        'use "./a/../one_more.mlp" as more\nuse "one_more.mlp" as again\n'
        "pipeline main() {\n  a = one.f(n = 1)\n  b = two.g(n = a.m)\n"
        "  c = more.h(n = b.m)\n  d = again.h(n = c.m)\n  output m = d.m\n}\n",
        "a/one.mlp": 'edition 2026\nuse "../one_more.mlp" as more\nstart = more.n\n'
        'step f(n: Int = start) -> (m: Int) { run shell "echo $n > $m" }\n',
        "two.mlp": 'edition 2026\nuse "one_more.mlp" as more\n'
        'step g(n: Int = more.n) -> (m: Int) { run shell "echo $n > $m" }\n',
        "one_more.mlp": "edition 2026\nn = 3\n"
        'step h(n: Int) -> (m: Int) { run shell "echo $n > $m" }\n',
    }
    found = checked(write(tmp_path, files))
    assert said(found) == []
    assert found.program is not None
    assert sorted(Path(name).name for name in found.program.modules) == [
        "main.mlp",
        "one.mlp",
        "one_more.mlp",
        "two.mlp",
    ]


def test_a_mistake_is_shown_in_its_own_file(tmp_path: Path) -> None:
    broken = STEPS.replace("n: Int", "n: Itn").replace("edition 2026\n", "edition 2026\n\n\n")
    found = checked(write(tmp_path, {**PROJECT, "shared/steps.mlp": broken}))
    assert said(found) == ["steps.mlp:4: MLP0207 there is no type called `Itn`"]
    text = shown(found)
    assert "shared/steps.mlp:4:15" in text
    assert "4 | step split(n: Itn) -> (half: Int)" in text


def test_a_mistake_in_a_call_shows_both_files(tmp_path: Path) -> None:
    main = MAIN.replace("n = n", "m = n")
    text = shown(checked(write(tmp_path, {**PROJECT, "main.mlp": main})))
    assert "4 |   parts = steps.split(m = n)" in text
    assert "::: " in text
    assert "shared/steps.mlp:2:6" in text
    assert "2 | step split(n: Int) -> (half: Int)" in text


def test_lints_speak_of_the_file_that_is_checked(tmp_path: Path) -> None:
    lax = STEPS.removeprefix("edition 2026\n")
    assert said(checked(write(tmp_path, {**PROJECT, "shared/steps.mlp": lax}))) == []
    assert said(checked(tmp_path / "shared/steps.mlp")) == [
        "steps.mlp:1: MLP1020 add `edition 2026` at the top"
    ]


def test_an_image_without_a_tag_is_strictly_an_error_everywhere(tmp_path: Path) -> None:
    run = 'run container "acme" { command = [n] }'
    steps = f"edition 2026\nstep split(n: Int) -> (half: Int) {{ {run} }}\n"
    write(tmp_path, {**PROJECT, "shared/steps.mlp": steps})
    assert said(checked(tmp_path / "main.mlp")) == []
    (tmp_path / "mlp.toml").write_text("[lint]\nstrict = true\n")
    assert said(checked(tmp_path / "main.mlp")) == [
        "steps.mlp:2: MLP0509 image `acme` has no tag or digest"
    ]


def test_a_circle_is_shown(tmp_path: Path) -> None:
    step = 'step f(n: Int) -> (m: Int) { run shell "echo $n > $m" }\n'
    files = {
        "main.mlp": 'edition 2026\nuse "a.mlp" as a\n'
        "pipeline main() { x = a.f(n = 1) output m = x.m }\n",
        "a.mlp": f'edition 2026\nuse "b.mlp" as b\n{step}',
        "b.mlp": f'edition 2026\nuse "c.mlp" as c\n{step}',
        "c.mlp": f'edition 2026\nuse "a.mlp" as a\n{step}',
    }
    found = checked(write(tmp_path, files))
    (line,) = said(found)
    assert line.startswith("c.mlp:2: MLP0205 `")
    notes = found.report.diagnostics[0].notes
    assert [note.replace(f"{tmp_path}/", "") for note in notes] == [
        "`a.mlp` uses `b.mlp`",
        "`b.mlp` uses `c.mlp`",
        "`c.mlp` uses `a.mlp`",
    ]


def test_a_file_does_not_use_itself(tmp_path: Path) -> None:
    found = checked(write(tmp_path, {"main.mlp": MAIN.replace("shared/steps.mlp", "main.mlp")}))
    (diagnostic,) = found.report
    assert (diagnostic.code, diagnostic.label) == ("MLP0205", "a file cannot use itself")


def test_a_circle_through_the_main_file(tmp_path: Path) -> None:
    files = {**PROJECT, "shared/steps.mlp": f'{STEPS}use "../main.mlp" as main\n'}
    assert [line.partition(" ")[0] for line in said(checked(write(tmp_path, files)))] == [
        "steps.mlp:3:"
    ]


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("shared/step.mlp", "did you mean `shared/steps.mlp`?"),
        ("nowhere/at/all.mlp", "no file is there"),
        ("shared", "a module is a `.mlp` file"),
        ("shared/data.py", "a module is a `.mlp` file"),
        ("folder.mlp", "this is a folder; a module is a file"),
        ("../outside.mlp", "this leaves the project"),
        ("../../../../../../etc/passwd", "a module is a `.mlp` file"),
        ("link.mlp", "this leaves the project"),
        ("/etc/hosts.mlp", "this path is absolute"),
        ("https://example.com/x.mlp", "this is a URL; a module is a file or an installed package"),
        ("a\\u{0}b.mlp", "no file is called like this"),
        ("x" * 2000 + ".mlp", "no file is called like this"),
        ("x" * 500 + ".mlp", "no file is there"),
        ("zzz.mlp", "no file is there"),
        ("", "a module is a `.mlp` file"),
    ],
)
def test_what_is_no_module(path: str, label: str, tmp_path: Path) -> None:
    (tmp_path / "outside.mlp").write_text(STEPS)
    root = tmp_path / "root"
    file = write(root, {**PROJECT, "main.mlp": MAIN.replace("shared/steps.mlp", path)})
    (root / "folder.mlp").mkdir()
    (root / "link.mlp").symlink_to("../outside.mlp")
    (root / "zzz.mlp").symlink_to("zzz.mlp")
    (diagnostic,) = checked(file).report
    assert (diagnostic.code, diagnostic.label) == ("MLP0211", label)
    assert len(diagnostic.message) < 100


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x00\xff\xfe" * 100, "it is not UTF-8 (byte 1)"),
        (b"#" * 4_000_001, "it is larger than 4 MB"),
    ],
)
def test_what_cannot_be_read(content: bytes, why: str, tmp_path: Path) -> None:
    file = write(tmp_path, PROJECT)
    (tmp_path / "shared/steps.mlp").write_bytes(content)
    (line,) = said(checked(file))
    assert line == f"main.mlp:2: MLP0001 cannot read `shared/steps.mlp`: {why}"


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    file = write(tmp_path, {"main.mlp": MAIN})
    (tmp_path / "shared").mkdir()
    os.mkfifo(tmp_path / "shared/steps.mlp")
    assert [line[:20] for line in said(checked(file))] == ["main.mlp:2: MLP0211 "]


def test_the_project_reaches_as_far_as_its_manifest(tmp_path: Path) -> None:
    main = MAIN.replace("shared/steps.mlp", "../shared/steps.mlp")
    write(tmp_path, {"sub/main.mlp": main, "shared/steps.mlp": STEPS, "shared/data.py": DATA})
    (diagnostic,) = checked(tmp_path / "sub/main.mlp").report
    assert diagnostic.label == "this leaves the project"
    assert "`mlp.toml`" in diagnostic.help[0]
    (tmp_path / "mlp.toml").write_text("")
    assert api.check(tmp_path / "sub/main.mlp") == ()
    assert api.run(tmp_path / "sub/main.mlp").outputs == {"half": 4}


def test_long_chains_and_crowds_end(tmp_path: Path) -> None:
    def link(number: int) -> str:
        return (
            f'edition 2026\nuse "f{number + 1}.mlp" as next\nstart = next.start + 1\n'
            'step f(n: Int = start) -> (m: Int) { run shell "echo $n > $m" }\n'
        )

    last = 'edition 2026\nstart = 0\nstep f(n: Int) -> (m: Int) { run shell "echo $n > $m" }\n'
    files = {f"f{n}.mlp": link(n) for n in range(999)} | {"f999.mlp": last}
    main = (
        'edition 2026\nuse "f0.mlp" as f\n'
        "pipeline main(n: Int = f.start) { x = f.f(n = n) output m = x.m }\n"
    )
    file = write(tmp_path, {**files, "main.mlp": main})
    found = checked(file)
    assert said(found) == []
    write(tmp_path, {"f999.mlp": link(999), "f1000.mlp": last})
    assert said(checked(file)) == [
        "f999.mlp:2: MLP0001 cannot read `f1000.mlp`: "
        "one program reads at most 1,000 files and 8 MB"
    ]


def test_two_files_may_not_bring_python_of_one_name(tmp_path: Path) -> None:
    files = {
        **PROJECT,
        "main.mlp": MAIN.replace(
            "\npipeline", '\nuse "other/steps.mlp" as other\npipeline'
        ).replace(
            "output half = parts.half",
            "again = other.split(n = parts.half)\n  output half = again.half",
        ),
        "other/steps.mlp": STEPS,
        "other/data.py": DATA.replace("//", "*"),
    }
    found = checked(write(tmp_path, files))
    assert said(found) == [
        "steps.mlp:2: MLP0801 module `data` is found twice",
        "steps.mlp:2: MLP0801 module `data` is found twice",
    ]


def test_fixes_stay_in_their_file(tmp_path: Path) -> None:
    broken = STEPS.replace("n: Int", "n: int")
    found = checked(write(tmp_path, {**PROJECT, "shared/steps.mlp": broken}))
    (diagnostic,) = found.report
    assert diagnostic.fixes[0].safe
    assert {Path(e.span.file).name for e in diagnostic.fixes[0].edits} == {"steps.mlp"}


def test_a_rename_in_the_main_file_is_proved_with_its_modules(tmp_path: Path) -> None:
    found = checked(
        write(tmp_path, {**PROJECT, "main.mlp": MAIN.replace("steps.split", "steps.splitt")})
    )
    (diagnostic,) = found.report
    assert [(fix.title, fix.safe) for fix in diagnostic.fixes] == [("rename it to `split`", True)]


def test_fixes_are_carried_out_in_every_file_of_the_project(tmp_path: Path) -> None:
    files = {
        **PROJECT,
        "main.mlp": MAIN.replace("parts.half", "parts.hlf"),
        "shared/steps.mlp": STEPS.replace("n: Int", "n: int"),
    }
    file = write(tmp_path, files)
    assert start(["check", str(file), "--fix"], "") == 0
    assert file.read_text() == MAIN
    assert (tmp_path / "shared/steps.mlp").read_text() == STEPS


def test_a_link_to_a_file_stands_for_that_file(tmp_path: Path) -> None:
    write(tmp_path / "project", {**PROJECT, "main.mlp": MAIN.replace("parts.half", "parts.hlf")})
    link = tmp_path / "linked.mlp"
    link.symlink_to("project/main.mlp")
    assert start(["check", str(link), "--fix"], "") == 0
    assert link.is_symlink()
    assert (tmp_path / "project/main.mlp").read_text() == MAIN


def test_machines_are_told_the_file_of_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    broken = STEPS.replace("n: Int", "n: int")
    write(tmp_path, {**PROJECT, "main.mlp": MAIN.replace("n = n", "m = n")})
    monkeypatch.chdir(tmp_path)
    assert start(["check", "main.mlp", "--format", "json"], "") == 1
    _, called = json.loads(capfd.readouterr().out)["diagnostics"]
    assert (called["file"], called["code"]) == ("main.mlp", "MLP0208")
    assert [label.get("file") for label in called["labels"]] == [None, "shared/steps.mlp"]
    write(tmp_path, {**PROJECT, "shared/steps.mlp": broken})
    assert start(["check", "main.mlp", "--format", "json"], "") == 1
    (typed,) = json.loads(capfd.readouterr().out)["diagnostics"]
    assert (typed["file"], typed["span"]["start"]) == (
        "shared/steps.mlp",
        {"line": 2, "column": 15},
    )
    assert start(["check", "main.mlp", "--short"], "") == 1
    assert capfd.readouterr().err.startswith("shared/steps.mlp:2:15: error[MLP0207] ")


def test_what_a_module_uses_it_does_not_pass_on(tmp_path: Path) -> None:
    files = {
        "main.mlp": MAIN.replace("steps.split", "steps.deep.split"),
        "shared/steps.mlp": 'edition 2026\nuse "deep.mlp" as deep\nN = deep.N\n',
        "shared/deep.mlp": STEPS + "N = 1\n",
        "data.py": DATA,
    }
    found = checked(write(tmp_path, files))
    # The module is not called unused: deleting it would not be the way out.
    assert said(found) == ["main.mlp:4: MLP0201 no step here is called `steps.deep.split`"]
    assert "what `steps` uses itself it does not pass on" in shown(found)


def test_what_a_step_says_holds_wherever_it_is_called(tmp_path: Path) -> None:
    """Defaults, settings, files and constants of a step are those of its own file."""
    steps = """edition 2026
use "deep/more.mlp" as more
sample = file("sample.txt")
_one = 1
start = _one + more.two
step add(n: Int, other: Int = start) -> (m: Int) {
  run shell "echo $((n + other + EXTRA)) > $m"
  env { EXTRA = start * 100 }
}
step words(text: File = sample) -> (words: Int) { run shell "wc -w < $text > $words" }
pipeline twice(n: Int) {
  a = add(n = n)
  b = more.neg(n = a.m)
  output m = b.m
}
"""
    main = """edition 2026
use "shared/steps.mlp" as steps
use "shared/steps.mlp" as again
use "shared/deep/more.mlp" as deep
start = 1000
pipeline main(n: Int = steps.start, text: File = steps.sample) {
  a = steps.add(n = n)
  b = steps.twice(n = a.m)
  c = steps.words()
  d = again.words(text = steps.sample)
  e = again.words(text = text)
  f = deep.neg(n = start)
  output m = [a.m, b.m, f.m]
  output words = c.words + d.words + e.words
}
target here: local { override steps.add { env { EXTRA = "0" } } }
"""
    more = 'edition 2026\ntwo = 2\nstep neg(n: Int) -> (m: Int) { run shell "echo -$n > $m" }\n'
    file = write(
        tmp_path,
        {
            "main.mlp": main,
            "shared/steps.mlp": steps,
            "shared/deep/more.mlp": more,
            "shared/sample.txt": "one two three\n",
        },
    )
    assert api.check(file) == ()
    local = api.run(file, target="local")
    assert (local.status, local.outputs) == ("succeeded", {"m": [306, -609, -1000], "words": 9})
    assert api.run(file, target="here").outputs == {"m": [6, -9, -1000], "words": 9}


@pytest.mark.parametrize("target", ["argo", "kubeflow", "sagemaker"])
def test_steps_of_one_name_travel_with_their_own_code(target: str, tmp_path: Path) -> None:
    main = MAIN.replace("\npipeline", "\n\nstep split(n: Int) -> (half: Int) { BODY }\npipeline")
    main = main.replace("BODY", 'run python "own:split"').replace(
        "  output half = parts.half", "  own = split(n = parts.half)\n  output half = own.half"
    )
    role = 'role = "arn:aws:iam::123456789012:role/p" ' if target == "sagemaker" else ""
    block = f'target cloud: {target} {{ artifacts = "s3://bucket/x" {role}}}\n'
    file = write(tmp_path, {**PROJECT, "main.mlp": main + block, "own.py": DATA})
    written = api.compile(file, tmp_path / "out", target="cloud")
    code = set()
    for path in written:
        if path.suffix == ".zip":
            with ZipFile(path) as archive:
                code |= {name for name in archive.namelist() if name.startswith("code/")}
    assert code == {"code/own.py", "code/data.py"}
