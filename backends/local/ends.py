"""The words for a block that failed: which of its branches did."""

from __future__ import annotations

from collections.abc import Callable

from ...compiler.ir.join import Joined
from ...compiler.ir.nodes import Join
from ...compiler.ir.values import NodeId

_MOST = 5


def words_of(join: Join, found: Joined, failed: Callable[[NodeId], bool]) -> str:
    """`3 of 8 branches failed, 1 may: 0, 4, 7`; for a `when` what failed in it."""
    if found.why is not None:
        return found.why
    if join.kind == "when":
        members = (member for limb in join.limbs for member in limb.members)
        return f"`{next(filter(failed, members))}` failed"
    what = "partitions" if join.kind == "partition" else "branches"
    may = f", {join.allowed} may" if join.allowed else ""
    names = ", ".join(found.failed[:_MOST]) + (", …" if len(found.failed) > _MOST else "")
    return f"{len(found.failed)} of {len(join.limbs)} {what} failed{may}: {names}"
