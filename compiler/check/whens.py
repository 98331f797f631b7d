"""`when c { … } else { … }`: what each condition says inside, and the value of all arms."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..source import Span
from ..syntax import ast
from ..types.relate import join, optional, widen
from ..types.types import UNKNOWN, Type, show
from .conditions import check_condition, check_decided
from .finding import finding
from .fold import fold
from .infer import infer
from .loops import Walk
from .narrowing import facts
from .nesting import enter
from .origin import shortened
from .scope import Scope
from .spans import word_before
from .surroundings import Around
from .walk import names_in
from .yields import Yielded, check_taken


def check_when(
    block: ast.WhenBlock, name: ast.Name | None, scope: Scope, walk: Walk
) -> Type | None:
    """The type of the block's value, None where it has none: `T?` unless every arm yields."""
    enter("when", block.keyword, scope)
    arms: list[Yielded] = []
    arm: ast.WhenBlock | ast.Block | None = block
    taken = False
    while isinstance(arm, ast.WhenBlock):
        condition = arm.condition
        check_condition("when", condition, infer(condition, scope), scope)
        check_decided(condition, scope)
        decided = _decided(arm, scope)
        _lint_dead(arm, decided, scope)
        yes, no = facts(condition, scope)
        dead = taken or decided is False
        arms.append(_arm(arm.body, block.keyword, scope.knowing(yes), walk, dead=dead))
        taken = taken or decided is True
        scope = scope.knowing(no)
        arm = arm.otherwise
    if arm is not None:
        arms.append(_arm(arm, block.keyword, scope, walk, dead=taken))
    if not check_taken("when", block.keyword, name, tuple(arms), scope):
        return None
    whole = _join(block, arms, scope)
    always = arm is not None and all(a.item is not None and a.stopped is None for a in arms)
    return whole if always else optional(whole)


def _arm(body: ast.Block, keyword: Span, scope: Scope, walk: Walk, *, dead: bool) -> Yielded:
    around = Around("when", keyword, body.span, is_dead=dead)
    return walk(body, scope.inside(around, body.statements))


def _decided(arm: ast.WhenBlock, scope: Scope) -> bool | None:
    """What a condition comes to that is known when compiling."""
    known = fold(arm.condition, scope.file)
    return known.value if known is not None and isinstance(known.value, bool) else None


def _join(block: ast.WhenBlock, arms: list[Yielded], scope: Scope) -> Type:
    """What the yields of all arms have in common."""
    yields = [arm for arm in arms if arm.item is not None]
    whole = yields[0].type
    for arm in yields[1:]:
        both = join(whole, arm.type)
        if both is None:
            _report_different(yields[0], arm, scope)
            return UNKNOWN
        whole = both
    return widen(whole)


def _report_different(first: Yielded, other: Yielded, scope: Scope) -> None:
    assert first.item is not None
    assert other.item is not None
    a, b = shortened(show(widen(first.type))), shortened(show(widen(other.type)))
    scope.file.add(
        finding(
            "MLP0303",
            f"this `when` yields `{a}` in one branch and `{b}` in another",
            other.item.value.span,
            f"{b} here",
            labels=(Label(first.item.value.span, f"{a} here"),),
            help=("yield one type from all branches, or a record with the same fields",),
        )
    )


def _lint_dead(arm: ast.WhenBlock, decided: bool | None, scope: Scope) -> None:
    """A constant decides: one of the two sides is never run, though it is checked."""
    if decided is None or not any(True for _ in names_in(arm.condition)):
        return
    dead = arm.keyword
    if decided:
        if arm.otherwise is None:
            return
        place = arm.otherwise.span
        if isinstance(arm.otherwise, ast.WhenBlock):
            place = arm.otherwise.keyword
        dead = word_before(place, "else", scope.file.source)
    word = "true" if decided else "false"
    scope.file.add(
        finding(
            "MLP1007",
            "this branch can never run",
            dead,
            "not while the constant is what it is",
            labels=(Label(arm.condition.span, f"this is {word}"),),
            help=("make the constant a parameter, or leave the branch out",),
        )
    )
