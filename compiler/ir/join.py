"""What a join comes to once its members have settled: which limbs failed, and what is yielded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ...runtime.dataclass import dataclass
from ...runtime.evaluate import ABSENT, Absent, Blocked, EvaluationError
from . import meaning
from .nodes import Join, Limb
from .values import NodeId


@dataclass(frozen=True, slots=True)
class Joined:
    """`failed` are the limbs that failed; `value` is what the port `yield` holds.

    `broken` says whether that is more than the block allows: then the join itself has failed.
    `blocked` says that a limb stands below a failure outside of it: then so does the join.
    `why` is set where a limb failed for want of a value rather than by a node.
    """

    failed: tuple[str, ...]
    value: object
    broken: bool
    why: str | None = None
    blocked: bool = False


def _never(_: NodeId) -> bool:
    return False


def joined(
    join: Join,
    failed: Callable[[NodeId], bool],
    names: Mapping[str, object],
    blocked: Callable[[NodeId], bool] = _never,
) -> Joined:
    """Every member has settled; `failed` says which ones failed, `blocked` which ones never
    started below a failure; `names` holds the values of the others, `ABSENT` for what was skipped
    and `FAILED` for what failed outside of the block.
    """
    hindered = False
    bad: list[str] = []
    values: list[object] = []
    why: str | None = None
    for limb in join.limbs:
        if any(failed(member) for member in limb.members):
            bad.append(limb.name)
            continue
        if any(blocked(member) for member in limb.members):
            hindered = True
            continue
        try:
            value = _yielded(limb, names)
        except Absent:
            continue
        except Blocked:
            hindered = True
            continue
        except EvaluationError as problem:
            bad.append(limb.name)
            why = why or f"`yield` has no value: {problem}"
            continue
        values.append({"key": limb.name, "value": value} if join.kind == "partition" else value)
    broken = len(bad) > (join.allowed if join.kind == "for" else 0)
    value = (values[0] if values else None) if join.kind == "when" else values
    return Joined(tuple(bad), value, broken, why, hindered and not broken)


def _yielded(limb: Limb, names: Mapping[str, object]) -> object:
    if limb.result is None:
        return None
    value = meaning.evaluate(limb.result, names)
    if value is ABSENT:
        raise Absent(limb.name)
    return value
