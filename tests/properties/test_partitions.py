"""Changing the source of a partition runs again what reads it, directly or not, nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from properties.past import Past
from properties.windows import BODIES, Program, World, histories

from millpond.compiler.driver.build import Built, build
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.ir.nodes import Task
from millpond.compiler.plan import State, make_plan
from millpond.face import api
from millpond.face.api import TARGETS

FIRST = date(2026, 1, 27)
TEXT = """\
edition 2026

step load(rows: File) -> (v: Int) {{ run shell "cat $rows > $v" }}
step join(now: Int, before: Int?) -> (v: Int) {{
  run shell "echo $(( now * 10 + ${{before:-0}} )) > $v"
}}
step add(xs: List[Int]) -> (v: Int) {{
  run shell "echo $(( $(echo $xs | tr , + | tr -d '[] ') )) > $v"
}}
step sum(xs: List[Int]) -> (v: Int) {{
  run shell "echo $(( $(echo $xs | tr , + | tr -d '[] ') )) > $v"
}}

pipeline main(to: Date = {last}) {{
  daily = partition by day(from = {first}, to = to) as day {{
    loaded = load(rows = file(f"data/{{day.key}}.txt"))
    joined = join(now = loaded.v, before = previous(loaded.v))
    week = add(xs = trailing(joined.v, {back}d))
    yield week.v
  }}
  monthly = partition by month(from = {first}, to = to) as month {{
    billed = sum(xs = within(daily, month))
    yield billed.v
  }}
  output all = all(monthly)
}}
"""

# Every example runs a pipeline twice: there are few of them, and none is made smaller.
few = settings(
    max_examples=max(2, settings().max_examples // 80),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def closure(changed: set[int], days: int, back: int) -> set[str]:
    """The nodes that read the source of a changed day, by what the words of the program mean."""
    keys = [(FIRST + timedelta(days=n)) for n in range(days)]
    joined = {n for n in range(days) if n in changed or n - 1 in changed}
    week = {n for n in range(days) if joined & set(range(n - back + 1, n + 1))}
    found = {f"daily[{keys[n]}].loaded" for n in changed}
    found |= {f"daily[{keys[n]}].joined" for n in joined}
    found |= {f"daily[{keys[n]}].week" for n in week}
    return found | {f"monthly[{keys[n]:%Y-%m}].billed" for n in week}


@few
@given(
    days=st.integers(2, 8),
    back=st.integers(1, 3),
    picked=st.sets(st.integers(0, 7), min_size=1, max_size=2),
)
def test_a_changed_day_runs_its_closure_again(days: int, back: int, picked: set[int]) -> None:
    changed = {number % days for number in picked}
    last = FIRST + timedelta(days=days - 1)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "mlp.toml").write_text("", "utf-8")
        (place / "data").mkdir()
        for number in range(days):
            # Powers of three: no other day's number makes up for one that changed.
            name = f"{FIRST + timedelta(days=number)}.txt"
            (place / "data" / name).write_text(f"{3**number}\n", "utf-8")
        file = place / "days.mlp"
        file.write_text(TEXT.format(first=FIRST, last=last, back=back), "utf-8")
        first = api.run(file)
        assert first.status == "succeeded", [node.why for node in first.nodes]
        for number in changed:
            name = f"{FIRST + timedelta(days=number)}.txt"
            (place / "data" / name).write_text(f"{3**number + 100_000}\n", "utf-8")
        note(f"{days} days, {back} back, changed: {changed}")
        plan = api.plan(file)
        expected = closure(changed, days, back)
        ahead = {row.id for row in plan.nodes if row.kind == "task" and row.state is not State.HIT}
        assert ahead == expected
        again = api.run(file)
        ran = {n.id for n in again.nodes if n.kind == "task" and n.state == "ran"}
        assert ran == expected


# Every example checks and lowers several programs: few of them by day, all that are asked by night.
some = settings(max_examples=settings().max_examples if settings().max_examples > 100 else 20)


def built(program: Program, world: World, place: Path) -> Built:
    file = program.write(world, place)
    note(file.read_text("utf-8"))
    checked = front(file, TARGETS)
    wrong = [d for d in checked.report if d.severity.value == "error"]
    assert not wrong, [(d.code, d.message, d.span and checked.locate(d.span)) for d in wrong]
    chosen = choose(checked, TARGETS, "main", None)
    return build(checked, chosen, given_values(checked, chosen, {}, complete=True), frozen=True)


@some
@given(histories())
def test_what_runs_again_is_the_mapped_closure(history: tuple[Program, list[World]]) -> None:
    """Of any windows over any grains, when files change and when the range does."""
    program, worlds = history
    past = Past()
    known: set[str] = set()
    with TemporaryDirectory() as folder:
        for world in worlds:
            note(f"---- from {world.first}, {world.days} days, {world.changed}")
            made = built(program, world, Path(folder))
            works = program.means(world)
            fresh = {node for node, work in works.items() if work.identity not in known}
            ahead: set[str] = set()
            for node, work in works.items():
                if node in fresh or not ahead.isdisjoint(work.reads):
                    ahead.add(node)
            plan = make_plan(made.graph, made.specs, past)
            aliases = {
                task.id: (task.id, *task.aliases)
                for task in made.graph.nodes
                if isinstance(task, Task)
            }
            rows = [row for row in plan.nodes if row.kind == "task" and row.state is not State.HIT]
            assert {name for row in rows for name in aliases[row.id]} == ahead
            done = past.run(made, BODIES)
            assert not done.outcome.failed
            did = {name for node in done.ran for name in aliases[node]}
            # Two cells that do the same work do it once.
            assert did <= fresh
            assert {works[name].identity for name in did} == {works[n].identity for n in fresh}
            assert done.outcome.arguments.keys() == works.keys()
            known |= {work.identity for work in works.values()}
