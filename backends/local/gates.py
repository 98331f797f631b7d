"""Gates: whether `expect` lets the run go on, and the words where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from ...compiler.ir import meaning
from ...compiler.ir.nodes import Gate
from ...runtime.evaluate import Absent, Blocked, EvaluationError
from ...runtime.helper_node import refusal

Policy = Literal["pass", "fail", "warn", "stop"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says: `pass`, or what its policy makes of a condition that does not hold."""

    policy: Policy
    words: str | None = None


def decide(gate: Gate, values: Mapping[str, object]) -> Verdict:
    """`values` are outputs by `node.port`. A condition without a value fails the run; one that
    reads what was skipped or failed raises `Absent` or `Blocked`."""
    message = None if gate.message is None else meaning.to_json(gate.message)
    helper = {"condition": meaning.to_json(gate.condition), "text": gate.text, "message": message}
    try:
        words = refusal(helper, values)
    except (Absent, Blocked):
        raise
    except EvaluationError as problem:
        return Verdict("fail", f"`expect {gate.text}` cannot be decided: {problem}")
    return Verdict("pass") if words is None else Verdict(cast(Policy, gate.policy), words)
