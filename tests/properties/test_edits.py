"""Random edits of random programs, each followed by a run: keys are what work is, no more and no
less; a store changes no result; and what is there already is not done again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, note, settings
from hypothesis import strategies as st
from properties.builds import bodies, built, folder
from properties.edits import Edit, after, quiet, telling
from properties.past import Done, Past
from properties.sources import Source, sources

from millpond.compiler.driver.build import Built
from millpond.compiler.interpret import End, Outcome
from millpond.compiler.ir.values import NodeId

Identity: TypeAlias = "tuple[object, ...]"
"""All that makes a piece of work."""

# Every example checks and lowers several programs, which takes longest: all is asked of each run.
# Few of them are drawn by day, all that are asked by night.
some = settings(max_examples=settings().max_examples if settings().max_examples > 100 else 15)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Source, list[Edit]]:
    """A source, and edits of all kinds."""
    source = draw(sources())
    kinds = draw(st.lists(st.sampled_from((telling, telling, quiet)), min_size=3, max_size=5))
    return source, [draw(kind(source)) for kind in kinds]


def runs(
    source: Source, edits: list[Edit], past: Past, place: Path
) -> Iterator[tuple[Source, Built, Done]]:
    """A run of the source, and one after each edit."""
    for number in range(len(edits) + 1):
        made = edits[:number]
        note(f"---- {[edit.what for edit in made]}")
        now = after(source, made)
        program = built(now, place)
        if program is not None:
            yield now, program, past.run(program, bodies(now, place))


def identities(source: Source, done: Done) -> dict[NodeId, Identity]:
    """What each task that was reached is, by what the words of the program mean."""
    found = {}
    for node, arguments in done.outcome.arguments.items():
        step = done.steps[node].removesuffix("_it")
        found[node] = source.identity(step, call_of(source, node), arguments)
    return found


def call_of(source: Source, node: NodeId) -> str:
    """The name of a call as it was first written, wherever it stands."""
    return re.sub(r"\[.*?\]", "", source.as_first_named(node)).rpartition(".")[2]


@dataclass
class Known:
    """What the runs so far have shown: which key belongs to which piece of work, and which pure
    work is done."""

    by_key: dict[str, Identity] = field(default_factory=dict)
    by_identity: dict[Identity, str] = field(default_factory=dict)
    done: set[Identity] = field(default_factory=set)

    def work_has_the_same_key_if_and_only_if_it_is_the_same(
        self, found: Mapping[NodeId, Identity], done: Done
    ) -> None:
        for node, identity in found.items():
            key = done.keys[node]
            assert self.by_key.setdefault(key, identity) == identity, node
            assert self.by_identity.setdefault(identity, key) == key, node

    def what_is_there_already_is_not_done_again(
        self, source: Source, found: Mapping[NodeId, Identity], done: Done
    ) -> None:
        """Equal bytes wake nothing, and neither does anything that was done before."""
        for node in done.ran.keys() - found.keys():
            assert done.outcome.ends[node] is End.FAILED
        pure = {n for n in found if source.pure(str(found[n][0]), call_of(source, n))}
        did = [found[node] for node in done.ran if node in pure]
        assert self.done.isdisjoint(did)
        assert len(did) == len(set(did)), "equal work is done once"
        assert {found[node] for node in pure} <= self.done | set(did)
        self.done |= {found[node] for node in pure}


def came_to(outcome: Outcome) -> tuple[object, ...]:
    return outcome.outputs, outcome.ends, outcome.arguments, outcome.failed, outcome.warnings


@some
@given(histories())
def test_runs_after_edits_do_what_is_new_and_come_to_the_same_as_without_a_store(
    history: tuple[Source, list[Edit]],
) -> None:
    known = Known()
    with folder() as place:
        for source, program, done in runs(*history, Past(), place):
            found = identities(source, done)
            known.work_has_the_same_key_if_and_only_if_it_is_the_same(found, done)
            known.what_is_there_already_is_not_done_again(source, found, done)
            fresh = Past().run(program, bodies(source, place))
            assert came_to(done.outcome) == came_to(fresh.outcome)
