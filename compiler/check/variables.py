"""`env { }` and `secrets { }`: environment variables of a step."""

from __future__ import annotations

from ..source import Span
from ..syntax import ast
from ..types.relate import widen
from ..types.settings import SettingRule, Stage
from ..types.types import (
    SECRET,
    Unknown,
    show,
)
from .finding import finding
from .infer import infer
from .interpolation import check_in_text
from .keys import report_twice, touch
from .paths import refuse_path
from .scope import Scope
from .secrets import (
    looks_like_secret,
    names_a_secret,
    report_misplaced_secret,
    report_written_secret,
)
from .stages import in_time


def check_variables(setting: ast.SetBlock, rule: SettingRule, scope: Scope) -> None:
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
                touch(each, scope)
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
    if in_time(value, rule.latest, f"`{name}`", scope):
        refuse_path(value, f"`{name}`", scope)
    text = value.value if isinstance(value, ast.Literal) else None
    if (
        isinstance(text, str)
        and names_a_secret(name)
        and len(text) >= 8
        and not looks_like_secret(text)
        and not any(mark in text for mark in (" ", "/", "$"))
    ):
        report_written_secret(name, value.span, scope.file)
