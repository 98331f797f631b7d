"""Hooks in `mlp test`: by which names a test knows what they hold, and what they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import Mlp

PROGRAM = """\
edition 2026

step plus(n: Int) -> (m: Int) { run shell "echo $((n + 1)) > $m" }
step tell(text: String) -> () {
  run shell "exit 1"
  effects = true
}

pipeline inner(n: Int) {
  first = plus(n = n)
  expect first.m < 100 else fail "too much"
  second = plus(n = first.m)
  output n = second.m
  on failure { tell(text = "inner") }
}
pipeline main(n: Int) {
  part = inner(n = n)
  parts = for k in [1, 2, 200] with (allow_failures = 50%) {
    each = inner(n = k)
    yield each.n
  }
  tell(text = "half way")
  last = plus(n = part.n)
  expect last.m < 50 else fail f"{last.m} is late"
  output m = last.m
  on failure {
    log = tell(text = f"{run.failed_node}: {run.error}")
    tell(text = "failed")
  }
  on success { done = tell(text = run.status) }
  finally {
    told = tell(text = f"{run.status} {run.failed_node ?? "nothing"}")
  }
}
"""
STUBS = """\
  given run.hooks = true
  stub part = { n = N }
  stub each.second = { m = 3 }
  stub each.first = { m = 2 }
"""


@pytest.fixture
def tested(tmp_path: Path, mlp: Mlp) -> Mlp:
    def run(*tests: str) -> object:
        (tmp_path / "main.mlp").write_text("\n".join((PROGRAM, *tests)), "utf-8")
        return mlp("test", "main.mlp", "--stubbed", "--format", "json")

    return run  # type: ignore[return-value]


def test_what_a_hook_holds_is_known_by_its_hook_too(tested: Mlp) -> None:
    answer = tested(
        'test "failed" for main {\n  given n = 1\n',
        STUBS.replace("N", "90"),
        """\
  stub tell = { }
  stub last = { m = 91 }
  stub on_failure.log = { }
  stub told = { }
  expect run.status == "failed" and run.error != none
  expect ran(log) and ran(on_failure.log) and runs(on_failure.log) == 1
  expect ran(on_failure.tell) and runs(tell) == 2
  expect not ran(done) and not ran(on_success.done) and ran(told)
  expect not ran(each.on_failure.tell)
}
""",
        'test "went well" for main {\n  given n = 1\n',
        STUBS.replace("N", "1"),
        """\
  stub tell = { }
  stub last = { m = 2 }
  stub done = { }
  stub told = { }
  expect ran(on_success.done) and not ran(on_failure.log) and not ran(on_failure.tell)
  expect runs(tell) == 1
}
""",
    )
    assert answer.code == 0, answer.out


def test_a_stub_of_one_hook_stands_for_no_other_call(tested: Mlp) -> None:
    answer = tested(
        'test "failed" for main {\n  given n = 1\n',
        STUBS.replace("N", "90"),
        "  stub on_failure.tell = { }\n  stub on_failure.log = { }\n  stub told = { }\n"
        '  stub last = { m = 91 }\n  expect run.status == "failed"\n}\n',
    )
    (test,) = answer.json["tests"]
    said = [(failure["code"], failure["help"]) for failure in test["failures"]]
    assert said == [("MLP0722", ["add `stub tell = { }` to the test"])]


def test_hooks_are_told_how_the_run_of_a_test_went(tmp_path: Path, mlp: Mlp) -> None:
    """What a loop puts up with is not why a run failed."""
    told = tmp_path / "told"
    text = PROGRAM.replace("  effects = true\n", "").replace(
        'run shell "exit 1"', f'run shell "echo $text >> {told}"'
    )
    (tmp_path / "main.mlp").write_text(
        text + 'test "failed" for main {\n  given n = 1\n'
        "  given run.hooks = true\n  stub part = { n = 90 }\n  stub each.second = { m = 3 }\n"
        '  expect run.status == "failed" and run.failed_node == "expect_1"\n'
        '  expect parts == [3, 3] and run.error == "91 is late (last.m < 50; last.m = 91)"\n}\n',
        "utf-8",
    )
    answer = mlp("test", "main.mlp")
    assert answer.code == 0, answer.out
    assert told.read_text("utf-8").splitlines() == [
        "half way",
        "inner",
        "expect_1: 91 is late (last.m < 50; last.m = 91)",
        "failed",
        "failed expect_1",
    ]


def test_a_called_pipeline_ran_as_often_as_it_was_called(tested: Mlp) -> None:
    answer = tested(
        'test "three times" for main {\n  given n = 1\n',
        STUBS.replace("  given run.hooks = true\n", "").replace("N", "1"),
        "  stub tell = { }\n  stub last = { m = 2 }\n"
        "  expect runs(each) == 3 and runs(part) == 1 and runs(each.first) == 3\n}\n",
    )
    assert answer.code == 0, answer.out


def test_machines_are_told_the_step_of_every_node(tested: Mlp) -> None:
    answer = tested(
        'test "failed" for main {\n  given n = 1\n',
        STUBS.replace("N", "90"),
        "  stub tell = { }\n  stub last = { m = 91 }\n  stub log = { }\n  stub told = { }\n"
        '  expect run.status == "failed"\n}\n',
    )
    (test,) = answer.json["tests"]
    nodes = {node["id"]: (node["step"], node["state"], node["why"]) for node in test["nodes"]}
    assert nodes["parts[0].each.first"] == ("plus", "stubbed", None)
    assert nodes["parts[2].each.expect_1"] == (None, "passed", None)
    assert nodes["expect_1"] == (None, "failed", "91 is late (last.m < 50; last.m = 91)")
    assert nodes["log"] == nodes["on_failure.tell"] == ("tell", "stubbed", None)
