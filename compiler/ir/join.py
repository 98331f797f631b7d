"""What a join comes to once its members have settled: which limbs failed, and what is yielded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...runtime.dataclass import dataclass
from ...runtime.evaluate import ABSENT, Absent, EvaluationError
from . import meaning
from .values import Join, Limb, NodeId


@dataclass(frozen=True, slots=True)
class Joined:
    """`failed` are the limbs that failed; `value` is what the port `yield` holds.

    `broken` says whether that is more than the block allows: then the join itself has failed.
    `why` is set where a limb failed for want of a value rather than by a node.
    """

    failed: tuple[str, ...]
    value: object
    broken: bool
    why: str | None = None


def joined(join: Join, failed: Callable[[NodeId], bool], names: Mapping[str, object]) -> Joined:
    """Every member has settled; `failed` says which ones ended badly, `names` holds the values of
    the others, `ABSENT` for what was skipped."""
    bad: list[str] = []
    values: list[object] = []
    why: str | None = None
    for limb in join.limbs:
        if any(failed(member) for member in limb.members):
            bad.append(limb.name)
            continue
        try:
            value = _yielded(limb, names)
        except Absent:
            continue
        except EvaluationError as problem:
            bad.append(limb.name)
            why = why or f"`yield` has no value: {problem}"
            continue
        values.append({"key": limb.name, "value": value} if join.kind == "partition" else value)
    broken = len(bad) > (join.allowed if join.kind == "for" else 0)
    if join.kind != "when":
        return Joined(tuple(bad), values, broken, why)
    return Joined(tuple(bad), values[0] if values else None, broken, why)


def _yielded(limb: Limb, names: Mapping[str, object]) -> object:
    if limb.result is None:
        return None
    value = meaning.evaluate(limb.result, names)
    if value is ABSENT:
        raise Absent(limb.name)
    return value
