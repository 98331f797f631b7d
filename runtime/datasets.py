"""A dataset held against its declared type: its columns, then the conditions on its rows."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from .arrow import TableError
from .artifact import Json
from .descriptors import Type, fields, part


def examine(path: Path, type: Type, checks: Json = None) -> tuple[str, ...]:
    """The conditions of policy `warn` that do not hold, in words.

    `checks` is the step's setting: False looks at no row conditions, `{"sample": 0.1}` at a tenth
    of the rows. Raises `TableError` for columns and for conditions that fail the step.
    """
    if part(type) is None:
        return ()
    # Most steps have no columns to check, and every body's process would import it all.
    from .columns import check_columns
    from .conditions import breaches, conditions_of

    declared = fields(type)
    check_columns(path, declared)
    conditions = conditions_of(part(type, 2))
    if checks is False or not conditions:
        return ()
    share = checks.get("sample") if isinstance(checks, dict) else None
    found = breaches(path, declared, conditions, 1.0 if share is None else cast(float, share))
    failed = [breach for breach in found if breach.condition.policy != "warn"]
    if failed:
        words = "; ".join(breach.words for breach in failed)
        raise TableError(words, "".join(breach.table for breach in failed))
    return tuple(breach.words for breach in found)
