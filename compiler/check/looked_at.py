"""What a call of `previous` and its like goes over, and the partition around it."""

from __future__ import annotations

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.types import (
    Optional,
    Partitioning,
    Per,
    Type,
    Unknown,
    show,
)
from .finding import finding
from .infer import infer_per
from .looking_back import too_deep, type_of_later
from .origin import origin, root, shortened
from .own import needs_itself
from .periods import is_time
from .scope import Scope, path_of
from .surroundings import Partitioned
from .values import Binding, Kind
from .walk import mentions


@dataclass(frozen=True, slots=True)
class Values:
    """What a window goes over. `own` says that it is made in the very block around the call."""

    item: Type
    partition: Partitioning
    own: bool


def word_of(call: ast.Call) -> str:
    assert isinstance(call.callee, ast.NameRef)
    return call.callee.name


def values_of(call: ast.Call, expr: ast.Expr, scope: Scope) -> Values | None:
    here = scope.partitioned()
    binding = root(expr, scope)
    path = path_of(expr)
    if here is not None and path is not None and binding is None and word_of(call) == "previous":
        # The one way to reach further down: it goes back in time.
        type_ = type_of_later(expr, scope)
        if type_ is not None:
            return None if isinstance(type_, Unknown) else Values(type_, here.partition, own=True)
    if path is not None and needs_itself(expr, scope, word_of(call)):
        return None
    type_ = infer_per(expr, scope)
    if isinstance(type_, Unknown):
        return None
    if isinstance(type_, Optional) and isinstance(type_.inner, Per):
        type_ = type_.inner
    if isinstance(type_, Per):
        return Values(type_.item, type_.partition, own=False)
    if here is not None and binding is not None and binding.partition is here.partition and path:
        if too_deep(word_of(call), expr, binding.name, binding.span, scope):
            return None
        return Values(type_, here.partition, own=True)
    _report_whole(call, expr, type_, scope)
    return None


def _report_whole(call: ast.Call, expr: ast.Expr, type_: Type, scope: Scope) -> None:
    where = origin(expr, type_, scope)
    binding = root(expr, scope)
    if binding is not None and binding.kind is Kind.PARTITION:
        _report_variable(call, expr, binding, scope)
        return
    help_ = "values made inside `partition by …(…) { … }` have one for each partition"
    if scope.partitioned() is not None and path_of(expr) is None:
        help_ = "give the value a name in this block, and write that name here"
    scope.file.add(
        finding(
            "MLP0601",
            f"`{word_of(call)}` works on partitioned values",
            expr.span,
            shortened(f"this is {show(type_)}, one for the whole run", 60),
            labels=() if where is None else (where,),
            help=(help_,),
        )
    )


def _report_variable(call: ast.Call, expr: ast.Expr, binding: Binding, scope: Scope) -> None:
    """`previous(day.start)`: what names the partition is no value that it makes."""
    scope.file.add(
        finding(
            "MLP0601",
            f"`{word_of(call)}` works on partitioned values",
            expr.span,
            f"`{binding.name}` names the partition, which makes no such value"
            if len(binding.name) <= 12
            else "this names the partition itself",
            labels=(Label(binding.span, "the partition"),),
            help=("count back or forth from it: `day.start - 1d`",),
        )
    )


def around_of(call: ast.Call, scope: Scope) -> Partitioned | None:
    """The partition around the call, None after reporting that there is none."""
    here = scope.partitioned()
    if here is None:
        # What it would have gone through counts as used, and is no second mistake.
        scope.file.used.update(mentions(call.arguments))
        if scope.hook is not None:
            report_in_hook(call, scope)
            return None
        scope.file.add(
            finding(
                "MLP0602",
                f"`{word_of(call)}` needs a partition around it",
                call.callee.span,
                _RELATIVE[word_of(call)],
                help=("elsewhere there are `all(x)`, `latest(x)` and `trailing(x, …)`",),
            )
        )
    return here


_RELATIVE = {
    "previous": "it goes back from the partition around it",
    "current": "it follows the partition around it",
    "within": "it looks into the partition around it",
    "covering": "it looks for what the partition lies in",
}


def report_in_hook(call: ast.Call, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0602",
            f"`{word_of(call)}` needs a partition around it",
            call.callee.span,
            "a hook runs once for the whole run",
            help=("in a hook there are `all(x)` and `latest(x)`",),
        )
    )


def by_time(call: ast.Call, found: Values, scope: Scope) -> bool:
    """Whether the partitions have an order."""
    kind = found.partition.kind
    if is_time(kind):
        return True
    scope.file.add(
        finding(
            "MLP0601",
            f"`{word_of(call)}` works on values partitioned by time",
            call.arguments[0].value.span,
            f"this is partitioned by {kind}: no part comes before another",
            help=("`all(x)` takes all of them",),
        )
    )
    return False


def from_outside(call: ast.Call, found: Values, scope: Scope) -> bool:
    if not found.own:
        return True
    argument = call.arguments[0].value
    text = scope.file.text(argument.span)
    scope.file.add(
        finding(
            "MLP0601",
            f"`{word_of(call)}` works on partitioned values of other blocks",
            argument.span,
            f"the partitions are not all there yet: `{text}` is of one"
            if len(text) <= 12
            else "inside the block this is the value of one partition",
            help=(
                f"yield it, and write `x = {word_of(call)}(…)` below the block",
                f"or take those up to here: `trailing({text}, …)`",
            ),
        )
    )
    return False
