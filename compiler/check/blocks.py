"""Holds written settings against their rules: keys, types, bounds, stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import assignable, may_be_missing, widen
from ..types.settings import SettingRule, Stage
from ..types.types import (
    DURATION,
    SECRET,
    SIZE,
    STRING,
    Column,
    EnumOf,
    ListOf,
    Missing,
    Row,
    Type,
    Unknown,
    show,
)
from .amounts import is_text, report_cores, report_quoted_size
from .bounds import WHY, check_bounds, check_choices
from .closest import listed
from .finding import finding
from .images import check_image
from .infer import infer
from .keys import Owner, report_twice, report_unknown_setting, touch
from .missing import report_missing
from .packages import check_packages
from .paths import refuse_path
from .records import setting_fits
from .scope import Scope
from .secrets import report_misplaced_secret
from .settings import FREE_BLOCKS
from .stages import in_time
from .variables import check_variables


def check_settings(
    settings: Iterable[ast.Setting], rules: Sequence[SettingRule], owner: Owner, scope: Scope
) -> None:
    """Checks the settings of one block, and of the blocks inside it."""
    by_name = {rule.name: rule for rule in rules}
    seen: dict[str, Span] = {}
    for setting in settings:
        name = setting.key.text
        if name in seen:
            report_twice(name, setting.key.span, seen[name], scope)
            continue
        seen[name] = setting.key.span
        rule = by_name.get(name)
        if rule is None:
            report_unknown_setting(setting, by_name, owner, scope)
            touch(setting, scope)
        else:
            _check_setting(setting, _within(rule, owner), owner, scope)


def check_options(
    options: ast.WithClause, rules: Sequence[SettingRule], where: str, scope: Scope
) -> None:
    """Checks `with (…)`: settings whose blocks are written as records."""
    settings: list[ast.Setting] = []
    for argument in options.arguments:
        if argument.name is None:
            infer(argument.value, scope)
            scope.file.add(
                finding(
                    "MLP0209",
                    "arguments are named",
                    argument.span,
                    "which setting is this?",
                    notes=(f"`{where}` takes {listed(rule.name for rule in rules)}",),
                )
            )
        else:
            settings.append(as_setting(argument.name, argument.value, argument.span, rules))
    check_settings(settings, rules, Owner(where, record=True), scope)


def as_setting(
    key: ast.Name, value: ast.Expr, span: Span, rules: Sequence[SettingRule]
) -> ast.Setting:
    """An option as a setting: a record given for a block of keys is that block."""
    rule = next((rule for rule in rules if rule.name == key.text), None)
    block = rule is not None and (rule.block or rule.type is None)
    if rule is not None and block and isinstance(value, ast.Record):
        return ast.SetBlock(
            span,
            key,
            tuple(as_setting(e.key, e.value, e.span, rule.block) for e in value.entries),
        )
    return ast.SetValue(span, key, value)


def _within(rule: SettingRule, owner: Owner) -> SettingRule:
    return replace(rule, latest=Stage.COMPILE) if owner.compiled else rule


def _check_setting(setting: ast.Setting, rule: SettingRule, owner: Owner, scope: Scope) -> None:
    if isinstance(setting, ast.SetBlock):
        if rule.type is not None and not rule.block:
            _report_block(setting, rule, scope)
            return
        if rule.name in FREE_BLOCKS:
            check_variables(setting, rule, scope)
        elif not rule.block:
            _check_free(setting, rule, scope)
        else:
            inner = (
                tuple(replace(r, latest=min(r.latest, rule.latest)) for r in rule.block)
                if rule.latest is Stage.COMPILE
                else rule.block
            )
            check_settings(setting.settings, inner, Owner(rule.name), scope)
    elif rule.type is None:
        _report_value(setting, rule, owner, scope)
    else:
        _check_value(setting, rule, rule.type, scope)


def _report_block(setting: ast.SetBlock, rule: SettingRule, scope: Scope) -> None:
    assert rule.type is not None
    scope.file.add(
        finding(
            "MLP0301",
            f"settings given, `{show(rule.type)}` wanted",
            setting.key.span,
            f"`{rule.name}` is one value",
            help=(f"write `{rule.name} = {rule.example}`",) if rule.example else (),
        )
    )
    for inner in setting.settings:
        touch(inner, scope)


def _report_value(setting: ast.SetValue, rule: SettingRule, owner: Owner, scope: Scope) -> None:
    inner = [Column(r.name, _of_words(r.type, r.choices)) for r in rule.block if r.type is not None]
    type_ = infer(setting.value, scope, Row(None, tuple(inner)))
    fixes = []
    if isinstance(setting.value, ast.Record):
        gap = setting.key.span.at_end().to(setting.value.span.at_start())
        fixes.append(Fix("drop the `=`", (Edit(gap, " "),), safe=True))
    elif rule.block and rule.block[0].type == type_:
        sign = " =" if owner.record else ""
        value = scope.file.text(setting.value.span)
        written = f"{rule.name}{sign} {{ {rule.block[0].name} = {value} }}"
        fixes.append(Fix(f"write `{written}`", (Edit(setting.span, written),), safe=False))
    keys = listed(inner.name for inner in rule.block)
    scope.file.add(
        finding(
            "MLP0301",
            f"`{show(widen(type_))}` given, settings in `{{ }}` wanted",
            setting.value.span,
            f"write `{rule.name} {{ … }}`",
            notes=(f"`{rule.name}` holds {keys}",) if keys else (),
            fixes=fixes,
        )
    )


def _check_free(setting: ast.SetBlock, rule: SettingRule, scope: Scope) -> None:
    """A block with any keys: `node_selector`, `labels`."""
    seen: dict[str, Span] = {}
    for inner in setting.settings:
        if inner.key.text in seen:
            report_twice(inner.key.text, inner.key.span, seen[inner.key.text], scope)
        seen.setdefault(inner.key.text, inner.key.span)
        if isinstance(inner, ast.SetBlock):
            _check_free(inner, rule, scope)
            continue
        type_ = infer(inner.value, scope)
        if type_ == SECRET:
            report_misplaced_secret(inner.value.span, scope.file)
        elif not isinstance(type_, Unknown):
            in_time(inner.value, rule.latest, f"`{inner.key.text}`", scope)


def _of_words(wanted: Type, choices: tuple[str, ...]) -> Type:
    """The type of a text of which only some words will do, so that one without quotes is known."""
    match wanted:
        case ListOf(item):
            return ListOf(_of_words(item, choices))
        case _ if wanted == STRING and choices:
            return EnumOf(choices)
        case _:
            return wanted


def _check_value(setting: ast.SetValue, rule: SettingRule, wanted: Type, scope: Scope) -> None:
    value = setting.value
    type_ = infer(value, scope, _of_words(wanted, rule.choices))
    if isinstance(type_, Unknown):
        return
    if rule.name == "cpu" and type_ == DURATION:
        report_cores(value, scope)
        return
    if wanted == SIZE and is_text(value):
        report_quoted_size(value, scope)
        return
    if may_be_missing(type_) and not isinstance(type_, Missing):
        report_missing(value, type_, f"`{rule.name}` wants {show(wanted)}", scope)
        return
    if rule.name in WHY and not assignable(type_, wanted):
        _report_unlike(value, type_, rule, wanted, scope)
        return
    if not setting_fits(value, type_, wanted, rule, scope):
        return
    if not in_time(value, rule.latest, f"`{rule.name}`", scope):
        return
    if rule.latest is not Stage.RUN:
        refuse_path(value, f"`{rule.name}`", scope)
    _lint_same_name(setting, value, scope)
    check_bounds(value, rule, wanted, scope)
    if rule.choices:
        check_choices(value, rule, scope)
    if rule.name == "image" and wanted == STRING:
        check_image(value, scope)
    if rule.name == "packages" and not isinstance(type_, Missing):
        check_packages(value, scope)


def _report_unlike(
    value: ast.Expr, given: Type, rule: SettingRule, wanted: Type, scope: Scope
) -> None:
    """A number where one of few texts is wanted: the help says why there are so few."""
    scope.file.add(
        finding(
            "MLP0301",
            f"`{show(widen(given))}` given, `{show(wanted)}` wanted",
            value.span,
            f"`{rule.name}` is a text",
            help=(*WHY[rule.name], f"write for example `{rule.name} = {rule.example}`"),
        )
    )


def _lint_same_name(setting: ast.SetValue, value: ast.Expr, scope: Scope) -> None:
    """`image = image`: which of the two is the setting?"""
    name = setting.key.text
    if not isinstance(value, ast.NameRef) or value.name != name:
        return
    constant = scope.file.constants.get(name)
    if constant is None or name in scope.names:
        return
    scope.file.add(
        finding(
            "MLP1006",
            f"`{name} = {name}` reads oddly",
            value.span,
            "the setting and the constant have one name",
            labels=(Label(constant.span, "the constant"),),
            help=(f"give the constant a name that says more, for example `train_{name}`",),
        )
    )
