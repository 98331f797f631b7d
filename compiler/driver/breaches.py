"""Values of parameters against the checks of their schemas, before anything starts."""

from __future__ import annotations

from ...runtime.arrow import TableError
from ...runtime.single_rows import examine_rows
from ..ir import meaning
from ..ir.values import Json, Literal
from ..lower.definitions import checks_of
from ..lower.expressions import Expressions
from ..passes.keys import checked_type
from ..types.types import is_artifact, schemas_of


def breach(value: Literal, top: Expressions) -> str | None:
    """The checks that a value does not meet, in words; None where it meets all. What is only
    warned of is left to the step that is given the value, and files to the step that reads them.
    """
    rows = tuple(schemas_of(value.type))
    if not rows or is_artifact(value.type):
        return None
    checks: dict[tuple[str, str], Json] = {
        schema: [
            {
                "text": check.text,
                "expr": meaning.to_json(check.condition),
                "policy": check.policy,
                "message": None if check.message is None else meaning.to_json(check.message),
            }
            for check in found
        ]
        for schema, found in checks_of(rows, top, {})
    }
    try:
        examine_rows(checked_type(value.type, checks), meaning.value_of(value))
    except TableError as problem:
        return str(problem)
    return None
