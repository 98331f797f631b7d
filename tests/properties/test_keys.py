"""Edits of random projects: what they may change in keys, and what then runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st
from properties.pipelines import Edit, Project, free_edits, projects, telling_edits

from millpond.compiler.ir.nodes import Task
from millpond.compiler.plan import Plan, State
from millpond.compiler.plan.chain import chain
from millpond.face import api

# Every example runs two pipelines: there are few of them, and none is made smaller.
few = settings(
    max_examples=max(8, settings().max_examples // 8),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def keys(plan: Plan) -> dict[str, str | None]:
    """The key of every call as it was written, merged ones included."""
    found = {node.id: node.key for node in plan.nodes}
    return {
        name: found[task.id]
        for task in plan.graph.nodes
        if isinstance(task, Task)
        for name in (task.id, *task.aliases)
    }


def ran(result: api.RunResult) -> set[str]:
    return {node.id for node in result.nodes if node.state == "ran"}


def states(plan: Plan, *wanted: State) -> set[str]:
    return {node.id for node in plan.nodes if node.state in wanted}


def run(file: Path, project: Project) -> api.RunResult:
    """Runs, and holds the results against the model: a cache changes no result."""
    result = api.run(file)
    assert result.status == "succeeded", [node.why for node in result.nodes]
    values = project.values()
    assert result.outputs == {f"of_{name}": value for name, value in values.items()}
    return result


@few
@given(projects().flatmap(lambda p: st.tuples(st.just(p), telling_edits(p))))
def test_an_edit_changes_exactly_the_keys_that_depend_on_it(pair: tuple[Project, Edit]) -> None:
    before, edit = pair
    after = edit.project
    with folder() as place:
        file = before.write(place)
        note(file.read_text("utf-8"))
        run(file, before)
        old = api.plan(file)
        assert states(old, State.HIT) == {node.id for node in old.nodes}
        after.write(place)
        note(f"{edit.what}:\n{file.read_text('utf-8')}")
        promised = api.plan(file)
        did = ran(run(file, after))
        new = api.plan(file)
        assert states(new, State.HIT) == {node.id for node in new.nodes}
        assert states(promised, State.RUN) <= did
        assert did <= states(promised, State.RUN, State.DEPENDS)

        was, is_ = before.values(), after.values()
        identities = [before.identity(node, was) for node in before.nodes]
        touched = {
            now.name
            for then, now in zip(before.nodes, after.nodes, strict=True)
            if before.identity(then, was) != after.identity(now, is_)
        }
        assert {name for name, key in keys(new).items() if keys(old)[name] != key} == touched
        unknown = {n.name for n in after.nodes if after.identity(n, is_) not in identities}
        assert did <= unknown, "equal bytes wake nothing"
        assert len(did) == len({after.identity(n, is_) for n in after.nodes} - set(identities))


BLAMED = {
    "parameter": "arguments.",
    "argument": "arguments.",
    "default": "arguments.",
    "code": "body",
    "code below": "body",
    "env": "settings.env.",
    "cache.version": "settings.version",
    "output type": "outputs.",
}
"""The part of the key that an edit changes, by what is edited."""


def blamed(plan: Plan) -> dict[str, str]:
    """What decides over each task that is no hit."""
    found = {}
    for row in plan.nodes:
        if row.kind == "task" and row.state is not State.HIT:
            [first, *_] = chain(plan, row).links[-1].reasons
            found[row.id] = first.part
    return found


@few
@given(
    projects().flatmap(
        lambda p: telling_edits(p).flatmap(
            lambda first: st.tuples(st.just(p), st.just(first), telling_edits(first.project))
        )
    )
)
def test_why_names_what_to_take_back(case: tuple[Project, Edit, Edit]) -> None:
    before, one, two = case
    with folder() as place:
        file = before.write(place)
        note(file.read_text("utf-8"))
        run(file, before)
        for edits in ((one, two), (one,), ()):
            # Take back the later edit, then the earlier one: what is blamed is what is left.
            project = edits[-1].project if edits else before
            project.write(place)
            note(f"{[edit.what for edit in edits]}:\n{file.read_text('utf-8')}")
            found = blamed(api.plan(file))
            allowed = tuple(BLAMED[edit.what] for edit in edits)
            assert all(part.startswith(allowed) for part in found.values()), found
            assert found or not any(
                before.identity(n, before.values()) != project.identity(m, project.values())
                for n, m in zip(before.nodes, project.nodes, strict=True)
            )
        assert not found, "all is as it was, so all are hits"


@few
@given(projects().flatmap(lambda p: st.tuples(st.just(p), free_edits(p))))
def test_what_no_key_is_made_of_changes_no_key(pair: tuple[Project, Edit]) -> None:
    before, edit = pair
    with folder() as place:
        file = before.write(place)
        note(file.read_text("utf-8"))
        run(file, before)
        old = keys(api.plan(file))
        edit.project.write(place)
        note(f"{edit.what}:\n{file.read_text('utf-8')}")
        assert keys(api.plan(file)) == {edit.name(name): key for name, key in old.items()}
        assert ran(run(file, edit.project)) == set()
