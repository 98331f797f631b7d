"""Gates: the condition, what happens when it fails, and what it guards."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..source import Span
from ..syntax import ast
from ..types.settings import Stage
from .closest import closest, listed
from .conditions import check_condition, check_decided
from .finding import finding
from .infer import infer
from .scope import Scope

POLICIES = ("fail", "warn", "stop")


def keyword_span(span: Span, word: str) -> Span:
    return Span(span.file, span.start, span.start + len(word))


def check_policy(policy: ast.Name, scope: Scope) -> None:
    """The word after `else` of a gate."""
    if policy.text in POLICIES:
        return
    near = closest(policy.text, POLICIES)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(policy.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0101",
            f"expected {listed(POLICIES, 'or')} here",
            policy.span,
            f"did you mean `{near}`?" if near else "this says not what to do",
            fixes=fixes,
        )
    )


def check_expect(item: ast.Expect, scope: Scope, *, last: bool) -> None:
    check_condition("expect", item.condition, infer(item.condition, scope), scope)
    check_decided(item.condition, scope)
    if item.policy is not None:
        check_policy(item.policy, scope)
    if item.message is not None:
        infer(item.message, scope)
    warns = item.policy is not None and item.policy.text == "warn"
    if last and not warns and scope.file.typing.stage(item.condition) is Stage.RUN:
        scope.file.add(
            finding(
                "MLP0701",
                "nothing comes after this gate",
                keyword_span(item.span, "expect"),
                "a gate holds back the statements below it",
                help=("move it above what it should guard",),
            )
        )
