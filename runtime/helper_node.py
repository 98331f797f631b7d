"""Helper nodes: what an engine cannot say itself; gates, run-time values, parameters, outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from .artifact import Artifact, Json
from .descriptors import Type, ValueMismatch, spell
from .evaluate import EvaluationError, evaluate
from .key import key_of
from .record import Record, output_entry
from .store import Store
from .texts import show

Helper = Mapping[str, Json]


class GateClosed(Exception):  # noqa: N818 - it names what happened, not a fault
    """A gate fails the run; the message is for the user."""


def input_types(helper: Helper) -> dict[str, Type]:
    """The names a helper's expressions use, or an entry's parameters."""
    return cast("dict[str, Type]", helper.get("names") or helper.get("parameters") or {})


def run_helper(
    helper: Helper,
    arguments: Mapping[str, object],
    store: Store,
    say: Callable[[str], None],
    tell: Callable[[str], None],
) -> Record:
    """Do a helper's work and publish its record. `tell` is for results, `say` for messages.

    Raises `GateClosed`, `EvaluationError`, `StoreUnreachableError`.
    """
    kind = helper["kind"]
    outputs: list[tuple[str, Type, object]]
    if kind == "gate":
        outputs = [("passed", "Bool", pass_gate(helper, arguments, say))]
    elif kind == "entry":
        for gate in cast("list[Helper]", helper.get("gates") or []):
            pass_gate(gate, arguments, say)
        outputs = [(name, of, arguments[name]) for name, of in input_types(helper).items()]
    else:
        rows = cast("list[tuple[str, Type, Json]]", helper["outputs"])
        outputs = [(name, of, evaluate(expression, arguments)) for name, of, expression in rows]
    record = _record(helper, arguments, outputs)
    if kind == "outputs":
        for name, _, value in outputs:
            tell(f"{name} = {_told(value, store)}")
    return store.publish(record)


def pass_gate(gate: Helper, names: Mapping[str, object], say: Callable[[str], None]) -> bool:
    """Whether a gate lets pass; False is for policies that do not fail the run.

    Raises `GateClosed` where it does.
    """
    words = refusal(gate, names)
    if words is None:
        return True
    if gate.get("policy", "fail") == "fail":
        raise GateClosed(words)
    say(f"{gate['policy']}: {words}")
    return False


def refusal(gate: Helper, names: Mapping[str, object]) -> str | None:
    """Why a gate's condition does not hold, with the values it read; None where it holds.

    Raises `EvaluationError`.
    """
    if evaluate(gate["condition"], names):
        return None
    text = cast(str, gate["text"])
    message = gate.get("message")
    why = show(evaluate(message, names)) if message is not None else f"expected {text}"
    seen = ", ".join(f"{name} = {value}" for name, value in _seen(gate["condition"], names))
    return f"{why} ({text}; {seen})" if seen else f"{why} ({text})"


def _seen(expression: Json, names: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """The names and fields a condition reads, with their values, for the message."""
    found: dict[str, str] = {}

    def visit(form: Json) -> None:
        path = _path(form)
        if path is not None:
            try:
                value = evaluate(form, names)
            except EvaluationError:
                return
            if not isinstance(value, (dict, list, Artifact)):
                found[path] = "none" if value is None else show(value)
        elif isinstance(form, list):
            for item in form[1:]:
                visit(item)

    visit(expression)
    return iter(found.items())


def _path(form: Json) -> str | None:
    if not isinstance(form, list) or len(form) < 2:
        return None
    if form[0] == "ref":
        return cast(str, form[1])
    if form[0] in ("field", "field?"):
        owner = _path(form[1])
        return None if owner is None else f"{owner}.{form[2]}"
    return None


def _record(
    helper: Helper, arguments: Mapping[str, object], outputs: list[tuple[str, Type, object]]
) -> Record:
    """The record of a helper: the same for the same helper and arguments, wherever it ran."""
    spec: dict[str, Json] = {
        "inputs": [[name, of] for name, of in input_types(helper).items()],
        "outputs": [[name, of] for name, of, _ in outputs],
        "parts": {"body": {"helper": dict(helper)}, "environment": {}, "settings": {}, "salt": ""},
    }
    key, parts, inputs = key_of(spec, arguments)
    entries: dict[str, dict[str, Json]] = {}
    for name, of, value in outputs:
        try:
            entries[name] = output_entry(of, value)
        except ValueMismatch as problem:
            raise EvaluationError(f"`{name}: {spell(of)}`: {problem}") from None
    return Record(key, entries, parts, inputs, {})


def _told(value: object, store: Store) -> str:
    if isinstance(value, Artifact):
        return value.source or store.address(value)
    if isinstance(value, list):
        return "[" + ", ".join(_told(item, store) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_told(v, store)}" for name, v in value.items()) + "}"
    return "none" if value is None else show(value)
