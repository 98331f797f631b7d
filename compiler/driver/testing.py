"""Tests: the graph of what is tested, interpreted with stubs; the other steps run here for real."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter

from ...runtime.artifact import Artifact
from ...runtime.dataclass import dataclass, field, replace
from ...runtime.evaluate import EvaluationError
from ..check.values import Program
from ..diagnostics.diagnostic import Diagnostic, Label, Report, error
from ..interpret import End, Outcome, StepFailed, interpret
from ..ir import meaning
from ..ir.nodes import Gate, Task
from ..ir.values import Literal, NodeId
from ..lower import Mistaken, NotKnown
from ..lower.definitions import default_of
from ..lower.expressions import Expressions
from ..passes.fold import bind
from ..passes.host import on_host
from ..source import Span
from ..syntax import ast
from ..types.types import BOOL, DATE, STRING, Optional, Type
from .build import lowered
from .choose import on
from .expecting import FAILS, Ran, failures
from .front import Checked, Targets, Usage
from .parameters import DAY, today
from .stubbing import NoValue, Stubs, literal, standing_in, stubs_of, with_blocks, without_hooks
from .subject import pipeline_of
from .trying import Bench, Broken, Unable

_RUN: Mapping[str, Type] = {"day": DATE, "id": STRING, "url": STRING, "hooks": BOOL}


@dataclass(frozen=True, slots=True)
class Did:
    """What one node did: stubbed, hit, ran, passed, stopped, failed, skipped or blocked."""

    id: NodeId
    step: str | None
    state: str
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one test went: it passed where there are no `failures`."""

    title: str
    span: Span
    seconds: float
    failures: tuple[Diagnostic, ...]
    nodes: tuple[Did, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.failures


def choose_tests(checked: Checked, names: Sequence[str]) -> list[ast.Test]:
    """The tests of a file, or those of the given titles. Raises `Usage`."""
    assert checked.program is not None
    tests = list(checked.program.file.of(ast.Test))
    titles = [str(test.title.value) for test in tests]
    for name in names:
        if name not in titles:
            known = ", ".join(f"`{title}`" for title in titles) or "none"
            raise Usage(f"there is no test called `{name}`; the file has {known}")
    return [t for t in tests if not names or t.title.value in names]


def run_tests(
    checked: Checked,
    targets: Targets,
    tests: Sequence[ast.Test],
    *,
    stubbed: bool = False,
    seen: Callable[[Verdict], None] = lambda verdict: None,
) -> list[Verdict]:
    """Runs tests in the order written. `stubbed` lets no step run: each must have a stub."""
    bench = Bench(checked, targets)
    verdicts: list[Verdict] = []
    try:
        for test in tests:
            began = perf_counter()
            bench.begin()
            found = _Trial(checked, targets, test, bench, stubbed).verdict()
            verdicts.append(replace(found, seconds=perf_counter() - began))
            seen(verdicts[-1])
    finally:
        bench.close()
    return verdicts


@dataclass(slots=True)
class _Trial:
    """One test: `did` says what nodes did, `problems` what must not happen in a test."""

    checked: Checked
    targets: Targets
    test: ast.Test
    bench: Bench
    stubbed: bool
    did: dict[NodeId, tuple[str, str | None]] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)

    @property
    def program(self) -> Program:
        assert self.checked.program is not None
        return self.checked.program

    def verdict(self) -> Verdict:
        title, span = str(self.test.title.value), self.test.title.span
        report = Report()
        try:
            found, nodes = self.tried(report)
        except NoValue as problem:
            found, nodes = [problem.diagnostic], []
        except Mistaken as problem:
            wrong = error(problem.code, str(problem), problem.span, problem.label)
            found, nodes = [wrong], []
        except NotKnown:
            found, nodes = list(report), []
        return Verdict(title, span, 0.0, tuple(found), tuple(nodes))

    def tried(self, report: Report) -> tuple[list[Diagnostic], list[Did]]:
        program, test = self.program, self.test
        values = Expressions(program, {}, self.checked.disk)
        subject = program.typing.calls[id(test)]
        home = program.modules.get(subject.module, program)
        stubs = stubs_of(test, subject, program, values)
        given, run = self.given(values, home)
        written = pipeline_of(subject, home)
        at_home = replace(
            self.checked,
            program=replace(home, pipelines={**home.pipelines, written.name: written}),
            disk=self.checked.disk.of(subject.module),
            report=report,
        )
        chosen = on(program, self.targets, written.name, None)
        if home is not program:
            # Overrides are of steps and nodes of their own file.
            chosen = replace(chosen, block=None, image=None)
        known = {**given, DAY: run["day"]}
        with standing_in(stubs, program):
            graph = bind(lowered(at_home, chosen, known), known)
        if chosen.settings.get("containers") == "host":
            graph = on_host(graph)
        graph = with_blocks(graph, stubs)
        if not run["hooks"].value:
            graph = without_hooks(graph)
        fields = {f"run.{name}": meaning.value_of(value) for name, value in run.items()}
        outcome = interpret(
            graph,
            fields,
            lambda task, arguments: self.step(task, arguments, stubs, at_home),
            lambda approval, message: stubs.answers.get(stubs.called(approval.id), True),
        )
        nodes = [self.said(n, outcome) for n in outcome.ends if "[*]" not in n]
        if self.problems:
            # A step in a block comes once for each branch, and is one mistake.
            return list(dict.fromkeys(self.problems)), nodes
        past = outcome.account
        ran = Ran(subject, stubs, outcome, {**fields_of(fields), **past.fields}, given)
        found = list(failures(test, program, self.checked.disk, ran, self.rows, _told(nodes)))
        if not found and past.status == "failed" and not _looks_at_the_end(test, program):
            found = [self.failed(nodes)]
        return found, nodes

    def given(
        self, values: Expressions, home: Program
    ) -> tuple[dict[str, Literal], dict[str, Literal]]:
        """The values of all inputs, and what the test says of its run."""
        items = {i.ref.text: i.value for i in self.test.items if isinstance(i, ast.Given)}
        subject = self.program.typing.calls[id(self.test)]
        top = Expressions(home, {}, self.checked.disk.of(subject.module))
        given: dict[str, Literal] = {}
        for port in subject.inputs:
            if port.name in items:
                given[port.name] = literal(items[port.name], port.type, values)
            else:
                default = default_of(port, top)
                given[port.name] = default or Literal(Optional(port.type), None)
        run = {
            "day": meaning.constant(DATE, today(self.checked.project.zone)),
            "id": Literal(STRING, "test"),
            "url": Literal(STRING, "file:///test"),
            "hooks": Literal(BOOL, False),
        }
        for name, type_ in _RUN.items():
            if f"run.{name}" in items:
                run[name] = literal(items[f"run.{name}"], type_, values)
        return given, run

    def step(
        self, task: Task, arguments: Mapping[str, object], stubs: Stubs, at_home: Checked
    ) -> Mapping[str, object]:
        """What a step gives: its stub's values, or those of a real run."""
        stub = stubs.of(task.id)
        if stub is not None:
            self.did[task.id] = ("stubbed", None)
            return stub
        if task.settings.effects or self.stubbed:
            self.problems.append(self.must_not_run(task, stubs.called(task.id)))
            raise StepFailed
        try:
            outputs, hit = self.bench.run(task, arguments, at_home.locate)
        except Unable as problem:
            self.problems += problem.diagnostics
            raise StepFailed from None
        except Broken as problem:
            self.did[task.id] = ("failed", "\n".join([str(problem), *_log(problem)]))
            raise StepFailed(str(problem)) from None
        self.did[task.id] = ("hit" if hit else "ran", None)
        return outputs

    def must_not_run(self, task: Task, name: str) -> Diagnostic:
        shown = ", ".join(f"{port.name} = …" for port in task.definition.outputs)
        stub = f"stub {name} = {{ {shown} }}" if shown else f"stub {name} = {{ }}"
        title, named = self.test.title, f"test `{self.test.title.value}` would run"
        help_ = [f"add `{stub}` to the test"]
        if task.settings.effects:
            return error(
                "MLP0722",
                f"{named} `{task.definition.name}`, which has outside effects",
                title.span,
                "the test comes to it",
                labels=[Label(task.span, "this is the node")],
                help=help_,
            )
        return error(
            "MLP0722",
            f"{named} `{task.definition.name}`, which has no stub",
            task.span,
            "`--stubbed` lets nothing run",
            labels=[Label(title.span, "of this test")],
            help=help_,
        )

    def said(self, node: NodeId, outcome: Outcome) -> Did:
        end, found = outcome.ends[node], outcome.nodes.get(node)
        step = found.definition.name if isinstance(found, Task) else None
        if node in self.did:
            state, why = self.did[node]
            return Did(node, step, state, why)
        if not isinstance(found, Gate):
            return Did(node, step, end.value, outcome.why.get(node))
        stopped = node in outcome.stops
        words = {End.DONE: "passed", End.SKIPPED: "stopped" if stopped else "skipped"}
        return Did(node, step, words.get(end, end.value), outcome.why.get(node))

    def rows(self, artifact: Artifact) -> int:
        """Raises `EvaluationError` for what is no table."""
        from ...runtime.tables import TableError, row_count

        if artifact.source is not None:
            path = Path(artifact.source)
        else:
            path = self.bench.store.scratch() / artifact.name
            self.bench.store.materialize(artifact, path, share=True)
        try:
            return row_count(path)
        except TableError as problem:
            raise EvaluationError(str(problem)) from None

    def failed(self, nodes: Sequence[Did]) -> Diagnostic:
        return error(
            FAILS,
            f"the run of the test `{self.test.title.value}` failed",
            self.test.title.span,
            "it does not say that this is expected",
            notes=_told(nodes),
            help=['where it should fail, write `expect run.status == "failed"`'],
        )


def fields_of(fields: Mapping[str, object]) -> dict[str, object]:
    return {name.removeprefix("run."): value for name, value in fields.items()}


def _looks_at_the_end(test: ast.Test, program: Program) -> bool:
    """Whether a test asks how the run went."""
    texts = (program.source.slice(i.span) for i in test.items if isinstance(i, ast.Expect))
    return any(f"run.{name}" in text for text in texts for name in ("status", "failed", "error"))


def _log(problem: Broken, most: int = 15) -> list[str]:
    """The last lines of what a step wrote, but for those that only say again why it failed."""
    lines = problem.log.rstrip().splitlines()
    again = str(problem).splitlines()
    if lines[-len(again) :] == again:
        lines = lines[: -len(again)]
    return lines[-most:]


def _told(nodes: Sequence[Did], most: int = 12) -> list[str]:
    """What the nodes did, in words; why something failed comes first."""
    notes = [f"`{n.id}` failed: {n.why}" for n in nodes if n.state == "failed" and n.why]
    states: dict[str, list[str]] = {}
    for node in nodes:
        states.setdefault(node.state, []).append(f"`{node.id}`")
    for state, names in states.items():
        more = f" and {len(names) - most} more" if len(names) > most else ""
        notes.append(f"{state}: {', '.join(names[:most])}{more}")
    return notes
