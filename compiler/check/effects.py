"""Which steps change the outside world, which are cached, and where the last effect stands."""

from __future__ import annotations

from ..syntax import ast
from .callees import called
from .scope import Scope
from .values import CheckedStep
from .walk import statements


def has_effects(step: CheckedStep) -> bool:
    """Whether a step says that it changes the outside world."""
    for setting in step.syntax.settings:
        if setting.key.text == "effects" and isinstance(setting, ast.SetValue):
            return not isinstance(setting.value, ast.Literal) or setting.value.value is True
    return False


def is_cached(step: CheckedStep, options: ast.WithClause | None) -> bool:
    """Whether a stored result may stand in for a call of the step."""
    said = {s.key.text: s.value for s in step.syntax.settings if isinstance(s, ast.SetValue)}
    for option in () if options is None else options.arguments:
        if option.name is not None:
            said[option.name.text] = option.value
    values = {name: v.value for name, v in said.items() if isinstance(v, ast.Literal)}
    return values.get("effects") is not True and values.get("cache") is not False


def last_effect(pipeline: ast.Pipeline, scope: Scope) -> int:
    """Where the last call with effects begins, -1 without one. A called pipeline may have some."""
    last = -1
    for item in statements(each for each in pipeline.items if not isinstance(each, ast.Hook)):
        if isinstance(item, ast.Compute) and isinstance(item.value, ast.Call):
            callee = called(item.value, scope)
            if callee is not None and (not isinstance(callee, CheckedStep) or has_effects(callee)):
                last = max(last, item.value.span.start)
    return last
