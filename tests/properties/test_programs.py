"""Random programs mean the same before and after every pass, and with blocks that are expanded
when lowering or while running."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import Phase, given, note, settings
from properties import bodies
from properties.programs import furnish, programs

from millpond.compiler.contract.runner import NodeState
from millpond.compiler.driver.build import build, lowered
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import Checked, front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.interpret import End, Outcome, StepFailed, interpret
from millpond.compiler.ir import meaning
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.text import to_text
from millpond.compiler.ir.values import Literal, NodeId
from millpond.compiler.ir.verify import verify
from millpond.compiler.passes import DEFAULT
from millpond.compiler.passes.fold import bind
from millpond.compiler.passes.run import run as run_passes
from millpond.face import api
from millpond.face.api import TARGETS
from millpond.runtime.artifact import Artifact


def written(text: str, place: Path) -> Checked:
    """The program as a project of its own, checked."""
    furnish(place)
    file = place / "random.mlp"
    file.write_text(text, "utf-8")
    checked = front(file, TARGETS)
    wrong = [d for d in checked.report if d.severity.value == "error"]
    assert not wrong, [(d.code, d.message, checked.locate(d.span)) for d in wrong if d.span]
    return checked


def seen(value: object) -> object:
    """A value as a body sees it: a file by its path."""
    return Path(str(value.source)) if isinstance(value, Artifact) else value


def work(task: Task, arguments: Mapping[str, object]) -> Mapping[str, object]:
    """What a step hands out: its body, called here."""
    body = getattr(bodies, task.definition.name)
    given = {name: seen(value) for name, value in arguments.items() if value is not None}
    try:
        found = body(**given)
    except ValueError as problem:
        raise StepFailed(str(problem)) from None
    ports = task.definition.outputs
    return found if len(ports) > 1 else {ports[0].name: found}


def come_to(graph: Graph, values: Mapping[str, Literal] | None = None) -> Outcome:
    known = {name: meaning.value_of(literal) for name, literal in (values or {}).items()}
    return interpret(graph, known, work)


def same(after: Outcome, before: Outcome) -> None:
    assert after.outputs == before.outputs
    assert after.arguments == before.arguments
    assert after.failed == before.failed
    both = after.ends.keys() & before.ends.keys()
    assert {name: after.ends[name] for name in both} == {name: before.ends[name] for name in both}


@settings(max_examples=settings().max_examples if settings().max_examples > 100 else 60)
@given(programs())
def test_a_program_means_what_it_means(text: str) -> None:
    note(text)
    with TemporaryDirectory() as folder:
        checked = written(text, Path(folder))
        chosen = choose(checked, TARGETS, "main", None)
        values = given_values(checked, chosen, {}, complete=True)
        graph = lowered(checked, chosen, values)
        verify(graph, "lowering")
        assert to_text(graph) == to_text(lowered(checked, chosen, values))
        bound = bind(graph, values)
        meant = come_to(bound)
        run_passes(bound, DEFAULT, lambda _, changed: same(come_to(changed), meant))
        template = lowered(checked, chosen, {})
        verify(template, "lowering without values")
        later = (graph, template, run_passes(template, DEFAULT))
        for other in (come_to(each, values) for each in later):
            # Where a node failed, an expression that is decided early may leave it out.
            assert other.failed == meant.failed
            if not meant.failed:
                same(other, meant)


# Every example is a run of its own: there are few of them, and none is made smaller.
few = settings(
    max_examples=max(8, settings().max_examples // 10),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@few
@given(programs())
def test_a_run_comes_to_what_the_program_means(text: str) -> None:
    note(text)
    with TemporaryDirectory() as folder:
        checked = written(text, Path(folder))
        chosen = choose(checked, TARGETS, "main", None)
        values = given_values(checked, chosen, {}, complete=True)
        built = build(checked, chosen, values, frozen=True)
        meant = come_to(built.graph)
        if built.refused:
            assert meant.failed
            return
        found = api.run(Path(folder) / "random.mlp", pipeline="main", keep_going=True)
        assert (found.status == "failed") == meant.failed
        if not meant.failed:
            assert dict(found.outputs) == meant.outputs
        for node in found.nodes:
            assert _ended(node.state, meant.ends[NodeId(node.id)]), node


def _ended(state: NodeState, meant: End) -> bool:
    match state:
        case NodeState.HIT | NodeState.RAN:
            return meant is End.DONE
        case NodeState.FAILED:
            return meant is End.FAILED
        case NodeState.SKIPPED:
            return meant in (End.SKIPPED, End.BLOCKED)
