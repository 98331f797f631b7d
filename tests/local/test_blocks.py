"""Blocks whose list or condition the run finds out: what runs, what is skipped, what fails."""

from __future__ import annotations

import pytest
from local.project import Project

BODY = """
import time
from pathlib import Path

def numbers(n: int) -> list:
    return list(range(n))

def same(n: int) -> int:
    return n

def total(xs: list) -> int:
    return sum(xs)

def picky(n: int, bad: list) -> int:
    if n in bad:
        raise ValueError(f"{n} is bad")
    return n * 10

def busy(n: int, place: str, others: int) -> int:
    mine = Path(place, f"busy-{n}")
    mine.touch()
    ends = time.monotonic() + 3
    while len(list(Path(place).glob("busy-*"))) <= others and time.monotonic() < ends:
        time.sleep(0.01)
    time.sleep(0.1)
    with open(f"{place}/seen", "a") as seen:
        seen.write(f"{len(list(Path(place).glob('busy-*')))}\\n")
    mine.unlink()
    return n

def late(n: int, place: str) -> int:
    while not Path(place, "go").exists():
        time.sleep(0.02)
    return n
"""
STEPS = """
  step numbers python "body:numbers" (n: Int) -> (xs: List[Int]) { digest = "1" }
  step same python "body:same" (n: Int) -> (x: Int) { digest = "2" }
  step total python "body:total" (xs: List[Int]) -> (x: Int) { digest = "3" }
  step picky python "body:picky" (n: Int, bad: List[Int]) -> (x: Int) { digest = "4" }
  step busy python "body:busy" (n: Int, place: String, others: Int) -> (x: Int) { digest = "5" }
  step late python "body:late" (n: Int, place: String) -> (x: Int) { digest = "6" }
"""


@pytest.fixture
def bodies(project: Project) -> Project:
    project.body(BODY)
    return project


def graph(nodes: str, head: str = "") -> str:
    return f"pipeline p(){head}\n{STEPS.strip(chr(10))}\n{nodes.strip(chr(10))}\n"


LOOP = """
  %list = numbers(n = 5)
  %trials = for $n in %list.xs {OPTIONS} gives List[Int] do
    %"trials[*].m" = picky(n = $n, bad = [BAD])
    %"trials[*].k" = same(n = %"trials[*].m".x)
    yield %"trials[*].k".x
  end
  %sum = total(xs = %trials.yield)
  output all: List[Int] = %trials.yield
  output sum: Int = %sum.x
"""


def loop(options: str = "", bad: str = "") -> str:
    return graph(LOOP.replace("{OPTIONS}", options).replace("BAD", bad or "99"))


def test_a_loop_over_a_list_made_during_the_run_yields_in_order(bodies: Project) -> None:
    ran = bodies.graph(loop())
    assert ran.code == 0, ran.err
    assert ran.json["status"] == "succeeded"
    assert ran.json["outputs"] == {"all": [0, 10, 20, 30, 40], "sum": 100}
    names = [f"trials[{n}].{node}" for n in range(5) for node in "mk"]
    assert list(ran.nodes) == ["list", *names, "trials", "sum"]
    assert ran.nodes["trials[3].k"]["branch"] == "3"
    assert (ran.nodes["trials"]["kind"], ran.nodes["trials"]["branch"]) == ("map", None)
    again = bodies.graph(loop())
    assert {s for n, s in again.states.items() if n != "trials"} == {"hit"}


def test_an_empty_list_has_no_branches(bodies: Project) -> None:
    ran = bodies.graph(loop().replace("numbers(n = 5)", "numbers(n = 0)"))
    assert ran.json["outputs"] == {"all": [], "sum": 0}
    assert list(ran.nodes) == ["list", "trials", "sum"]


@pytest.mark.parametrize(
    ("share", "bad", "allowed"), [(0.2, "3", 1), (0.39, "3", 1), (0.4, "1, 3", 2), (1.0, "0, 4", 5)]
)
def test_as_many_branches_may_fail_as_the_share_rounded_down(
    bodies: Project, share: float, bad: str, allowed: int
) -> None:
    ran = bodies.graph(loop(f"{{ allow_failures = {share} }}", bad))
    failed = [int(word) for word in bad.split(", ")]
    assert ran.json["status"] == "succeeded"
    assert len(failed) <= allowed
    kept = [n * 10 for n in range(5) if n not in failed]
    assert ran.json["outputs"] == {"all": kept, "sum": sum(kept)}
    for n in failed:
        assert (ran.states[f"trials[{n}].m"], ran.states[f"trials[{n}].k"]) == ("failed", "skipped")


@pytest.mark.parametrize(
    ("share", "bad"),
    [("", "3"), ("{ allow_failures = 0.39 }", "0, 1"), ("{ allow_failures = 0.19 }", "4")],
)
def test_one_more_fails_the_loop_and_the_run(bodies: Project, share: str, bad: str) -> None:
    ran = bodies.graph(loop(share, bad))
    assert ran.json["status"] == "failed"
    assert ran.states["trials"] == "failed"
    assert ran.states["sum"] == "skipped"
    assert ran.json["outputs"] == {}
    assert "of 5 branches failed" in (ran.why["trials"] or "")


def test_once_too_many_failed_nothing_new_starts_in_the_loop(bodies: Project) -> None:
    ran = bodies.graph(loop("{ max_parallel = 1 }", "1"))
    assert ran.states["trials[0].k"] == "ran"
    assert ran.states["trials[1].m"] == "failed"
    for n in (2, 3, 4):
        assert ran.states[f"trials[{n}].m"] == ran.states[f"trials[{n}].k"] == "skipped"
    going = bodies.graph(loop("{ max_parallel = 1 }", "1"), "--keep-going")
    assert going.json["status"] == "failed"
    assert going.states["trials[4].k"] == "ran"
    assert going.states["sum"] == "skipped"


NESTED = """
  %outer = numbers(n = 3)
  %a = for $n in %outer.xs { allow_failures = 0.34 } gives List[List[Int]] do
    %"a[*].list" = numbers(n = 4)
    %"a[*].b" = for $k in %"a[*].list".xs { allow_failures = 0.25 } gives List[Int] do
      %"a[*].b[*].m" = picky(n = $k, bad = [1, BAD])
      yield %"a[*].b[*].m".x
    end
    %"a[*].s" = total(xs = %"a[*].b".yield)
    yield %"a[*].b".yield
  end
  output all: List[List[Int]] = %a.yield
"""


def test_an_inner_loop_puts_up_with_its_own_failures(bodies: Project) -> None:
    ran = bodies.graph(graph(NESTED.replace("BAD", "99")))
    assert ran.json["status"] == "succeeded"
    assert ran.json["outputs"] == {"all": [[0, 20, 30]] * 3}
    assert ran.nodes["a[1].b[2].m"]["branch"] == "1.2"
    assert ran.states["a[2].b[1].m"] == "failed"


def test_an_inner_loop_that_fails_fails_the_outer_branch(bodies: Project) -> None:
    ran = bodies.graph(graph(NESTED.replace("[1, BAD]", "[1, $n + 1]")))
    assert ran.json["status"] == "failed"
    ran = bodies.graph(graph(NESTED.replace("[1, BAD]", "[1, if($n == 2, 3, 1)]")), "--keep-going")
    assert ran.json["status"] == "succeeded"
    assert ran.json["outputs"] == {"all": [[0, 20, 30]] * 2}
    assert (ran.states["a[2].b"], ran.states["a[2].s"]) == ("failed", "skipped")


def test_no_more_branches_are_under_way_than_may(bodies: Project) -> None:
    place = bodies.folder
    text = """
      %list = numbers(n = 6)
      %w = for $n in %list.xs { max_parallel = 2 } do
        %"w[*].a" = busy(n = $n, place = "PLACE", others = 1)
        %"w[*].b" = busy(n = 100 + (%"w[*].a".x + $n), place = "PLACE", others = 0)
      end
    """
    ran = bodies.graph(graph(text.replace("PLACE", str(place))))
    assert ran.code == 0, ran.err
    counts = [int(line) for line in bodies.lines("seen")]
    assert len(counts) == 12
    assert max(counts) == 2


def test_the_bound_of_the_pipeline_holds_beside_that_of_a_loop(bodies: Project) -> None:
    text = """
      %list = numbers(n = 4)
      %w = for $n in %list.xs { max_parallel = 3 } do
        %"w[*].a" = busy(n = $n, place = "PLACE", others = 0)
      end
    """
    bodies.graph(graph(text.replace("PLACE", str(bodies.folder)), " { max_parallel = 1 }"))
    assert bodies.lines("seen") == ["1"] * 4


WHEN = """
  %x = same(n = NUMBER)
  %w = when %x.x > 10 gives Int? do
    %big = same(n = %x.x)
    yield %big.x
  else when %x.x > 5 do
    %middle = same(n = %x.x + 1)
    %list = numbers(n = 2)
    %loop = for $n in %list.xs do
      %"loop[*].s" = same(n = $n)
    end
    yield %middle.x
  else do
    %small = same(n = 3)
  end
  output found: Int? = %w.yield
"""


@pytest.mark.parametrize(
    ("number", "found", "ran"),
    [
        (11, 11, {"x", "big", "w"}),
        (6, 7, {"x", "middle", "list", "loop[0].s", "loop[1].s", "loop", "w"}),
        (5, None, {"x", "small", "w"}),
    ],
)
def test_one_way_through_a_when_is_taken(
    bodies: Project, number: int, found: int | None, ran: set[str]
) -> None:
    done = bodies.graph(graph(WHEN.replace("NUMBER", str(number))))
    assert done.json["outputs"] == {"found": found}
    assert {node for node, state in done.states.items() if state in ("ran", "hit")} == ran
    others = set(done.states) - ran
    assert others <= {"big", "middle", "list", "loop", "small"}
    assert {done.states[node] for node in others} == {"skipped"}
    assert {done.why[node] for node in others} == {"`when` took another way"}
    assert done.nodes["w"]["kind"] == "branch"


def test_a_failure_in_a_when_fails_the_run(bodies: Project) -> None:
    text = """
      %x = same(n = 1)
      %w = when %x.x > 0 do
        %bad = picky(n = %x.x, bad = [1])
      end
      %behind = same(n = 2) after %w
    """
    done = bodies.graph(graph(text))
    assert done.json["status"] == "failed"
    assert (done.states["bad"], done.states["w"], done.states["behind"]) == (
        "failed",
        "failed",
        "skipped",
    )


GATED = """
  %list = numbers(n = 4)
  %t = for $n in %list.xs {OPTIONS} gives List[Int] do
    %"t[*].a" = same(n = $n)
    %"t[*].expect_1" = expect %"t[*].a".x != 2 else POLICY as "a.x != 2"
    %"t[*].b" = same(n = %"t[*].a".x) behind %"t[*].expect_1"
    yield %"t[*].b".x
  end
  output all: List[Int] = %t.yield
"""


def test_a_gate_that_fails_in_a_branch_fails_that_branch(bodies: Project) -> None:
    text = graph(GATED.replace("POLICY", "fail"))
    allowed = bodies.graph(text.replace("{OPTIONS}", "{ allow_failures = 0.25 }"))
    assert allowed.json["status"] == "succeeded"
    assert allowed.json["outputs"] == {"all": [0, 1, 3]}
    assert allowed.states["t[2].expect_1"] == "failed"
    assert bodies.graph(text.replace("{OPTIONS}", "")).json["status"] == "failed"


def test_a_gate_that_stops_in_a_branch_leaves_it_out_and_the_run_green(bodies: Project) -> None:
    done = bodies.graph(graph(GATED.replace("POLICY", "stop").replace("{OPTIONS}", "")))
    assert done.json["status"] == "succeeded"
    assert done.json["outputs"] == {"all": [0, 1, 3]}
    assert done.states["t[2].b"] == "skipped"


def test_a_gate_that_stops_with_nothing_behind_it_changes_nothing(bodies: Project) -> None:
    text = """
      %a = same(n = 1)
      %expect_1 = expect %a.x > 1 else stop as "a.x > 1"
    """
    assert bodies.graph(graph(text)).json["status"] == "succeeded"
    more = "  %b = same(n = 2) behind %expect_1\n  %c = same(n = 3) after %b\n"
    stopped = bodies.graph(graph(text + more))
    assert stopped.json["status"] == "stopped"
    assert (stopped.states["b"], stopped.states["c"]) == ("skipped", "ran")


def test_what_was_skipped_is_none_to_who_can_do_without(bodies: Project) -> None:
    text = """
      %a = same(n = 1)
      %expect_1 = expect %a.x > 1 else stop as "a.x > 1"
      %b = same(n = 2) behind %expect_1
      %c = same(n = (soft(%b.x): Int?) ?? 7)
      %d = total(xs = (gather(%a.x, %b.x): List[Int]))
      %e = same(n = %b.x)
      %f = same(n = if(%a.x > 5, %b.x, 8))
      %g = { sum = %b.x + 1 }
    """
    done = bodies.graph(graph(text))
    assert done.states["e"] == "skipped"
    assert (done.states["f"], done.states["g"]) == ("ran", "skipped")
    outputs = "  output c: Int = %c.x\n  output d: Int = %d.x\n  output b: Int = %b.x\n"
    found = bodies.graph(graph(text + outputs)).json["outputs"]
    assert found == {"c": 7, "d": 1, "b": None}


PARTITIONED = """
  %"day[1].a" = picky(n = 1, bad = [2])
  %"day[1].b" = same(n = %"day[1].a".x)
  %"day[2].a" = picky(n = 2, bad = [2])
  %"day[2].b" = same(n = %"day[2].a".x)
  %"day[3].a" = picky(n = 3, bad = [2])
  %"day[3].b" = total(xs = (gather(%"day[3].a".x, %"day[1].b".x): List[Int]))
  %"day[4].a" = late(n = 4, place = "PLACE")
  %"day[4].b" = total(xs = (gather(%"day[4].a".x, %"day[2].b".x): List[Int]))
  %day = join partition gives List[{ key: String, value: Int }] do
    "1": %"day[1].a", %"day[1].b" yield %"day[1].b".x
    "2": %"day[2].a", %"day[2].b" yield %"day[2].b".x
    "3": %"day[3].a", %"day[3].b" yield %"day[3].b".x
    "4": %"day[4].a", %"day[4].b" yield %"day[4].b".x
  end
  %one = same(n = %"day[3].b".x)
  %all = same(n = len(%day.yield))
"""


def test_a_partition_that_fails_fails_what_reads_it_and_nothing_else(bodies: Project) -> None:
    bodies.write("go", "")
    done = bodies.graph(graph(PARTITIONED.replace("PLACE", str(bodies.folder))))
    assert done.json["status"] == "failed"
    assert done.states == {
        "day[1].a": "ran",
        "day[1].b": "ran",
        "day[2].a": "failed",
        "day[2].b": "skipped",
        "day[3].a": "ran",
        "day[3].b": "ran",
        "day[4].a": "ran",
        "day[4].b": "skipped",
        "day": "failed",
        "one": "ran",
        "all": "skipped",
    }
    assert done.nodes["day[2].a"]["partition"] == "2"
    assert done.why["day"] == "1 of 4 partitions failed: 2"


def test_a_list_that_has_no_value_fails_the_block(bodies: Project) -> None:
    text = """
      %list = numbers(n = 2)
      %t = for $n in [1 / %list.xs[0]] do
        %"t[*].a" = same(n = 1)
      end
    """
    done = bodies.graph(graph(text))
    assert done.json["status"] == "failed"
    assert "divides by zero" in (done.why["t"] or "")


def test_equal_work_in_many_branches_is_done_once(bodies: Project) -> None:
    text = """
      %list = numbers(n = 6)
      %t = for $n in %list.xs do
        %"t[*].a" = busy(n = 7, place = "PLACE", others = 0)
      end
    """
    done = bodies.graph(graph(text.replace("PLACE", str(bodies.folder))))
    states = [state for node, state in done.states.items() if node.startswith("t[")]
    assert sorted(states) == ["hit"] * 5 + ["ran"]
    assert len(bodies.lines("seen")) == 1


def test_what_is_to_be_made_anew_runs_again_and_wakes_nobody_in_vain(bodies: Project) -> None:
    text = """
      %a = numbers(n = 3) again
      %b = total(xs = %a.xs)
    """
    assert set(bodies.graph(graph(text)).states.values()) == {"ran"}
    assert bodies.graph(graph(text)).states == {"a": "ran", "b": "hit"}
    assert bodies.graph(graph(text.replace(" again", ""))).states == {"a": "hit", "b": "hit"}
