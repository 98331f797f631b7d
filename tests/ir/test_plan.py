"""What a plan says: hit, run or depends, and why in the user's words."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir.graphs import graphs, parameter_values
from ir.world import World

from millpond.compiler.interpret import End, Outcome
from millpond.compiler.ir import meaning
from millpond.compiler.ir.definitions import PythonBody
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import Gate, Task
from millpond.compiler.ir.text import from_text
from millpond.compiler.ir.values import NodeId
from millpond.compiler.passes.fold import bind
from millpond.compiler.plan import NoResults, State, make_plan
from millpond.compiler.plan.chain import chain as told_by
from millpond.compiler.plan.summary import skipped, summary

CHAIN = """
pipeline p()
  step load python "flights.data:load" (day: Date, share: Float) -> (rows: Int, name: String)
  step fit python "flights.train:fit" (rows: Int, rounds: Int = 100) -> (auc: Float)
  step post shell "true" (auc: Float) -> (id: String)
  %loaded = load(day = 2026-11-22, share = 0.5)
  %fitted = fit(rows = %loaded.rows, rounds = 100)
  %posted = post(auc = %fitted.auc)
  output auc: Float = %fitted.auc
"""


def chain(*changes: tuple[str, str]) -> Graph:
    text = CHAIN
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return from_text(text)


def states(world: World, graph: Graph) -> dict[str, str]:
    return {name: row.state.value for name, row in world.plan(graph).items()}


def after(graph: Graph) -> World:
    world = World()
    world.run(graph)
    return world


def why(world: World, graph: Graph, node: str) -> list[str]:
    return [reason.text for reason in world.plan(graph)[node].reasons]


# ---- states ---------------------------------------------------------------------------------


def test_on_a_new_machine_everything_runs() -> None:
    graph = chain()
    plan = World().whole_plan(graph)
    assert plan.totals() == {State.HIT: 0, State.RUN: 3, State.DEPENDS: 0}
    assert [row.reasons[0].text for row in plan.nodes] == ["has never run here"] * 3
    assert plan.nodes[0].key is not None
    assert plan.nodes[1].key is None
    assert make_plan(graph, plan.specs, NoResults()) == plan


def test_after_a_run_there_is_nothing_to_do() -> None:
    graph = chain()
    world = after(graph)
    plan = world.whole_plan(graph)
    assert plan.totals() == {State.HIT: 3, State.RUN: 0, State.DEPENDS: 0}
    assert all(row.reasons == () and row.key and row.record for row in plan.nodes)
    assert [row.seconds for row in plan.nodes] == [1.5] * 3
    assert world.run(graph)[1] == {}


def test_below_a_step_that_runs_again_all_depends() -> None:
    world = after(chain())
    graph = chain(("share = 0.5", "share = 0.25"))
    assert states(world, graph) == {"loaded": "run", "fitted": "depends", "posted": "depends"}
    assert why(world, graph, "fitted") == ["waits for `loaded`, which may come out the same"]


def test_a_step_that_changed_runs_whatever_its_inputs_come_to() -> None:
    world = after(chain())
    graph = chain(("share = 0.5", "share = 0.25"), ('shell "true"', 'shell "false"'))
    assert states(world, graph) == {"loaded": "run", "fitted": "depends", "posted": "run"}
    assert why(world, graph, "posted") == ["the shell body of `post` changed"]


def test_names_of_steps_nodes_and_pipelines_do_not_count() -> None:
    world = after(chain())
    graph = chain(
        ("fitted", "model"), ("step fit", "step train"), ("= fit(", "= train("), ("p()", "q()")
    )
    assert set(states(world, graph).values()) == {"hit"}


@pytest.mark.parametrize(
    ("renamed", "name"),
    [
        ((("fitted", "model"),), "`fitted`"),
        ((("fitted", "model"), ("step fit", "step train"), ("= fit(", "= train(")), "`fitted`"),
        ((("p()", "q()"),), "`fitted` of `p`"),
    ],
    ids=["node", "node and step", "pipeline"],
)
def test_what_was_renamed_and_edited_is_compared_with_what_it_was(
    renamed: tuple[tuple[str, str], ...], name: str
) -> None:
    world = after(chain())
    graph = chain(("rounds = 100)\n", "rounds = 120)\n"), *renamed)
    node = "model" if ("fitted", "model") in renamed else "fitted"
    assert why(world, graph, node) == [
        "`rounds` changed from 100 to 120",
        f"ran as {name} before",
    ]


def test_a_second_call_of_a_step_is_no_renamed_one() -> None:
    world = after(chain())
    more = "rounds = 100)\n  %again = fit(rows = %loaded.rows, rounds = 7)\n"
    assert why(world, chain(("rounds = 100)\n", more)), "again") == ["has never run here"]


def test_of_several_that_are_gone_the_one_with_the_fewest_differences_is_told() -> None:
    """Whichever of them comes first by name."""
    fit = "%fitted = fit(rows = %loaded.rows, rounds = 100)"
    two = "%{} = fit(rows = %loaded.rows, rounds = 100)\n  %{} = fit(rows = 3, rounds = 7)"
    now = (fit, "%new = fit(rows = %loaded.rows, rounds = 101)"), ("%fitted.auc", "%new.auc")
    for near, far in (("a", "b"), ("b", "a")):
        world = after(chain((fit, two.format(near, far)), ("%fitted.auc", "%a.auc")))
        assert why(world, chain(*now), "new") == [
            "`rounds` changed from 100 to 101",
            f"ran as `{near}` before",
        ]


@pytest.mark.parametrize(
    "setting", ["timeout = 60.0", "resources.cpu = 2.0", "retry.attempts = 3", "isolate = true"]
)
def test_settings_that_change_no_result_do_not_count(setting: str) -> None:
    world = after(chain())
    graph = chain(("rounds = 100)\n  %posted", f"rounds = 100) {{ {setting} }}\n  %posted"))
    assert set(states(world, graph).values()) == {"hit"}


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("cache.enabled = false", "it reads the world outside (`cache = false`)"),
        ("effects = true", "it has effects outside (`effects = true`)"),
        (
            'environment.image = "flights:latest"',
            "the image `flights:latest` is named by a tag, which may move, so it runs in every "
            "run; `mlp lock` pins it",
        ),
    ],
)
def test_some_steps_never_answer_another_run(setting: str, reason: str) -> None:
    graph = chain(("share = 0.5)", f"share = 0.5) {{ {setting} }}"))
    world = after(graph)
    assert states(world, graph) == {"loaded": "run", "fitted": "depends", "posted": "depends"}
    assert why(world, graph, "loaded") == [reason]


def test_a_result_ages_out() -> None:
    graph = chain(("share = 0.5)", "share = 0.5) { cache.ttl = 3600.0 }"))
    world = after(graph)
    world.age = 3000.0
    assert states(world, graph)["loaded"] == "hit"
    world.age = 4000.0
    assert states(world, graph) == {"loaded": "run", "fitted": "depends", "posted": "depends"}
    assert why(world, graph, "loaded") == ["its result is older than 1h"]


def test_a_result_that_is_gone_is_made_again() -> None:
    graph = chain()
    world = after(graph)
    world.records.clear()
    assert states(world, graph)["loaded"] == "run"
    assert why(world, graph, "loaded") == [
        "its last result answers no other run, or is not whole any more"
    ]


def test_the_same_work_is_planned_once() -> None:
    graph = chain(
        ("  %fitted", "  %again = load(day = 2026-11-22, share = 0.5) after %loaded\n  %fitted")
    )
    assert states(World(), graph)["again"] == "depends"
    assert why(World(), graph, "again") == ["does the same work as `loaded`, whichever comes first"]
    assert World().run(graph)[1].keys() >= {"loaded"}


def test_an_argument_without_a_value_does_not_stop_the_plan() -> None:
    world = after(chain())
    graph = chain(("rounds = 100)", "rounds = [1, 2][7])"))
    assert states(world, graph)["fitted"] == "depends"
    assert why(world, graph, "fitted") == [
        "an argument has no value: the list has 2 elements, there is none at [7]"
    ]


# ---- gates ----------------------------------------------------------------------------------


def gated(condition: str, policy: str = "fail", share: str = "0.5") -> Graph:
    return chain(
        ("share = 0.5", f"share = {share}"),
        ("  %posted", f'  %expect_1 = expect {condition} else {policy} as "it holds"\n  %posted'),
        ("auc = %fitted.auc)", "auc = %fitted.auc) behind %expect_1"),
    )


def test_a_gate_that_holds_is_nothing_to_wait_for() -> None:
    graph = gated("%fitted.auc < 100.0")
    world = after(graph)
    assert set(states(world, graph).values()) == {"hit"}


def test_behind_a_gate_that_only_the_run_decides_all_depends() -> None:
    graph = gated("%fitted.auc < 100.0")
    assert states(World(), graph) == {
        "loaded": "run",
        "fitted": "run",
        "expect_1": "run",
        "posted": "depends",
    }
    assert why(World(), graph, "posted") == [
        "stands behind `expect it holds`, which only the run can decide",
        "waits for `fitted`, which may come out the same",
    ]
    assert why(World(), graph, "expect_1") == ["`expect it holds` waits for `fitted`"]


def test_a_gate_that_only_warns_holds_nobody_back() -> None:
    graph = gated("%fitted.auc < 100.0", "warn")
    assert states(World(), graph)["posted"] == "run"


def test_a_gate_that_has_warned_holds_nobody_back() -> None:
    world = after(chain())
    graph = gated("%fitted.auc > 100.0", "warn")
    assert set(states(world, graph).values()) == {"hit"}
    assert why(world, graph, "expect_1") == ["`expect it holds` does not hold: a warning"]


def test_behind_a_gate_that_does_not_hold_nothing_is_sure() -> None:
    world = after(chain())
    graph = gated("%fitted.auc > 100.0")
    changed = replace(graph, nodes=_changed(graph, "posted"))
    assert states(world, changed)["posted"] == "depends"
    assert why(world, changed, "posted")[0] == "stands behind `expect_1`, which fails"
    assert world.plan(changed)["expect_1"].reasons[0].part == "gate"


def test_behind_a_gate_that_stops_nothing_is_planned() -> None:
    world = after(chain())
    graph = gated("%fitted.auc > 100.0", "stop")
    assert states(world, graph) == {"loaded": "hit", "fitted": "hit", "expect_1": "hit"}
    assert world.whole_plan(graph).skipped == ("posted",)
    assert why(world, graph, "expect_1") == [
        "`expect it holds` does not hold, so nothing behind it runs"
    ]


@pytest.mark.parametrize("policy", ["fail", "stop", "warn"])
def test_a_gate_that_cannot_be_decided_fails_whatever_it_says(policy: str) -> None:
    world = after(chain())
    graph = gated("(%fitted.auc / 0) > 1", policy)
    changed = replace(graph, nodes=_changed(graph, "posted"))
    assert states(world, changed)["posted"] == "depends"
    assert "cannot be decided" in why(world, changed, "expect_1")[0]
    assert world.run(changed)[0].ends[NodeId("expect_1")] is End.FAILED


def test_below_what_a_gate_holds_back_nothing_is_sure_either() -> None:
    again = "  %again = fit(rows = %posted.n, rounds = 1)\n  output"
    changes = (("(id: String)", "(n: Int)"), ("  output", again))
    text = CHAIN.replace("  %posted", '  %expect_1 = expect false else fail as "no"\n  %posted')
    text = text.replace("auc = %fitted.auc)", "auc = %fitted.auc) behind %expect_1")
    for old, new in changes:
        text = text.replace(old, new)
    found = states(World(), from_text(text))
    assert (found["posted"], found["again"]) == ("depends", "depends")
    found = states(World(), from_text(text.replace("else fail", "else stop")))
    assert found == {"loaded": "run", "fitted": "run", "expect_1": "hit"}


def test_behind_an_approval_all_depends() -> None:
    graph = chain(
        ("  %posted", '  %approve_1 = approve "go on?"\n  %posted'),
        ("auc = %fitted.auc)", "auc = %fitted.auc) behind %approve_1"),
    )
    assert states(World(), graph)["approve_1"] == "depends"
    assert why(World(), graph, "posted")[0] == "stands behind `approve_1`, which a person decides"


def _changed(graph: Graph, name: str) -> tuple[object, ...]:
    """The nodes with the step of one changed, so that it cannot be a hit."""
    return tuple(
        replace(node, settings=replace(node.settings, env=(("A", "1"),)))
        if isinstance(node, Task) and node.id == name
        else node
        for node in graph.nodes
    )


# ---- blocks ---------------------------------------------------------------------------------

LOOP = """
pipeline p()
  step list python "m:list" (n: Int) -> (rates: List[Float])
  step fit python "m:fit" (rate: Float) -> (auc: Float)
  step pick python "m:pick" (of: List[Float]) -> (best: Float)
  step post shell "true" (auc: Float) -> (id: String)
  %listed = list(n = 2)
  %trials = for $rate in %listed.rates gives List[Float] do
    %"trials[*].m" = fit(rate = $rate)
    yield %"trials[*].m".auc
  end
  %best = pick(of = %trials.yield)
  %r = when %best.best > 100.0 gives String? do
    %posted = post(auc = %best.best)
    yield %posted.id
  else do
    %other = post(auc = 0.5)
    yield %other.id
  end
  output id: String? = %r.yield
"""


def fixed(text: str, old: str = "%listed.rates", new: str = "[0.5, 0.25]") -> Graph:
    return from_text(text.replace(f"in {old}", f"in {new}"))


def test_a_list_that_only_the_run_knows_is_one_row() -> None:
    graph = from_text(LOOP)
    plan = World().plan(graph)
    assert {name: (row.kind, row.state.value) for name, row in plan.items()} == {
        "listed": ("task", "run"),
        "trials": ("map", "depends"),
        "trials[*].m": ("task", "depends"),
        "best": ("task", "run"),
        "r": ("branch", "depends"),
        "posted": ("task", "depends"),
        "other": ("task", "depends"),
    }
    assert plan[NodeId("trials[*].m")].branch is None
    assert why(World(), graph, "trials") == ["goes through a list that waits for `listed`"]
    assert why(World(), graph, "trials[*].m") == [
        "stands in `trials`, whose list only the run knows"
    ]
    assert why(World(), graph, "posted") == [
        "stands in `r`, which only the run can decide",
        "waits for `best`, which may come out the same",
    ]


def test_a_list_that_is_known_is_one_row_for_each_branch() -> None:
    plan = World().plan(fixed(LOOP))
    assert [(row.id, row.kind, row.branch) for row in plan.values()][1:4] == [
        ("trials[0].m", "task", "0"),
        ("trials[1].m", "task", "1"),
        ("trials", "map", None),
    ]
    assert plan[NodeId("trials[1].m")].key is not None


JOINED = """
pipeline p()
  step fit python "m:fit" (rate: Float) -> (auc: Float)
  step sum python "m:sum" (of: List[Float]) -> (all: Float)
  %"d[2026-11-01].m" = fit(rate = 0.5)
  %"d[2026-11-02].e" = expect %"d[2026-11-01].m".auc < 0.0 else stop as "it is negative"
  %"d[2026-11-02].m" = fit(rate = 0.25) behind %"d[2026-11-02].e"
  %"d[2026-11-03].m" = fit(rate = soft(%"d[2026-11-02].m".auc) ?? 0.125)
  %d = join partition gives List[Json] do
    "2026-11-01": %"d[2026-11-01].m" yield %"d[2026-11-01].m".auc
    "2026-11-02": %"d[2026-11-02].e", %"d[2026-11-02].m" yield %"d[2026-11-02].m".auc
    "2026-11-03": %"d[2026-11-03].m" yield %"d[2026-11-03].m".auc
  end
  %all = sum(of = gather(%"d[2026-11-01].m".auc, %"d[2026-11-02].m".auc))
"""


def test_partitions_have_a_row_each_and_what_is_skipped_has_none() -> None:
    graph = from_text(JOINED)
    plan = World().plan(graph)
    assert [(row.id, row.partition) for row in plan.values()] == [
        ("d[2026-11-01].m", "2026-11-01"),
        ("d[2026-11-02].e", "2026-11-02"),
        ("d[2026-11-02].m", "2026-11-02"),
        ("d[2026-11-03].m", "2026-11-03"),
        ("d", None),
        ("all", None),
    ]
    assert {row.state for row in plan.values() if row.kind == "task"} == {State.RUN, State.DEPENDS}


def test_a_run_that_stopped_somewhere_leaves_nothing_to_do() -> None:
    def bound(share: str) -> Graph:
        return from_text(JOINED.replace("< 0.0", f"{share} 100.0"))

    world = after(bound(">"))
    plan = world.whole_plan(bound(">"))
    assert plan.totals() == {State.HIT: 3, State.RUN: 0, State.DEPENDS: 0}
    assert plan.skipped == ("d[2026-11-02].m",)
    assert {row.state for row in plan.nodes} == {State.HIT}
    changed = world.whole_plan(bound("<"))
    assert changed.totals()[State.RUN] == 1


def test_a_condition_that_is_known_leaves_out_the_other_arms() -> None:
    graph = fixed(LOOP.replace("when %best.best > 100.0", "when false"))
    plan = World().whole_plan(graph)
    assert "posted" not in [row.id for row in plan.nodes]
    assert plan.skipped == ("posted",)
    assert next(row for row in plan.nodes if row.id == "other").state is State.RUN


def test_arms_before_the_first_that_only_the_run_decides_are_left_out() -> None:
    never = "when false gives String? do\n    %never = post(auc = 0.25)\n    yield %never.id"
    condition = "when %best.best > 100.0"
    graph = from_text(LOOP.replace(f"{condition} gives String?", f"{never}\n  else {condition}"))
    plan = World().whole_plan(graph)
    assert plan.skipped == ("never",)
    assert {row.id: row.state.value for row in plan.nodes}["posted"] == "depends"


def test_a_loop_that_a_gate_in_it_may_fail_leaves_nothing_sure_behind_it() -> None:
    text = """
    pipeline p()
      step load shell "true" () -> (rows: Int)
      step post shell "true" (all: List[Int]) -> (id: String)
      %loaded = load()
      %"f[0].expect_1" = expect %loaded.rows > 1 else fail as "rows > 1"
      %f = join for gives List[Int] do
        "0": %"f[0].expect_1" yield 1
      end
      %posted = post(all = %f.yield)
    """
    assert states(World(), from_text(text))["posted"] == "depends"
    assert states(World(), from_text(text.replace("fail", "stop")))["posted"] == "run"


def test_what_is_new_in_every_run_is_never_a_hit() -> None:
    graph = chain(("(day: Date", "(id: String, day: Date"), ("load(day", "load(id = $run.id, day"))
    assert why(World(), graph, "loaded") == ["reads `run.id`, which is another one in each run"]
    assert states(World(), graph) == {"loaded": "run", "fitted": "run", "posted": "run"}


def test_reprocess_asks_for_new_results() -> None:
    graph = chain(("share = 0.5)", "share = 0.5) again"))
    world = after(graph)
    assert states(world, graph) == {"loaded": "run", "fitted": "depends", "posted": "depends"}
    assert why(world, graph, "loaded") == ["asked for by `reprocess`"]


# ---- the same work twice in one run ---------------------------------------------------------

AGAIN = """
pipeline p()
  step same python "m:same" (x: Int, y: Int = 0) -> (x: Int)
  %a = same(x = 5, y = 0)
  %b = same(x = %a.x, y = 0)
  %c = same(x = %b.x, y = 1)
  %d = same(x = 6, y = 1)
  %e = same(x = 6, y = 2)
"""


def test_a_chain_takes_the_shortest_way_to_what_runs_for_sure() -> None:
    more = "rounds = 100)\n  %near = fit(rows = 1, rounds = {})\n"
    changes = (
        ('post shell "true" (auc: Float)', 'post shell "true" (auc: Float, near: Float)'),
        ("auc = %fitted.auc)", "auc = %fitted.auc, near = %near.auc)"),
    )
    world = after(chain(("rounds = 100)\n", more.format(7)), *changes))
    edited = (("rounds = 100)\n", more.format(8)), ("share = 0.5", "share = 0.25"), *changes)
    plan = world.whole_plan(chain(*edited))
    told = told_by(plan, next(row for row in plan.nodes if row.id == "posted"))
    assert [row.id for row in told.links] == ["posted", "near"]
    assert told.others == ("loaded",)


def test_what_may_be_the_same_work_as_another_step_is_not_sure_to_run() -> None:
    graph = from_text(AGAIN)
    assert states(World(), graph) == {
        "a": "run",
        "b": "depends",
        "c": "run",
        "d": "depends",
        "e": "run",
    }
    assert why(World(), graph, "b") == ["need not run if its inputs come out as those of `a`"]
    assert why(World(), graph, "d") == ["need not run if its inputs come out as those of `c`"]


def test_files_of_one_content_are_the_same_work() -> None:
    file = 'json({"digest": "file:A", "size": 1, "name": "NAME"}: File)'.replace("A", "a" * 64)
    graph = from_text(
        "pipeline p()\n"
        '  step load shell "true" (n: Int) -> (f: File)\n'
        '  step fit shell "true" (f: File, n: Int) -> (auc: Float)\n'
        "  %n = load(n = 1)\n"
        f"  %a = fit(f = {file.replace('NAME', 'a')}, n = 1)\n"
        f"  %b = fit(f = {file.replace('NAME', 'b')}, n = 1)\n"
        "  %c = fit(f = %n.f, n = 1)\n"
        "  %d = fit(f = %n.f, n = 2)\n"
    )
    assert states(World(), graph) == {
        "n": "run",
        "a": "run",
        "b": "depends",
        "c": "depends",
        "d": "run",
    }


def test_many_steps_of_one_definition_are_told_apart_in_no_time() -> None:
    lines = [f"  %n{i} = same(x = %n{i - 1}.x, y = {i})\n" for i in range(1, 2000)]
    text = AGAIN.split("  %a")[0] + "  %n0 = same(x = 1, y = 0)\n" + "".join(lines)
    plan = World().whole_plan(from_text(text))
    assert plan.totals() == {State.HIT: 0, State.RUN: 2000, State.DEPENDS: 0}


# ---- reasons --------------------------------------------------------------------------------


def only(world: World, graph: Graph, node: str) -> tuple[str, str, str | None, str | None]:
    (reason,) = world.plan(graph)[node].reasons
    assert reason.span is not None
    return reason.part, reason.text, reason.was, reason.now


def test_an_argument_changed() -> None:
    graph = chain(("2026-11-22", "2026-11-23"))
    assert only(after(chain()), graph, "loaded") == (
        "arguments.day",
        "`day` changed from 2026-11-22 to 2026-11-23",
        "2026-11-22",
        "2026-11-23",
    )


def test_an_argument_is_of_another_type() -> None:
    graph = chain(("rounds: Int", "rounds: Float"), ("Float = 100", "Float = 100.0"))
    parts = [reason.part for reason in after(chain()).plan(graph)["fitted"].reasons]
    assert parts == ["arguments.rounds"]


def body(graph: Graph, digest: str, *symbols: tuple[str, str]) -> Graph:
    """The chain with other code in `fit`."""
    nodes = []
    for node in graph.nodes:
        if isinstance(node, Task) and isinstance(node.definition.body, PythonBody):
            code = replace(node.definition.body, digest=digest, symbols=symbols)
            node = replace(node, definition=replace(node.definition, body=code))
        nodes.append(node)
    return graph.with_nodes(tuple(nodes))


def test_code_changed() -> None:
    before = body(chain(), "1", ("train.py:fit", "a"), ("train.py:K", "b"), ("train.py:old", "c"))
    now = body(chain(), "2", ("train.py:fit", "z"), ("train.py:K", "b"), ("train.py:new", "d"))
    found = [(r.part, r.text) for r in after(before).plan(now)["fitted"].reasons]
    assert found == [
        ("body.train.py:fit", "`train.py:fit` changed"),
        ("body.train.py:new", "`train.py:new` is new"),
        ("body.train.py:old", "`train.py:old` is not used any more"),
    ]


@pytest.mark.parametrize(
    ("before", "now", "part", "text"),
    [
        (
            'env = {"A": "1"}',
            'env = {"A": "2"}',
            "settings.env.A",
            "the environment variable `A` changed from 1 to 2",
        ),
        (
            'cache.version = "1"',
            'cache.version = "2"',
            "settings.version",
            "`cache.version` changed from 1 to 2",
        ),
        ('cache.key = "1"', 'cache.key = "2"', "settings.key", "`cache.key` changed from 1 to 2"),
        (
            'environment.python = "3.11"',
            'environment.python = "3.12"',
            "environment.python",
            "Python changed from 3.11 to 3.12",
        ),
        (
            f'environment.image = "a@sha256:{"1" * 64}"',
            f'environment.image = "a@sha256:{"2" * 64}"',
            "environment.image",
            "the image `a` it runs in changed",
        ),
        (
            'environment.packages = ["a==1"]',
            'environment.packages = ["a==2"]',
            "environment.packages.a",
            "`a` changed from 1 to 2",
        ),
    ],
)
def test_a_setting_changed(before: str, now: str, part: str, text: str) -> None:
    world = after(chain(("share = 0.5)", f"share = 0.5) {{ {before} }}")))
    graph = chain(("share = 0.5)", f"share = 0.5) {{ {now} }}"))
    found = only(world, graph, "loaded")
    assert found[:2] == (part, text)
    assert found[2] != found[3]


def test_outputs_are_declared_otherwise() -> None:
    graph = chain(("name: String", "title: String"))
    found = after(chain()).plan(graph)["loaded"].reasons
    assert [(reason.part, reason.text) for reason in found] == [
        ("outputs.name", "the output `name` is gone"),
        ("outputs.title", "the output `title` is new"),
    ]


FILES = """
pipeline p()
  step fit shell "true" (rows: Dataset, more: List[File]) -> (auc: Float)
  %fitted = fit(rows = json({"digest": "file:ROWS", "size": 1, "name": "r"}: Dataset), \
more = json([{"digest": "file:MORE", "size": 1, "name": "m"}]: List[File]))
"""


def test_what_comes_in_changed() -> None:
    def graph(rows: str, more: str) -> Graph:
        return from_text(FILES.replace("ROWS", rows * 64).replace("MORE", more * 64))

    world = after(graph("a", "b"))
    assert states(world, graph("a", "b")) == {"fitted": "hit"}
    assert only(world, graph("c", "b"), "fitted")[:2] == (
        "inputs.rows",
        "what comes in as `rows` changed",
    )
    assert only(world, graph("a", "c"), "fitted")[:2] == (
        "inputs.more[0]",
        "what comes in as `more[0]` changed",
    )


# ---- the promise ----------------------------------------------------------------------------


@given(data=st.data())
def test_what_runs_lies_between_run_and_run_or_depends(data: st.DataObject) -> None:
    graph = replace(data.draw(graphs()), hooks=())
    types = {parameter.name: parameter.type for parameter in graph.parameters}

    def bound() -> Graph:
        values = data.draw(parameter_values(graph))
        return bind(graph, {n: meaning.constant(types[n], v) for n, v in values.items()})

    world = after(bound())
    today = bound()
    whole = world.whole_plan(today)
    plan = {row.id: row for row in whole.nodes if row.kind == "task"}
    outcome, ran = world.run(today)
    for name in ran:
        row = next(plan[made] for made in templates(name) if made in plan)
        assert row.state is not State.HIT
        assert name not in whole.skipped
    if untroubled(today, outcome):
        surely = {name for name, row in plan.items() if row.state is State.RUN}
        assert surely <= ran.keys()
        assert len(surely) <= len(set(ran.values())) or _anew(today)
        again = world.plan(today)
        assert (
            not {n for n, r in again.items() if r.state is State.HIT} & world.run(today)[1].keys()
        )


def _anew(graph: Graph) -> bool:
    """Whether some task does its work even where it is done already."""
    tasks = [node for node in graph.everything() if isinstance(node, Task)]
    return any(
        task.refresh or task.settings.effects or not task.settings.cache.enabled for task in tasks
    )


def templates(name: str) -> list[NodeId]:
    """A node, and those of loops' bodies from which it may have been made during the run."""
    pieces = re.split(r"\[\d+\]", name)
    numbers = re.findall(r"\[\d+\]", name)
    found = []
    for known in range(len(numbers), -1, -1):
        marks = [*numbers[:known], *["[*]"] * (len(numbers) - known), ""]
        found.append(NodeId("".join(p + m for p, m in zip(pieces, marks, strict=True))))
    return found


def untroubled(graph: Graph, outcome: Outcome) -> bool:
    """Whether nothing failed, and no gate stopped anything."""
    stops = {n.id for n in graph.everything() if isinstance(n, Gate) and n.policy == "stop"}
    closed = {
        made for n, end in outcome.ends.items() if end is not End.DONE for made in templates(n)
    }
    return not {End.FAILED, End.BLOCKED} & set(outcome.ends.values()) and not stops & closed


# ---- in few lines ---------------------------------------------------------------------------


def lines(world: World, graph: Graph) -> list[str]:
    return [f"{line.state} {line.name} {line.text}" for line in summary(world.whole_plan(graph))]


def test_partitions_are_told_in_ranges() -> None:
    def days(first: int, last: int) -> Graph:
        nodes = [f'"d[2026-11-{day:02}].m"' for day in range(first, last + 1)]
        tasks = [
            f"  %{name} = fit(rate = {day}.5)\n"
            for day, name in zip(range(99), nodes, strict=False)
        ]
        limbs = [f'    "{name[3:13]}": %{name} yield %{name}.auc\n' for name in nodes]
        step = '  step fit python "m:fit" (rate: Float) -> (auc: Float)\n'
        join = "  %d = join partition gives List[Json] do\n" + "".join(limbs) + "  end\n"
        return from_text(f"pipeline p()\n{step}{''.join(tasks)}{join}")

    world = after(days(1, 9))
    assert lines(world, days(1, 9)) == ["hit d.m 9 hit"]
    assert lines(world, days(1, 12)) == [
        "run d.m 9 hit, 3 run: 2026-11-10 to 2026-11-12 (has never run here)"
    ]
    assert lines(World(), days(1, 2)) == ["run d.m 2 run (has never run here)"]


def test_loops_are_told_in_one_line() -> None:
    assert lines(World(), fixed(LOOP)) == [
        "run listed has never run here",
        "run trials.m 2 run (has never run here)",
        "run best has never run here",
        "depends r waits for `best`",
        "depends posted stands in `r`, which only the run can decide; "
        "waits for `best`, which may come out the same",
        "depends other stands in `r`, which only the run can decide; has never run here",
    ]


def test_of_what_is_skipped_only_the_copies_of_what_runs_are_told() -> None:
    share = '  %"d[2026-11-02].e" = expect %"d[2026-11-01].m".auc > 100.0'
    graph = from_text(JOINED.replace(share.replace(">", "<").replace("100.0", "0.0"), share))
    whole = after(graph).whole_plan(graph)
    assert whole.skipped == ("d[2026-11-02].m",)
    assert skipped(whole) == ["d.m (1)"]
    whole = World().whole_plan(fixed(LOOP.replace("when %best.best > 100.0", "when false")))
    assert whole.skipped == ("posted",)
    assert skipped(whole) == []
