"""What is known before the run of a node that is no block."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ...runtime.dataclass import replace
from ...runtime.descriptors import ValueMismatch
from ...runtime.evaluate import ABSENT, Absent, EvaluationError
from ...runtime.key import key_of
from ...runtime.origin import sources_of
from ...runtime.quantities import show_duration
from ...runtime.record import Record
from ..ir import meaning
from ..ir.nodes import (
    PASSED,
    Approval,
    Gate,
    Select,
    Task,
    all_ids,
    data_needs,
    hard_needs,
)
from ..ir.values import Json, NodeId
from ..passes.keys import Spec
from ..reasons import Reason
from ..source import Span
from .known import STOP, Known
from .past import Before
from .values import Call, State

UNCACHEABLE = (
    "effects",
    "cache.enabled",
    "cache",
    "environment.image",
    "environment.packages",
    "environment.requirements",
)
"""What a step may say that makes every run do its work anew."""


def task(node: Task, known: Known) -> None:
    """Raises `Absent` where it reads what is skipped: then it is skipped as well."""
    spec = known.spec(node.id)
    gate = known.undecided.get(node.id)

    def row(
        state: State,
        *reasons: Reason,
        key: str | None = None,
        record: Record | None = None,
        waits: Sequence[NodeId] = (),
        today: Record | None = None,
        before: Before | None = None,
    ) -> None:
        """A row; what would run only may run where it may never be reached."""
        if gate is not None and state is not State.HIT:
            state, reasons = State.DEPENDS, (gate, *reasons)
        if record is not None:
            known.row(node, state, *reasons, key=key, seconds=_seconds(record), record=record)
            return
        call, seconds = Call(node, spec, today), known.estimate(node)
        if before is not None:
            call = replace(call, before=before.record, called=before.name)
        known.row(node, state, *reasons, key=key, seconds=seconds, waits=waits, call=call)

    def because(
        state: State,
        part: str,
        text: str,
        key: str | None = None,
        span: Span | None = None,
        waits: Sequence[NodeId] = (),
    ) -> None:
        row(state, Reason(part, text, span=span or node.span), key=key, waits=waits)

    def compared(today: Record | None) -> None:
        before = known.past.of(node, spec, today)
        reasons: tuple[Reason, ...]
        if before is None:
            reasons = (Reason("new", _no_result(node, known), span=node.span),)
        else:
            text = "its last result answers no other run, or is not whole any more"
            lost = Reason("result", text, span=node.span)
            reasons = before.reasons or (lost,)
            if before.name is not None:
                text = f"ran as {before.name} before"
                reasons = (*reasons, Reason("name", text, span=node.span))
        key = None if today is None else today.key
        row(State.RUN, *reasons, key=key, today=today, before=before)

    waiting = known.waiting(data_needs(node))
    if waiting and not known.absent.isdisjoint(hard_needs(node)):
        text = f"waits for {known.listed(waiting)}, and reads what is skipped"
        known.twin(node)
        return because(State.DEPENDS, "inputs", text, waits=waiting)
    if not waiting:
        _look_for_absent(node, known)
    if spec.uncacheable is not None:
        return because(State.RUN, "cache", spec.uncacheable, span=_said_uncacheable(node))
    field = known.of_the_run(value for _, value in node.arguments)
    if field is not None:
        twin = known.twin(node)
        if twin is not None:
            return because(State.DEPENDS, "key", _may_be(twin), waits=[twin])
        text = f"reads `{field}`, which is another one in each run"
        return because(State.RUN, "arguments", text)
    if node.refresh:
        known.twin(node)
        return because(State.RUN, "refresh", "asked for by `reprocess`")
    if waiting:
        twin = known.twin(node)
        if not known.may_have(spec) and gate is None:
            if twin is not None:
                return because(State.DEPENDS, "key", _may_be(twin), waits=[twin])
            return compared(None)
        text = f"waits for {known.listed(waiting)}, which may come out the same"
        return because(State.DEPENDS, "inputs", text, waits=waiting)
    try:
        arguments = {name: meaning.evaluate(of, known.values) for name, of in node.arguments}
        key, parts, inputs = key_of(spec.json, arguments)
    except (EvaluationError, ValueMismatch) as problem:
        return because(State.DEPENDS, "arguments", f"an argument has no value: {problem}")
    ttl = node.settings.cache.ttl
    record = known.results.lookup(key, ttl)
    if record is not None:
        for port in node.definition.outputs:
            value = record.value(port.name, meaning.descriptor_of(port.type))
            known.values.update((f"{name}.{port.name}", value) for name in all_ids(node))
        return row(State.HIT, key=key, record=record)
    twin = known.twin(node)
    same = known.keys.setdefault(key, node.id)
    if same != node.id:
        text = f"does the same work as `{same}`, whichever comes first"
        return because(State.DEPENDS, "key", text, key, waits=[same])
    if twin is not None and gate is None:
        return because(State.DEPENDS, "key", _may_be(twin), key, waits=[twin])
    if ttl is not None and known.results.lookup(key) is not None:
        text = f"its result is older than {show_duration(timedelta(seconds=ttl))}"
        span = node.settings.span("cache.ttl")
        return because(State.RUN, "ttl", text, key, span)
    return compared(Record(key, {}, parts, inputs, _provenance(spec, arguments)))


def _no_result(node: Task, known: Known) -> str:
    """Why there is nothing that a node could be compared with."""
    if not known.results.here:
        return "the target's store has no result of it"
    run = known.results.failed(known.graph.name, node.id)
    return "has never run here" if run is None else f"failed in its last run, {run}"


def _said_uncacheable(node: Task) -> Span | None:
    """Where the program says what makes every run do the work anew."""
    for name in UNCACHEABLE:
        span = node.settings.span(name)
        if span is not None:
            return span
    return None


def _may_be(twin: NodeId) -> str:
    return f"need not run if its inputs come out as those of `{twin}`"


def _look_for_absent(node: Task, known: Known) -> None:
    """Raises `Absent` where an argument reads what is skipped; other faults come to light later."""
    for _, value in node.arguments:
        try:
            meaning.evaluate(value, known.values)
        except Absent:
            raise
        except EvaluationError:
            continue


def gate(node: Gate, known: Known) -> None:
    """Raises `Absent` where its condition reads what is skipped."""
    known.gates.add(node.id)
    waits = known.unknown(node.condition)
    shown = f"`expect {node.text}`"
    closed = f"{shown} does not hold"
    if waits is not None:
        if node.policy != "warn":
            text = f"stands behind {shown}, which only the run can decide"
            part = STOP if node.policy == "stop" else "gate"
            reason = Reason(part, text, span=node.span, of=node.id)
            known.undecided.setdefault(node.id, reason)
        waiting = known.waiting(data_needs(node))
        state = known.latest(waiting) if waiting else State.DEPENDS
        reason = Reason("inputs", f"{shown} waits for {waits}", span=node.span)
        return known.row(node, state, reason, waits=waiting)
    try:
        holds = meaning.evaluate(node.condition, known.values) is True
    except Absent:
        raise
    except EvaluationError as problem:
        return _closed(node, f"{shown} cannot be decided: {problem}", known)
    if holds or node.policy == "warn":
        known.values[f"{node.id}.{PASSED}"] = True
        warned = () if holds else (Reason("gate", f"{closed}: a warning", span=node.span),)
        return known.row(node, State.HIT, *warned)
    if node.policy == "fail":
        return _closed(node, closed, known)
    known.stopped.add(node.id)
    known.values[f"{node.id}.{PASSED}"] = ABSENT
    text = f"{closed}, so nothing behind it runs"
    return known.row(node, State.HIT, Reason("gate", text, span=node.span))


def _closed(node: Gate, text: str, known: Known) -> None:
    """A gate that will fail: what stands behind it will not be reached in this run."""
    text_behind = f"stands behind `{node.id}`, which fails"
    behind = Reason("gate", text_behind, span=node.span, of=node.id)
    above = known.undecided.setdefault(node.id, behind)
    what = "the run" if known.place(node.id) == (None, None) else "this branch"
    fails = Reason("gate", f"{text}, so {what} fails", span=node.span, of=node.id)
    known.row(node, State.HIT, *((fails,) if above is behind else (fails, above)))


def approval(node: Approval, known: Known) -> None:
    """Only a person decides, anew in each run."""
    known.gates.add(node.id)
    text = f"stands behind `{node.id}`, which a person decides"
    known.undecided.setdefault(node.id, Reason("gate", text, span=node.span, of=node.id))
    known.row(node, State.DEPENDS, Reason("gate", "waits for a person", span=node.span))


def select(node: Select, known: Known) -> None:
    """Raises `Absent` where it reads what is skipped."""
    waiting = known.waiting(data_needs(node))
    values = [value for _, value in node.outputs]
    if waiting:
        known.row(node, known.latest(waiting), waits=waiting)
    elif known.of_the_run(values) is not None:
        known.row(node, State.RUN)
    else:
        try:
            found = [(name, meaning.evaluate(value, known.values)) for name, value in node.outputs]
        except Absent:
            raise
        except EvaluationError as problem:
            known.fails(node, f"has no value: {problem}")
        else:
            known.values.update((f"{node.id}.{name}", value) for name, value in found)
            known.row(node, State.HIT)


def _seconds(record: Record) -> float | None:
    seconds = record.provenance.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def _provenance(spec: Spec, arguments: dict[str, object]) -> dict[str, Json]:
    """What explains a change, as the record of a result has it."""
    return {"explain": spec.json["explain"], "sources": sources_of(arguments)}
