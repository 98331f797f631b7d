"""The shipped examples have no mistakes and no lints, and the checker is quick on long files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from check.test_literate import TARGETS

from millpond.compiler.check.program import check
from millpond.compiler.diagnostics.diagnostic import Report
from millpond.compiler.source import Source
from millpond.compiler.syntax.parse import parse
from millpond.face import api

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*/*.mlp"))


def test_there_are_examples() -> None:
    assert {path.stem for path in EXAMPLES} >= {"flights", "hello"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_has_nothing_to_say_about(example: Path) -> None:
    assert api.check(example) == ()


def chain(steps: int) -> str:
    """A pipeline of many steps, each with three inputs and an `after`."""
    declared = "".join(
        f"step s{i}(rows: Dataset[Rows], rate: Float, n: Int = 3)"
        f" -> (rows: Dataset[Rows], score: Float) {{\n"
        f'  run python "m:s{i}"\n  resources {{ cpu = 2, memory = 4GB }}\n}}\n'
        for i in range(steps)
    )
    calls = "".join(
        f"  n{i} = s{i}(rows = n{i - 1}.rows, rate = n{i - 1}.score * 2, n = {i}) after n{i // 2}\n"
        for i in range(1, steps)
    )
    return (
        f"edition 2026\nschema Rows {{ a: Int }}\n{declared}"
        "pipeline p(rows: Dataset[Rows]) {\n  n0 = s0(rows = rows, rate = 0.1)\n"
        f"{calls}  output rows = n{steps - 1}.rows\n}}\n"
    )


def seconds(steps: int) -> float:
    source, report = Source("long.mlp", chain(steps)), Report()
    tree = parse(source, report)
    started = time.process_time()
    check(source, tree, targets=TARGETS, bodies=None, report=report)
    assert not report.has_errors
    return time.process_time() - started


def test_time_grows_with_the_length_of_the_file() -> None:
    short = min(seconds(100) for _ in range(3))
    long = min(seconds(800) for _ in range(3))
    assert long < 8 * short * 3
