"""`use std.…`: the standard library is files like any others, found where Millpond lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from modules.project import checked, said, write

from millpond.compiler.check.members import STANDARD
from millpond.compiler.driver.disk import STDLIB
from millpond.compiler.driver.finder import Modules, standard_modules
from millpond.compiler.source import Source


def using(line: str, call: str = "") -> str:
    return f"edition 2026\n{line}\npipeline main(rows: Dataset, text: String) {{ {call} }}\n"


@pytest.mark.parametrize(
    ("line", "call", "name"),
    [
        ("use std.data", "data.sample(rows = rows, share = 10%)", "std/data.mlp"),
        ("use std.data as d", "d.sample(rows = rows, share = 10%)", "std/data.mlp"),
        ("use std.data.{sample}", "sample(rows = rows, share = 10%)", "std/data.mlp"),
        (
            "use std.notify.slack",
            "slack.post(channel = text, text = text)",
            "std/notify/slack.mlp",
        ),
        ("use std.notify", "notify.webhook(url = text, payload = text)", "std/notify.mlp"),
    ],
)
def test_a_module_is_found(line: str, call: str, name: str, tmp_path: Path) -> None:
    found = checked(write(tmp_path, {"main.mlp": using(line, call)}))
    assert [line for line in said(found) if "never used" not in line] == []
    assert found.program is not None
    (step,) = found.program.typing.calls.values()
    assert step.module == name
    assert found.program.modules[name].source.text.startswith("edition 2026\n")


def test_every_module_checks(tmp_path: Path) -> None:
    names = sorted(standard_modules())
    assert {name.split(".")[1] for name in names} == {*STANDARD}
    assert "std.notify.slack" in names
    lines = [f"use {name} as m{number}" for number, name in enumerate(names)]
    found = checked(write(tmp_path, {"main.mlp": using("\n".join(lines))}))
    assert not found.report.has_errors, said(found)
    assert found.program is not None
    assert len(found.program.modules) == len(names) + 1


def test_bodies_lie_in_one_package_that_everybody_sees(tmp_path: Path) -> None:
    step = (
        "step take(rows: Dataset, share: Float, seed: Int) -> (rows: Dataset) {\n"
        '  run python "BODY"\n}'
    )
    text = using(step, "take(rows = rows, share = 10%, seed = 1)")
    file = write(tmp_path, {"main.mlp": text.replace("BODY", "millpond_std.data:sample")})
    assert "MLP08" not in "".join(said(checked(file)))
    file = write(tmp_path, {"main.mlp": text.replace("BODY", "notify.slack:sample")})
    assert "MLP0801" in "".join(said(checked(file)))


def test_what_std_does_not_have(tmp_path: Path) -> None:
    found = checked(write(tmp_path, {"main.mlp": using("use std.registri\nuse std\nuse std.x.y")}))
    first, second, third = (d for d in found.report if d.code == "MLP0211")
    assert first.label == "did you mean `std.registry`?"
    assert first.fixes[0].title == "write `std.registry`"
    assert second.label == "which of its modules?"
    assert third.label == "there is no such module in the standard library"
    assert "`std.notify.slack`" in third.help[0]


def test_a_file_of_the_project_may_be_called_like_one_of_std(tmp_path: Path) -> None:
    step = 'edition 2026\nstep f() -> (n: Int) { run shell "echo 1 > $n" }\n'
    text = 'edition 2026\nuse std.data\nuse "std/data.mlp" as mine\n'
    call = "pipeline main(rows: Dataset) { data.read(source = rows) a = mine.f() output n = a.n }\n"
    file = write(tmp_path, {"main.mlp": text + call, "std/data.mlp": step})
    found = checked(file)
    assert not found.report.has_errors
    assert found.program is not None
    assert len(found.program.modules) == 3


def test_a_file_without_use_reads_nothing_of_std(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(self: Modules, *_: object) -> Source:
        raise AssertionError("nobody asked for a module")

    monkeypatch.setattr(Modules, "_open", nothing)
    text = 'edition 2026\nstep f() -> (n: Int) { run shell "echo 1 > $n" }\n'
    found = checked(write(tmp_path, {"main.mlp": f"{text}pipeline main() {{ f() }}\n"}))
    assert said(found) == []
    assert found.program is not None
    assert list(found.program.modules) == [found.source.name]
    assert found.disk.shelf.source_roots == (tmp_path, STDLIB)


def test_a_module_that_no_path_could_begin_with_needs_a_name(tmp_path: Path) -> None:
    found = checked(write(tmp_path, {"main.mlp": using("use std.partition")}))
    assert said(found)[0] == (
        "main.mlp:2: MLP0108 `partition` is a word of the language and cannot name a module"
    )
    fix = next(iter(found.report)).fixes[0]
    assert fix.safe
    assert fix.edits[0].text == " as partitions"
    call = "partitions.by_hash(rows = rows, column = text, buckets = 2)"
    again = checked(write(tmp_path, {"main.mlp": using("use std.partition as partitions", call)}))
    assert said(again) == []
