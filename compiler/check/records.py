"""Records as values of settings: `tolerations = [{ key = "spot", effect = "NoSchedule" }]`."""

from __future__ import annotations

from ..syntax import ast
from ..types.settings import SettingRule
from ..types.types import ListOf, Optional, Row, Type
from .assign import Place, fits
from .keys import Owner, report_unknown_setting
from .scope import Scope


def setting_fits(
    value: ast.Expr, given: Type, wanted: Type, rule: SettingRule, scope: Scope
) -> bool:
    """Whether a value may stand for a setting.

    As in a block of settings, fields that may be missing can be left out of a record, and one that
    nobody knows is an error; in values of the language a record has every field of its type.
    """
    match value, given, wanted:
        case ast.ListOf(items=items), ListOf(), ListOf(Row() as row):
            types = scope.file.typing
            verdicts = [setting_fits(item, types.of(item), row, rule, scope) for item in items]
            return all(verdicts)
        case _, Row(), Row():
            return _is_known(value, given, wanted, rule, scope) and fits(
                value, given, _asked(given, wanted), Place(rule.name), scope
            )
        case _, ListOf(Row() as one), ListOf(Row() as row):
            return fits(value, given, ListOf(_asked(one, row)), Place(rule.name), scope)
        case _:
            return fits(value, given, wanted, Place(rule.name), scope)


def _asked(given: Row, wanted: Row) -> Row:
    """What is wanted of a record, without what may be left out and was."""
    kept = (c for c in wanted.columns if given.column(c.name) or not isinstance(c.type, Optional))
    return Row(wanted.name, tuple(kept))


def _is_known(value: ast.Expr, given: Row, wanted: Row, rule: SettingRule, scope: Scope) -> bool:
    """Whether there is a place for each field of a record that is written here."""
    if not isinstance(value, ast.Record):
        return True
    rules = {column.name: SettingRule(column.name, column.type) for column in wanted.columns}
    unknown = [entry for entry in value.entries if entry.key.text not in rules]
    for entry in unknown:
        setting = ast.SetValue(entry.span, entry.key, entry.value)
        report_unknown_setting(setting, rules, Owner(rule.name, record=True), scope)
    return not unknown
