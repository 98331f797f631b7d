"""Every pass does to the graphs of its file what the file says."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from passes.cases import Case, cases

from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text import from_text, to_text
from millpond.compiler.ir.verify import verify
from millpond.compiler.passes.dead import dead
from millpond.compiler.passes.fold import fold
from millpond.compiler.passes.lift import lift
from millpond.compiler.passes.merge import merge

PASSES: dict[str, Callable[[Graph], Graph]] = {
    "fold": fold,
    "dead": dead,
    "merge": merge,
    "lift": lift,
}
CASES = [
    pytest.param(name, case, id=f"{name}-{case}")
    for name in PASSES
    for case in cases(f"{name}.txt")
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_pass_does_what_its_file_says(name: str, case: Case) -> None:
    graph = from_text(case.before)
    verify(graph, "reading")
    result = PASSES[name](graph)
    verify(result, name)
    assert case.word in ("after", "unchanged")
    assert to_text(result) == (to_text(graph) if case.word == "unchanged" else case.after)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_a_second_time_changes_nothing(name: str, case: Case) -> None:
    once = PASSES[name](from_text(case.before))
    assert PASSES[name](once) == once
