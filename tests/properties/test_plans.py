"""Random programs with every construct, edited at random between runs: what a plan promises holds,
and what it blames is what was edited."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from properties.past import FUNCTIONS, Past, code
from properties.programs import programs

from millpond.compiler.driver.build import Built, build
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.interpret import End, Outcome
from millpond.compiler.ir.nodes import Gate
from millpond.compiler.ir.values import NodeId
from millpond.compiler.plan import Plan, State, make_plan
from millpond.compiler.plan.chain import chain
from millpond.face.api import TARGETS

# Every example checks and lowers several programs: few of them by day, all that are asked by night.
some = settings(max_examples=settings().max_examples if settings().max_examples > 100 else 30)

Edit: TypeAlias = "tuple[str, str]"

edits: st.SearchStrategy[Edit] = st.one_of(
    st.tuples(st.just("p"), st.integers(0, 6).map(str)),
    st.tuples(st.just("q"), st.lists(st.integers(0, 4), max_size=3).map(str)),
    st.tuples(st.sampled_from(FUNCTIONS), st.sampled_from(("same", "more"))),
)


class Edited:
    """A program as it stands after edits, in a folder of its own."""

    def __init__(self, text: str, place: Path) -> None:
        self.place = place
        self.made: dict[str, str] = {}
        (place / "mlp.toml").write_text("", "utf-8")
        (place / "random.mlp").write_text(text, "utf-8")

    @property
    def code(self) -> str:
        return code({name: how for name, how in self.made.items() if name in FUNCTIONS})

    def built(self) -> Built:
        (self.place / "bodies.py").write_text(self.code, "utf-8")
        checked = front(self.place / "random.mlp", TARGETS)
        words = {name: value for name, value in self.made.items() if name not in FUNCTIONS}
        chosen = choose(checked, TARGETS, "main", None)
        return build(
            checked, chosen, given_values(checked, chosen, words, complete=True), frozen=True
        )


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
@given(programs(), st.lists(edits, max_size=4))
def test_what_runs_lies_between_run_and_run_or_depends(text: str, made: list[Edit]) -> None:
    note(text)
    past = Past()
    with TemporaryDirectory() as folder:
        program = Edited(text, Path(folder))
        for edit in [None, *made]:
            if edit is not None:
                note(f"edit: {edit}")
                program.made[edit[0]] = edit[1]
            built = program.built()
            if built.refused:
                continue
            plan = plan_of(built, past)
            rows = {row.id: row for row in plan.nodes if row.kind == "task"}
            outcome, ran = past.run(built, program.code)
            listed = {name for name in ran if any(t in rows for t in templates(name))}
            for name in listed:
                row = next(rows[t] for t in templates(name) if t in rows)
                assert row.state is not State.HIT, f"{name} was to be a hit"
            for name in ran.keys() - listed:
                assert "on_" in name or "finally" in name, f"{name} was to be skipped"
            if untroubled(built, outcome):
                surely = {name for name, row in rows.items() if row.state is State.RUN}
                assert surely <= ran.keys(), f"{surely - ran.keys()} were to run"
                again = plan_of(built, past)
                _, anew = past.run(built, program.code)
                hits = {row.id for row in again.nodes if row.state is State.HIT}
                assert not hits & anew.keys()


@some
@given(programs(), edits)
def test_what_is_blamed_is_what_was_edited(text: str, edit: Edit) -> None:
    note(text)
    past = Past()
    with TemporaryDirectory() as folder:
        program = Edited(text, Path(folder))
        built = program.built()
        assume(not built.refused)
        outcome, _ = past.run(built, program.code)
        assume(untroubled(built, outcome))
        before = plan_of(built, past)
        note(f"edit: {edit}")
        program.made[edit[0]] = edit[1]
        built = program.built()
        assume(not built.refused)
        plan = plan_of(built, past)
        for row in plan.nodes:
            if row.state is State.HIT or row.kind != "task":
                continue
            end = chain(plan, row).links[-1]
            parts = {reason.part for reason in end.reasons}
            # Effects, and what stands where no run has come yet, are nobody's edit.
            if parts & {"cache", "new", "gate", "stop", "branch", "list", "key"}:
                continue
            first = end.reasons[0].part
            if edit[0] in FUNCTIONS:
                assert first == f"body.bodies.py:{edit[0]}", end
                assert end.step == edit[0]
            else:
                assert first.startswith(("arguments.", "inputs.")), end
        # What is blamed, taken back, is a hit again.
        del program.made[edit[0]]
        after = plan_of(program.built(), past)
        assert [(row.id, row.state) for row in after.nodes] == [
            (row.id, row.state) for row in before.nodes
        ]
