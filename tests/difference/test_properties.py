"""Random edits of random projects: told as what they are, and what runs is what `plan` says."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from properties.pipelines import NOISE, Edit, Project, free_edits, projects, telling_edits

from millpond.compiler.difference.values import Again, Category, Difference
from millpond.compiler.driver.comparing import differences
from millpond.compiler.driver.sides import two_sides
from millpond.compiler.ir.nodes import Task
from millpond.compiler.plan import Plan, State
from millpond.face import api

few = settings(
    max_examples=max(25, settings().max_examples // 4),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
OPERATIONAL = {*NOISE, "label the pipeline", "limit the pipeline"}
COSMETIC = {"comment", "format", "document a step", "declare in another order"}
RENAMES = {
    "rename a binding": "node",
    "rename a step": "step",
    "rename the pipeline": "pipeline",
    "rename the module": "module",
}


@contextmanager
def folders() -> Iterator[tuple[Path, Path]]:
    with tempfile.TemporaryDirectory() as name:
        for side in ("before", "after"):
            (Path(name) / side).mkdir()
        yield Path(name) / "before", Path(name) / "after"


def compared(before: Project, after: Project, places: tuple[Path, Path]) -> Difference:
    files = before.write(places[0]), after.write(places[1])
    for file in files:
        note(file.read_text("utf-8"))
    with two_sides([str(file) for file in files]) as sides:
        [found] = differences(sides, api.TARGETS, {})
    assert not found.refused
    [difference] = found.pipelines
    return difference


def categories(difference: Difference) -> set[Category]:
    return {change.category for change in difference.changes}


@few
@given(projects().flatmap(lambda p: st.tuples(st.just(p), free_edits(p))))
def test_what_no_key_is_made_of_runs_nothing_again(pair: tuple[Project, Edit]) -> None:
    before, edit = pair
    note(edit.what)
    with folders() as places:
        found = compared(before, edit.project, places)
    assert not found.reruns
    # With the node its output has another name, which callers read.
    assert found.breaks == (edit.what == "rename a binding")
    if edit.what in OPERATIONAL:
        used = {node.step for node in before.nodes}
        changed = {n for n, s in enumerate(edit.project.steps) if s.noise}
        # What is said of a step that nothing calls has no effect at all.
        wanted = {Category.OPERATIONAL} if not changed or changed & used else set()
        assert categories(found) == wanted
    elif edit.what in RENAMES:
        kinds = {rename.kind for rename in found.renames}
        assert kinds <= {RENAMES[edit.what], "output"}
        rest = {c.category for c in found.changes if not c.breaks}
        assert rest <= {Category.COSMETIC}
        if edit.what in ("rename a binding", "rename the pipeline"):
            assert RENAMES[edit.what] in kinds
    elif edit.what == "declare more":
        assert categories(found) == {Category.ADDITIVE}
    else:
        assert edit.what in COSMETIC
        assert categories(found) <= {Category.COSMETIC}
        alone = edit.what == "declare in another order" and len(before.steps) == 1
        assert alone or categories(found)


def rows(plan: Plan, *wanted: State) -> set[str]:
    """The calls as they were written whose rows are in one of the states, merged ones included."""
    states = {node.id: node.state for node in plan.nodes}
    return {
        name
        for task in plan.graph.nodes
        if isinstance(task, Task) and states[task.id] in wanted
        for name in (task.id, *task.aliases)
    }


@few
@given(projects().flatmap(lambda p: st.tuples(st.just(p), telling_edits(p))))
def test_what_runs_again_is_what_plan_says_after_a_run(pair: tuple[Project, Edit]) -> None:
    before, edit = pair
    after = edit.project
    note(edit.what)
    with folders() as places:
        found = compared(before, after, places)
        assert api.run(places[0] / "project.mlp").status == "succeeded"
        file = after.write(places[0])
        promised = api.plan(file)
        did = {node.id for node in api.run(file).nodes if node.state == "ran"}

    sure = {str(r.node) for r in found.reruns if r.state is Again.RUN}
    perhaps = {str(r.node) for r in found.reruns if r.state is Again.DEPENDS}
    planned = rows(promised, State.RUN, State.DEPENDS)
    was, now = before.values(), after.values()
    identities = {before.identity(node, was) for node in before.nodes}
    # A node may have done the work of another one by chance: a run knows, a comparison cannot.
    chance = {n.name for n in after.nodes if after.identity(n, now) in identities}
    assert planned <= sure | perhaps
    assert (sure | perhaps) - chance <= planned
    assert not sure & chance, "what is sure has no result yet"
    assert did <= sure | perhaps
    fresh = {after.identity(n, now) for n in after.nodes if n.name in sure}
    done = {after.identity(n, now) for n in after.nodes if n.name in did}
    assert fresh <= done, "what is sure runs, equal work once"
    if sure:
        # In the module there may be functions for steps that run in shell.
        assert categories(found) - {Category.COSMETIC} == {Category.SEMANTIC}


@few
@given(projects())
def test_a_project_is_the_same_as_itself(project: Project) -> None:
    with folders() as places:
        found = compared(project, project, places)
    assert found.same
