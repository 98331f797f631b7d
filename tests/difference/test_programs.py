"""Random programs with every construct: what an edit makes run is among what is told."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, assume, given, note, settings
from hypothesis import strategies as st
from properties.programs import furnish, programs
from properties.test_programs import work, written

from millpond.compiler.difference.matching import stem
from millpond.compiler.difference.phrase import plain
from millpond.compiler.difference.values import Again, Category, Difference
from millpond.compiler.driver.build import lowered
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.comparing import differences
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.driver.sides import two_sides
from millpond.compiler.interpret import End, Outcome, interpret
from millpond.compiler.ir import meaning
from millpond.compiler.ir.nodes import Task
from millpond.compiler.passes.fold import bind
from millpond.face.api import TARGETS
from millpond.runtime.artifact import Artifact

few = settings(
    max_examples=max(30, settings().max_examples // 4),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)
NUMBER = re.compile(r"(?<![\w.-])\d(?![\w.%-])")
STEPS = ("add", "maybe", "spread", "total", "pair")


def compared(before: str, after: str) -> Difference | None:
    """The difference of the pipeline `main`, None where the later program has errors."""
    with TemporaryDirectory() as folder:
        for side, text in (("before", before), ("after", after)):
            place = Path(folder) / side
            place.mkdir()
            furnish(place)
            (place / "random.mlp").write_text(text, "utf-8")
        if front(Path(folder) / "after" / "random.mlp", TARGETS).report.has_errors:
            return None
        with two_sides([f"{folder}/{side}/random.mlp" for side in ("before", "after")]) as sides:
            [found] = differences(sides, TARGETS, {})
    return next((one for one in found.pipelines if one.name == "main"), None)


def contents(value: object) -> object:
    """A value without the place where it lies."""
    return value.digest if isinstance(value, Artifact) else value


def did(text: str) -> tuple[dict[str, tuple[str, str]], Outcome]:
    """What each node does in a run: its step and what it is given; effects left out."""
    with TemporaryDirectory() as folder:
        checked = written(text, Path(folder))
        chosen = choose(checked, TARGETS, "main", None)
        values = given_values(checked, chosen, {}, complete=True)
        graph = bind(lowered(checked, chosen, values), values)
        steps: dict[str, str] = {}
        for node in graph.everything():
            if isinstance(node, Task) and not node.settings.effects:
                steps[stem(node.id)] = node.definition.name
        outcome = interpret(graph, {n: meaning.value_of(v) for n, v in values.items()}, work)
    done = {
        str(node): (steps[stem(node)], repr([(n, contents(v)) for n, v in arguments.items()]))
        for node, arguments in outcome.arguments.items()
        if stem(node) in steps and outcome.ends[node] is End.DONE
    }
    return done, outcome


@few
@given(programs())
def test_a_program_is_the_same_as_itself(text: str) -> None:
    note(text)
    found = compared(text, text)
    assert found is not None
    assert found.same


@few
@given(programs(), st.data())
def test_what_an_edit_makes_run_is_told(text: str, data: st.DataObject) -> None:
    start = text.index("pipeline")
    places = [match.start() for match in NUMBER.finditer(text, start)]
    step = data.draw(st.sampled_from(STEPS))
    if places and data.draw(st.booleans()):
        place = data.draw(st.sampled_from(places))
        after = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
        edited = ""
    else:
        run = f'run python "bodies:{step}"'
        after, edited = text.replace(run, f'{run} env {{ X = "1" }}'), step
    note(text)
    note(after)
    found = compared(text, after)
    assume(found is not None)
    assert found is not None
    (before, first), (now, second) = did(text), did(after)
    assume(not first.failed and not second.failed)
    results = set(before.values())
    told = {stem(rerun.node) for rerun in found.reruns}
    for node, work_ in now.items():
        if work_[0] == edited or work_ not in results:
            assert stem(node) in told, node
    for rerun in found.reruns:
        if rerun.state is Again.RUN and str(rerun.node) in now:
            did_it = now[rerun.node]
            assert did_it[0] == edited or did_it not in results, rerun.node


@few
@given(programs())
def test_other_names_run_nothing_again(text: str) -> None:
    start = text.index("pipeline")
    after = text[:start] + re.sub(r"\b([a-z])(\d+)\b(?!\s*:)", r"\1_\2", text[start:])
    note(after)
    found = compared(text, after)
    assume(found is not None)
    assert found is not None
    assert not found.reruns
    kept = [change for change in found.changes if not change.breaks]
    semantic = [plain(c.phrase) for c in kept if c.category is Category.SEMANTIC]
    assert semantic == []
