"""Holds written settings against their rules: keys, types, bounds, stages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import may_be_missing, widen
from ..types.settings import SettingRule, Stage
from ..types.types import (
    DURATION,
    FLOAT,
    INT,
    SECRET,
    SIZE,
    STRING,
    Missing,
    Type,
    Unknown,
    show,
)
from ..types.units import SIZE_UNITS, in_words, meant
from .assign import Place, fits
from .closest import closest, listed
from .finding import finding
from .fold import fold, folded_text
from .images import lint_image
from .infer import check_in_text, infer
from .missing import report_missing
from .scope import Scope
from .secrets import (
    looks_like_secret,
    names_a_secret,
    report_misplaced_secret,
    report_written_secret,
)
from .settings import FREE_BLOCKS
from .stages import in_time


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose settings are read: the words and the code of "there is no setting called …".

    `compiled` says that nothing later than the compile stage may stand in them.
    """

    where: str
    code: str = "MLP0502"
    title: str | None = None
    compiled: bool = False


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
            report_unknown_setting(setting.key, by_name, owner, scope)
            _touch(setting, scope)
        else:
            _check_setting(setting, _within(rule, owner), scope)


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
    check_settings(settings, rules, Owner(where), scope)


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


def report_twice(name: str, second: Span, first: Span, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0504",
            f"`{name}` is set twice",
            second,
            "again here",
            labels=(Label(first, "first here"),),
            help=("keep one of them",),
        )
    )


def report_unknown_setting(key: ast.Name, names: Iterable[str], owner: Owner, scope: Scope) -> None:
    """A key that no rule knows."""
    near = closest(key.text, names)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(key.span, near),), safe=True))
    if owner.title is not None:
        message = f"{owner.title} has no setting called `{key.text}`"
    else:
        message = f"there is no setting called `{key.text}` in `{owner.where}`"
    known = listed(names)
    scope.file.add(
        finding(
            owner.code,
            message,
            key.span,
            f"did you mean `{near}`?" if near else "nothing of this name can be set here",
            notes=(f"there are {known}",) if known else (),
            fixes=fixes,
        )
    )


def _touch(setting: ast.Setting, scope: Scope) -> None:
    """Types what an unknown key was given, so that names in it count as used."""
    if isinstance(setting, ast.SetValue):
        infer(setting.value, scope)
        return
    for inner in setting.settings:
        _touch(inner, scope)


def _check_setting(setting: ast.Setting, rule: SettingRule, scope: Scope) -> None:
    if isinstance(setting, ast.SetBlock):
        if rule.type is not None and not rule.block:
            _report_block(setting, rule, scope)
            return
        if rule.name in FREE_BLOCKS:
            _check_variables(setting, rule, scope)
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
        _report_value(setting, rule, scope)
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
        _touch(inner, scope)


def _report_value(setting: ast.SetValue, rule: SettingRule, scope: Scope) -> None:
    type_ = infer(setting.value, scope)
    fixes = []
    if isinstance(setting.value, ast.Record):
        gap = setting.key.span.at_end().to(setting.value.span.at_start())
        fixes.append(Fix("drop the `=`", (Edit(gap, " "),), safe=True))
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


def _check_variables(setting: ast.SetBlock, rule: SettingRule, scope: Scope) -> None:
    """`env { }` and `secrets { }`: names of environment variables."""
    seen: dict[str, Span] = {}
    for inner in setting.settings:
        name = inner.key.text
        if name in seen:
            report_twice(name, inner.key.span, seen[name], scope)
            continue
        seen[name] = inner.key.span
        if isinstance(inner, ast.SetBlock):
            scope.file.add(
                finding(
                    "MLP0301",
                    "settings given, a value wanted",
                    inner.key.span,
                    f"write `{name} = …`",
                )
            )
            for each in inner.settings:
                _touch(each, scope)
        elif rule.name == "secrets":
            _check_secret(name, inner.value, scope)
        else:
            _check_variable(name, inner.value, rule, scope)


def _check_secret(name: str, value: ast.Expr, scope: Scope) -> None:
    type_ = infer(value, scope)
    if isinstance(type_, Unknown) or type_ == SECRET:
        if type_ == SECRET:
            in_time(value, Stage.COMPILE, f"`{name}`", scope)
        return
    scope.file.add(
        finding(
            "MLP0301",
            f"`{show(widen(type_))}` given, `Secret` wanted",
            value.span,
            "name the secret that it holds",
            help=(f'write `{name} = secret("{name.lower()}")`',),
        )
    )


def _check_variable(name: str, value: ast.Expr, rule: SettingRule, scope: Scope) -> None:
    type_ = infer(value, scope)
    if type_ == SECRET:
        report_misplaced_secret(value.span, scope.file)
        return
    if isinstance(type_, Unknown):
        return
    check_in_text(value, type_, scope)
    in_time(value, rule.latest, f"`{name}`", scope)
    text = value.value if isinstance(value, ast.Literal) else None
    if (
        isinstance(text, str)
        and names_a_secret(name)
        and len(text) >= 8
        and not looks_like_secret(text)
        and not any(mark in text for mark in (" ", "/", "$"))
    ):
        report_written_secret(name, value.span, scope.file)


def _check_value(setting: ast.SetValue, rule: SettingRule, wanted: Type, scope: Scope) -> None:
    value = setting.value
    type_ = infer(value, scope, wanted)
    if isinstance(type_, Unknown):
        return
    if rule.name == "cpu" and type_ == DURATION:
        _report_cores(value, scope)
        return
    if wanted == SIZE and _is_written_size(value):
        _report_quoted_size(value, scope)
        return
    if may_be_missing(type_) and not isinstance(type_, Missing):
        report_missing(value, type_, f"`{rule.name}` wants {show(wanted)}", scope)
        return
    place = Place(rule.name, None)
    if not fits(value, type_, wanted, place, scope):
        return
    if not in_time(value, rule.latest, f"`{rule.name}`", scope):
        return
    _check_bounds(value, rule, wanted, scope)
    if rule.choices:
        _check_choices(value, rule, scope)
    if rule.name == "image" and wanted == STRING:
        lint_image(value, scope)


def _report_cores(value: ast.Expr, scope: Scope) -> None:
    text = scope.file.text(value.span)
    words, fixes, help_ = "a Duration", [], ("write the number of cores: `cpu = 0.5`",)
    if isinstance(value, ast.Quantity):
        words = in_words(value.number, value.unit.text)
        if value.unit.text == "m":
            cores = f"{value.number / 1000:g}"
            help_ = (f"Kubernetes writes millicores as `{text}`; here it is simply `{cores}`",)
            fixes.append(Fix(f"write `cpu = {cores}`", (Edit(value.span, cores),), safe=True))
    scope.file.add(
        finding(
            "MLP0512",
            f"`{text}` is {words}, but `cpu` counts cores",
            value.span,
            "a Duration",
            help=help_,
            fixes=fixes,
        )
    )


def _is_written_size(value: ast.Expr) -> bool:
    return isinstance(value, ast.Literal) and isinstance(value.value, str)


def _report_quoted_size(value: ast.Expr, scope: Scope) -> None:
    """`memory = "16Gi"`: a size in quotes."""
    text = value.value if isinstance(value, ast.Literal) and isinstance(value.value, str) else ""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    unit = text[len(number) :].strip()
    unit = unit if unit in SIZE_UNITS else meant(unit) or ""
    fixes = []
    if unit in SIZE_UNITS and number.replace(".", "").isdigit():
        title = f"write `{number}{unit}`"
        fixes.append(Fix(title, (Edit(value.span, f"{number}{unit}"),), safe=False))
    scope.file.add(
        finding(
            "MLP0301",
            "`String` given, `Size` wanted",
            value.span,
            "a Size is written without quotes",
            help=() if fixes else ("write for example `16GB`",),
            fixes=fixes,
        )
    )


def _check_bounds(value: ast.Expr, rule: SettingRule, wanted: Type, scope: Scope) -> None:
    if rule.least is None and rule.most is None:
        return
    known = fold(value, scope.file)
    if known is None or isinstance(known.value, bool):
        return
    if isinstance(known.value, timedelta):
        amount = known.value.total_seconds()
    elif isinstance(known.value, int | float):
        amount = known.value
    else:
        return
    low, high = rule.least, rule.most
    if (low is None or amount >= low) and (high is None or amount <= high):
        return
    if wanted in (INT, FLOAT) and low is not None and high is not None:
        message = f"`{rule.name}` must be between {low:g} and {high:g}"
    elif wanted in (INT, FLOAT) and low is not None:
        message = f"`{rule.name}` must be at least {low:g}"
    else:
        message = f"`{rule.name}` must be more than nothing"
    scope.file.add(
        finding(
            "MLP0503",
            message,
            value.span,
            "too small" if low is not None and amount < low else "too large",
            help=(f"for example `{rule.name} = {rule.example}`",) if rule.example else (),
        )
    )


def _check_choices(value: ast.Expr, rule: SettingRule, scope: Scope) -> None:
    """A closed set of texts, alone or in a list."""
    items = value.items if isinstance(value, ast.ListOf) else (value,)
    for item in items:
        text = folded_text(item, scope.file)
        if text is None or text in rule.choices:
            continue
        near = closest(text, rule.choices)
        fixes = []
        if near is not None:
            fixes.append(Fix(f'write `"{near}"`', (Edit(item.span, f'"{near}"'),), safe=True))
        choices = listed((f'"{choice}"' for choice in rule.choices), "or")
        scope.file.add(
            finding(
                "MLP0503",
                f"`{rule.name}` must be {choices}",
                item.span,
                f'did you mean `"{near}"`?' if near else "not one of them",
                fixes=fixes,
            )
        )
