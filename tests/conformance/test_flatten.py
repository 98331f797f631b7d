"""What is known about blocks is written out: engines without blocks come to the same values."""

from __future__ import annotations

import pytest
from ir.graphs import pretend

from millpond.compiler.contract.flatten import MOST, flatten
from millpond.compiler.interpret import End, interpret
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import Join, Map, Task, needs
from millpond.compiler.ir.text import from_text
from millpond.compiler.ir.verify import verify

HEAD = """
pipeline p(limit: Int = 2)
  step fit python "m:fit" (n: Int) -> (out: Int)
  step two python "m:two" (n: Int, of: List[Int]) -> (out: Int)
"""

LOOP = """
  %first = fit(n = $limit)
  %trials = for $n in ITEMS {OPTIONS} gives List[Int] after %first do
    %"trials[*].m" = fit(n = $n) after %first
    %"trials[*].s" = fit(n = %"trials[*].m".out)
    yield %"trials[*].s".out
  end
  %best = two(n = 1, of = %trials.yield)
  %last = fit(n = 9) after %trials
  output best: Int = %best.out
  output all: List[Int] = %trials.yield
"""

WHEN = """
  %r = when CONDITION gives Int? do
    %a = fit(n = 1)
    yield %a.out
  else when $limit > 5 do
    %b = fit(n = 2)
    yield %b.out
  end
  %last = fit(n = (%r.yield) ?? 7) after %r
  output last: Int = %last.out
  output r: Int? = %r.yield
"""

NESTED = """
  %a = for $n in [1, 2] gives List[List[Int]] do
    %"a[*].b" = for $k in [3, 4] gives List[Int] do
      %"a[*].b[*].m" = fit(n = $n + $k)
      yield %"a[*].b[*].m".out
    end
    %"a[*].z" = two(n = $n, of = %"a[*].b".yield)
    yield %"a[*].b".yield
  end
  output all: List[List[Int]] = %a.yield
"""


def loop(items: str, options: str = "") -> Graph:
    return from_text(HEAD + LOOP.replace("ITEMS", items).replace("{OPTIONS}", options))


def when(condition: str) -> Graph:
    return from_text(HEAD + WHEN.replace("CONDITION", condition))


def outputs(graph: Graph) -> object:
    verify(graph, "flatten")
    return interpret(graph, {"limit": 2}, pretend).outputs


def ids(graph: Graph) -> list[str]:
    return [node.id for node in graph.nodes]


@pytest.mark.parametrize(
    "graph",
    [
        loop("[4, 5, 6]"),
        loop("[4, 5, 6]", "{ max_parallel = 2 }"),
        loop("[$limit, 5]"),
        loop("[4, 4]"),
        loop("json([]: List[Int])"),
        when("true"),
        when("false"),
        from_text(HEAD + NESTED),
    ],
)
def test_values_stay_what_they_are(graph: Graph) -> None:
    flat = flatten(graph)
    assert outputs(flat) == outputs(graph)
    if "$limit > 5" not in repr(graph):
        assert all(isinstance(node, Task) for node in flat.nodes) or "r" in ids(graph)


def test_a_loop_becomes_its_branches() -> None:
    flat = flatten(loop("[4, 5]"))
    assert ids(flat) == [
        "first",
        "trials[0].m",
        "trials[0].s",
        "trials[1].m",
        "trials[1].s",
        "best",
        "last",
    ]
    table = flat.by_id()
    for reader in ("best", "last"):
        assert set(needs(table[reader])) == {"trials[0].s", "trials[1].s"}


def test_who_waited_for_an_empty_loop_waits_for_what_it_waited_for() -> None:
    flat = flatten(loop("json([]: List[Int])"))
    assert needs(flat.by_id()["last"]) == ("first",)


def test_branches_take_turns() -> None:
    table = flatten(loop("[4, 5, 6, 7]", "{ max_parallel = 2 }")).by_id()
    assert "trials[0].s" in needs(table["trials[2].m"])
    assert "trials[1].s" in needs(table["trials[3].m"])
    assert "trials[0].s" not in needs(table["trials[1].m"])


def test_what_only_the_run_knows_stays() -> None:
    graph = loop("two_of(1)".replace("two_of(1)", "[%first.out, 2]"))
    assert all(isinstance(node, Task) for node in flatten(graph).nodes)
    unknown = from_text(
        HEAD.replace(
            "(out: Int)\n", '(out: Int)\n  step ls python "m:ls" () -> (all: List[Int])\n', 1
        )
        + LOOP.replace("ITEMS", "%listed.all")
        .replace("{OPTIONS}", "")
        .replace("  %first", "  %listed = ls()\n  %first")
    )
    assert flatten(unknown) == unknown
    assert any(isinstance(node, Map) for node in unknown.nodes)


def test_a_decided_when_is_its_arm() -> None:
    flat = flatten(when("true"))
    assert ids(flat) == ["a", "last"]
    assert needs(flat.by_id()["last"]) == ("a",)
    # the second condition reads a parameter, which stays open
    assert "r" in ids(flatten(when("false")))


def test_long_loops_and_loops_that_tolerate_failures_stay() -> None:
    items = "[" + ", ".join(map(str, range(MOST + 1))) + "]"
    assert any(isinstance(node, Map) for node in flatten(loop(items)).nodes)
    tolerant = flatten(loop("[4, 5]", "{ allow_failures = 0.5 }"))
    assert any(isinstance(node, Join) for node in tolerant.nodes)
    assert set(interpret(tolerant, {"limit": 2}, pretend).ends.values()) == {End.DONE}
