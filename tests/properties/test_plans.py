"""Random programs with every construct, edited at random between runs: what a plan promises holds,
and what it blames is what was edited."""

from __future__ import annotations

import re
from itertools import product

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from properties.builds import bodies, built, folder
from properties.edits import Edit, after, telling
from properties.past import Past
from properties.sources import REACHES, Source, sources
from properties.test_edits import call_of, histories

from millpond.compiler.driver.build import Built
from millpond.compiler.interpret import End, Outcome
from millpond.compiler.ir.nodes import Gate
from millpond.compiler.ir.values import NodeId
from millpond.compiler.plan import Plan, PlannedNode, State, make_plan
from millpond.compiler.plan.chain import chain

# Every example checks and lowers several programs: few of them by day, all that are asked by night.
some = settings(max_examples=settings().max_examples if settings().max_examples > 100 else 10)


def plan_of(built: Built, past: Past) -> Plan:
    return make_plan(built.graph, built.specs, past)


def templates(name: str) -> list[NodeId]:
    """A node, and those of loops' bodies from which it may have been made during the run."""
    pieces, numbers = re.split(r"\[\d+\]", name), re.findall(r"\[\d+\]", name)
    # A list inside of a list may be known although the outer one is not.
    choices = product(*((number, "[*]") for number in numbers))
    return [
        NodeId("".join(p + m for p, m in zip(pieces, (*marks, ""), strict=True)))
        for marks in choices
    ]


def untroubled(built: Built, outcome: Outcome) -> bool:
    """Whether nothing failed, and no gate stopped anything."""
    stops = {n.id for n in built.graph.everything() if isinstance(n, Gate) and n.policy == "stop"}
    closed = {t for n, end in outcome.ends.items() if end is not End.DONE for t in templates(n)}
    return not {End.FAILED, End.BLOCKED} & {*outcome.ends.values()} and not stops & closed


@some
@given(histories())
def test_what_runs_lies_between_run_and_run_or_depends(history: tuple[Source, list[Edit]]) -> None:
    source, edits = history
    past = Past()
    with folder() as place:
        for number in range(len(edits) + 1):
            note(f"---- {[edit.what for edit in edits[:number]]}")
            now = after(source, edits[:number])
            program = built(now, place)
            if program is None:
                continue
            plan = plan_of(program, past)
            rows = {row.id: row for row in plan.nodes if row.kind == "task"}
            done = past.run(program, bodies(now, place))
            listed = {name for name in done.ran if any(t in rows for t in templates(name))}
            for name in listed:
                row = next(rows[t] for t in templates(name) if t in rows)
                assert row.state is not State.HIT, f"{name} was to be a hit"
            for name in done.ran.keys() - listed:
                assert "on_" in name or "finally" in name, f"{name} was to be skipped"
            if untroubled(program, done.outcome):
                surely = {name for name, row in rows.items() if row.state is State.RUN}
                assert surely <= done.ran.keys(), f"{surely - done.ran.keys()} were to run"
                again = plan_of(program, past)
                anew = past.run(program, bodies(now, place))
                hits = {row.id for row in again.nodes if row.state is State.HIT}
                assert not hits & anew.ran.keys()


NOBODYS = {"cache", "new", "gate", "stop", "branch", "list", "key"}
"""Reasons that are no edit: effects, and what stands where no run has come yet."""
ORDER = ("body", "settings", "arguments", "inputs")
"""What a person changed comes before what follows from it."""


def is_of(edit: Edit, source: Source, row: PlannedNode) -> bool:
    """Whether an edit can be what decides over a task."""
    step, call = row.step, call_of(source, row.id)
    return (
        edit.of in ("", step, call)
        or edit.of in REACHES.get(step or "", ())
        or (edit.blamed == "inputs.rows" and step == "weigh")
    )


@st.composite
def quarrels(draw: st.DrawFn) -> tuple[Source, list[Edit]]:
    """A source, and a few edits of what is in keys."""
    source = draw(sources())
    return source, [draw(telling(source)) for _ in range(draw(st.integers(1, 3)))]


@some
@given(quarrels())
def test_what_is_blamed_is_what_to_take_back(quarrel: tuple[Source, list[Edit]]) -> None:
    source, left = quarrel
    past = Past()
    with folder() as place:
        program = built(source, place)
        assume(program is not None)
        assert program is not None
        done = past.run(program, bodies(source, place))
        assume(untroubled(program, done.outcome))
        before = plan_of(program, past)
        while left:
            note(f"---- {[edit.what for edit in left]}")
            now = after(source, left)
            program = built(now, place)
            if program is None:
                left = left[:-1]
                continue
            plan = plan_of(program, past)
            guilty: list[Edit] = []
            for row in plan.nodes:
                if row.kind != "task" or row.state is State.HIT:
                    continue
                end = chain(plan, row).links[-1]
                parts = [reason.part for reason in end.reasons]
                if NOBODYS.intersection(parts):
                    continue
                kinds = [part.partition(".")[0] for part in parts]
                assert kinds == sorted(kinds, key=ORDER.index), parts
                # All that was said of it or of its code, and nothing else.
                said = {"body" if p.startswith("body") else p for p in parts}
                call = call_of(source, end.id)
                was, is_ = source.facts(end.step or "", call), now.facts(end.step or "", call)
                differing = {part for part in was if was[part] != is_[part]}
                assert {p for p in said if p.startswith(("body", "settings"))} == differing
                found = [
                    edit
                    for edit in left
                    if parts[0].startswith(edit.blamed) and is_of(edit, source, end)
                ]
                assert found, (end.id, parts)
                guilty = guilty or found
            left = [edit for edit in left if edit not in guilty] if guilty else left[:-1]
        program = built(source, place)
        assert program is not None
        states = [(row.id, row.state) for row in plan_of(program, past).nodes]
        assert states == [(row.id, row.state) for row in before.nodes]
