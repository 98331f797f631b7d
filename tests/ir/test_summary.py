"""A plan in few lines: many nodes of which the same can be said, and copies that wait alike."""

from __future__ import annotations

from ir.world import World

from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text import from_text
from millpond.compiler.plan.summary import FULL, Line, condensed, summary

FIT = '  step fit python "m:fit" (rate: Float) -> (auc: Float)\n'


def after(graph: Graph) -> World:
    world = World()
    world.run(graph)
    return world


def told(world: World, graph: Graph) -> list[Line]:
    return condensed(summary(world.whole_plan(graph)))


def shown(lines: list[Line]) -> list[str]:
    return [f"{line.state} {line.name}: {line.text}" for line in lines]


def wide(*rates: float) -> Graph:
    """Steps that have nothing to do with each other, and for each one that reads it."""
    made = "".join(f"  %m{n} = fit(rate = {rate})\n" for n, rate in enumerate(rates))
    read = "".join(f"  %r{n} = fit(rate = %m{n}.auc)\n" for n in range(len(rates)))
    return from_text(f"pipeline p()\n{FIT}{made}{read}")


def rates(count: int, first: float = 0.5) -> list[float]:
    return [first + n for n in range(count)]


def test_few_nodes_have_a_line_each() -> None:
    half = FULL // 2
    assert len(told(World(), wide(*rates(half)))) == FULL
    assert len(told(World(), wide(*rates(half + 1)))) < 5


def test_many_nodes_of_which_the_same_can_be_said_share_a_line() -> None:
    world = after(wide(*rates(40)))
    assert shown(told(world, wide(*rates(40)))) == ["hit m0, m1, m2 and 77 more: "]
    assert shown(told(world, wide(*rates(40, first=100.5)))) == [
        "run m0, m1, m2 and 37 more: `rate` changed",
        "depends r0, r1, r2 and 37 more: waits for others, which may come out the same",
    ]


def test_what_is_said_of_one_node_alone_keeps_its_words() -> None:
    world, now = after(wide(*rates(40))), rates(40)
    now[7] = 99.5
    assert shown(told(world, wide(*now))) == [
        "hit m0, m1, m2 and 75 more: ",
        "run m7: `rate` changed from 7.5 to 99.5",
        "depends r7: waits for `m7`, which may come out the same",
    ]


def test_copies_that_wait_for_copies_of_one_node_wait_for_that_node() -> None:
    days = range(1, 6)
    made = "".join(f'  %"d[{day}].m" = fit(rate = {day}.5)\n' for day in days)
    sums = "".join(
        f'  %"d[{day}].s" = sum(a = %"d[{day}].m".auc, b = %"d[{max(1, day - 1)}].m".auc)\n'
        for day in days
    )
    limbs = "".join(
        f'    "{day}": %"d[{day}].m", %"d[{day}].s" yield %"d[{day}].s".auc\n' for day in days
    )
    step = '  step sum python "m:sum" (a: Float, b: Float) -> (auc: Float)\n'
    join = f"  %d = join partition gives List[Float] do\n{limbs}  end\n"
    first = from_text(f"pipeline p()\n{FIT}{step}{made}{sums}{join}")
    now = from_text(f"pipeline p()\n{FIT}{step}{made.replace('.5', '.25')}{sums}{join}")
    assert shown(summary(after(first).whole_plan(now)))[1] == (
        "depends d.s: 5 depends (waits for `d.m`, which may come out the same)"
    )
