"""Gates: `expect` and `approve`, what happens when one does not open, and what it guards."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics.diagnostic import Edit, Fix
from ..source import Span
from ..syntax import ast
from ..types.relate import may_be_missing
from ..types.settings import Stage
from .blocks import check_options
from .closest import closest, listed
from .conditions import check_condition, check_decided
from .finding import finding
from .fold import fold
from .infer import infer
from .missing import report_missing
from .nesting import enter
from .scope import Scope
from .settings import APPROVE_OPTIONS
from .spans import keyword_span

POLICIES = ("fail", "warn", "stop")


def check_policy(policy: ast.Name, choices: Sequence[str], scope: Scope) -> None:
    """The word after `else` of a gate or of the `check` of a schema."""
    if policy.text in choices:
        return
    near = closest(policy.text, choices)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(policy.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0101",
            f"expected {listed(choices, 'or')} here",
            policy.span,
            f"did you mean `{near}`?" if near else "this says not what to do",
            fixes=fixes,
        )
    )


def check_expect(item: ast.Expect, scope: Scope, *, last: bool) -> None:
    keyword = keyword_span(item.span, "expect")
    enter("expect", keyword, scope)
    check_condition("expect", item.condition, infer(item.condition, scope), scope)
    check_decided(item.condition, scope)
    if item.policy is not None:
        check_policy(item.policy, POLICIES, scope)
    if item.message is not None:
        infer(item.message, scope)
    warns = item.policy is not None and item.policy.text == "warn"
    if last and not warns and scope.file.typing.stage(item.condition) is Stage.RUN:
        _report_last(keyword, scope)


def stops(item: ast.Expect) -> bool:
    """Whether the gate skips what stands below it instead of failing."""
    return item.policy is not None and item.policy.text == "stop"


def check_approve(item: ast.Approve, scope: Scope, *, last: bool) -> None:
    keyword = keyword_span(item.span, "approve")
    enter("approve", keyword, scope)
    type_ = infer(item.message, scope)
    if may_be_missing(type_):
        report_missing(item.message, type_, "`approve` asks a question", scope)
    if item.options is not None:
        check_options(item.options, APPROVE_OPTIONS, "with of approve", scope)
        _check_somebody(item.options, scope)
    if last:
        _report_last(keyword, scope)


def _check_somebody(options: ast.WithClause, scope: Scope) -> None:
    """Whether there is anybody who may decide."""
    for option in options.arguments:
        if option.name is None or option.name.text != "by":
            continue
        known = fold(option.value, scope.file)
        if known is not None and known.value == []:
            scope.file.add(
                finding(
                    "MLP0503",
                    "`by` must name somebody",
                    option.value.span,
                    "nobody could ever say yes",
                    help=('write for example `by = ["ml-leads"]`; without it anybody may decide',),
                )
            )


def _report_last(keyword: Span, scope: Scope) -> None:
    """A gate with nothing below it, unless a step with effects waits for it further down."""
    if scope.hook is not None or keyword.start < scope.last_effect:
        return
    scope.file.add(
        finding(
            "MLP0701",
            "nothing comes after this gate",
            keyword,
            "a gate holds back the statements below it",
            help=("move it above what it should guard",),
        )
    )
