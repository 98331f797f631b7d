"""What a test expects, held against what its run came to; both sides are shown where it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from ...runtime.artifact import Artifact
from ...runtime.dataclass import dataclass
from ...runtime.evaluate import ABSENT, Absent, EvaluationError
from ...runtime.texts import show
from ..check.values import Callee, CheckedPipeline, CheckedStep, Kind, Program
from ..diagnostics.diagnostic import Diagnostic, Label, error
from ..interpret import End, Outcome
from ..ir import meaning
from ..ir.nodes import YIELD
from ..ir.values import Expr, Literal, NodeId, ParameterRef
from ..lower.expressions import Expressions, record_of
from ..lower.reader import Reader
from ..source import Span
from ..syntax import ast
from ..types.types import BOOL, INT, Dataset, Per, Type, keyed
from .stubbing import Stubs
from .subject import LOOKED_AT

FAILS = "MLP0723"

Rows: TypeAlias = "Callable[[Artifact], int]"
"""Counts the rows of a dataset."""

_RAN = (End.DONE, End.FAILED)
_COMPARED = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "not in"})


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that a test looks back on. `run` has the fields of `run.…`, `given` the parameters."""

    subject: Callee
    stubs: Stubs
    outcome: Outcome
    run: Mapping[str, object]
    given: Mapping[str, Literal]

    def instances(self, name: str) -> list[NodeId]:
        """The nodes of a name that ran: several where it stands in a loop."""
        ends = self.outcome.ends
        return [n for n, end in ends.items() if end in _RAN and name in self.stubs.names.of(n)]

    def times(self, name: str) -> int:
        """How many times a node ran. A called pipeline ran where one of its nodes did."""
        count = len(self.instances(name))
        if count or name in self.stubs.outputs:
            return count
        ran = (node for node, end in self.outcome.ends.items() if end in _RAN)
        calls = (call for node in ran for call in self.stubs.names.calls(node))
        return len({which for called, which in calls if called == name})


class _Looking(Expressions):
    """Lowers what a test expects; `values` has what it reads, `lacking` why something is not
    there."""

    def __init__(self, program: Program, read: Reader, ran: Ran, rows: Rows) -> None:
        super().__init__(program, {}, read)
        self.ran = ran
        self.rows = rows
        self.read_values: dict[str, object] = {f"run.{n}": v for n, v in ran.run.items()}
        self.lacking: dict[str, str] = {}
        self._see_inputs()
        self._see_outputs()
        if isinstance(ran.subject, CheckedPipeline):
            self._see_bindings(ran.subject)

    def value(self, written: ast.Expr) -> object:
        """Raises `EvaluationError`, of which `Absent` where nothing of this name ran."""
        return meaning.evaluate(self.expression(written), self.read_values)

    def expression(self, node: ast.Expr) -> Expr:
        match node:
            case ast.FieldOf(base=base, field=ast.Name(text="row_count")) if isinstance(
                self.type_of(base), Dataset
            ):
                artifact = self.value(base)
                assert isinstance(artifact, Artifact)
                return Literal(INT, self.rows(artifact))
            case ast.Call(callee=ast.NameRef(name="ran" | "runs" as word), arguments=(asked,)):
                times = self.ran.times(self.source.slice(asked.value.span).replace(" ", ""))
                return Literal(INT, times) if word == "runs" else Literal(BOOL, times > 0)
            case _:
                return super().expression(node)

    def _offer(self, name: str, type_: Type, value: object, why: str = "") -> ParameterRef:
        self.read_values[name] = value
        if value is ABSENT:
            self.lacking[name] = why
        plain = keyed(type_.item) if isinstance(type_, Per) else type_
        return ParameterRef(plain, name)

    def _see_outputs(self) -> None:
        for port in self.ran.subject.ports:
            value = self.ran.outcome.outputs.get(port.name, ABSENT)
            why = f"the output `{port.name}` has no value"
            self.names[port.name] = self._offer(f"output {port.name}", port.type, value, why)

    def _see_inputs(self) -> None:
        for port in self.ran.subject.inputs:
            self.names[port.name] = self.ran.given[port.name]

    def _see_bindings(self, subject: CheckedPipeline) -> None:
        for name, binding in subject.bindings.items():
            if isinstance(binding.step, CheckedStep) or name in self.ran.stubs.outputs:
                ports = binding.step.ports if binding.step is not None else ()
                self.names[name] = record_of(
                    {p.name: self._of_node(name, p.name, p.type) for p in ports}
                )
            elif binding.step is not None:
                self.names[name] = record_of(
                    {
                        p.name: self._looked_at(f"{name}.{p.name}", p.type)
                        for p in binding.step.ports
                    }
                )
            elif binding.kind is Kind.BLOCK:
                self.names[name] = self._of_node(name, YIELD, binding.type)
            elif binding.kind is Kind.VALUE:
                self.names[name] = self._looked_at(name, binding.type)

    def _of_node(self, name: str, port: str, type_: Type) -> ParameterRef:
        found = self.ran.instances(name)
        key = f"{name}.{port}"
        if len(found) == 1:
            value = self.ran.outcome.values.get(f"{found[0]}.{port}", ABSENT)
            return self._offer(key, type_, value, f"`{name}` failed")
        why = f"`{name}` ran {len(found)} times" if found else f"`{name}` did not run"
        return self._offer(key, type_, ABSENT, why)

    def _looked_at(self, name: str, type_: Type) -> ParameterRef:
        value = self.ran.outcome.outputs.get(f"{LOOKED_AT}{name}", ABSENT)
        return self._offer(f"{LOOKED_AT}{name}", type_, value, f"`{name}` has no value")


def failures(
    test: ast.Test, program: Program, read: Reader, ran: Ran, rows: Rows, did: Sequence[str]
) -> Iterator[Diagnostic]:
    """What a test expects in vain; `did` says what the nodes did, once."""
    looking = _Looking(program, read, ran, rows)
    notes = did
    for item in test.items:
        if isinstance(item, ast.Expect):
            found = _failure(item, test, looking, notes)
            if found is not None:
                notes = ()
                yield found


def _failure(
    item: ast.Expect, test: ast.Test, looking: _Looking, did: Sequence[str]
) -> Diagnostic | None:
    label = "this does not hold"
    try:
        if looking.value(item.condition) is True:
            return None
    except Absent as problem:
        label = _lacking(problem, looking)
    except EvaluationError as problem:
        label = str(problem)
    notes = list(did)
    if item.message is not None:
        with suppress(EvaluationError):
            notes.insert(0, show(looking.value(item.message)))
    return error(
        FAILS,
        f"the test `{test.title.value}` expects something else",
        item.condition.span,
        label,
        labels=[
            Label(span, text)
            for span, text in _sides(item.condition, looking)
            if span != item.condition.span
        ],
        notes=notes,
    )


def _lacking(problem: Absent, looking: _Looking) -> str:
    """Why what was read is not there, in the words of the test."""
    return next(
        (why for name, why in looking.lacking.items() if f"`{name}`" in str(problem)),
        str(problem),
    )


def _sides(condition: ast.Expr, looking: _Looking) -> Iterator[tuple[Span, str]]:
    """The parts of a condition with the values that they have."""
    match condition:
        case ast.Unary(operand=operand):
            yield from _sides(operand, looking)
        case ast.Binary(operator=operator, left=left, right=right):
            compared = " ".join(operator.text.split()) in _COMPARED
            for side in (left, right):
                if not compared:
                    yield from _sides(side, looking)
                elif not isinstance(side, ast.Literal | ast.Quantity):
                    yield from _shown(side, looking)
        case _:
            yield from _shown(condition, looking)


def _shown(part: ast.Expr, looking: _Looking) -> Iterator[tuple[Span, str]]:
    try:
        value = looking.value(part)
    except EvaluationError:
        return
    yield part.span, f"is {_text(value)}"


def _text(value: object, most: int = 50) -> str:
    match value:
        case None:
            text = "none"
        case bool():
            text = "true" if value else "false"
        case str():
            text = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case Artifact():
            text = value.name
        case list():
            text = "[" + ", ".join(_text(item) for item in value) + "]"
        case dict():
            text = "{ " + ", ".join(f"{k} = {_text(v)}" for k, v in value.items()) + " }"
        case _:
            text = show(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
