"""Which partitions of a value are read: `previous trailing within covering current all latest`."""

from __future__ import annotations

from datetime import timedelta

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.relate import optional
from ..types.settings import Stage
from ..types.types import (
    DURATION,
    INT,
    UNKNOWN,
    ListOf,
    Optional,
    Partitioning,
    Per,
    Type,
    Unknown,
    show,
)
from .assign import Place, fits
from .builtins import Input, Signature, call_type
from .finding import finding
from .fold import fold
from .infer import infer, infer_per
from .looking_back import too_deep, type_of_later
from .origin import origin, root, shortened
from .per import CONTAINS, report_per
from .periods import check_whole, counts, is_time
from .results import Given
from .scope import Function, Partitioned, Scope, path_of
from .stages import in_time
from .walk import mentions


@dataclass(frozen=True, slots=True)
class Values:
    """What a window goes over. `own` says that it is made in the very block around the call."""

    item: Type
    partition: Partitioning
    own: bool


def previous(call: ast.Call, scope: Scope) -> Type:
    """The value of the partition before, missing in the first one."""
    here = _around(call, scope)
    found = _checked(call, (), scope) if here is not None else None
    if found is None or here is None or not _by_time(call, found, scope):
        return UNKNOWN
    if not found.own and not _same(call, found, here, scope):
        return UNKNOWN
    return optional(found.item)


def current(call: ast.Call, scope: Scope) -> Type:
    """The value that another block has for the same partition."""
    here = _around(call, scope)
    found = _checked(call, (), scope) if here is not None else None
    if found is None or here is None:
        return UNKNOWN
    if found.own:
        argument = call.arguments[0].value
        text = scope.file.text(argument.span)
        scope.file.add(
            finding(
                "MLP0601",
                "`current` works on partitioned values of other blocks",
                argument.span,
                f"`{text}` is of this {here.partition.kind} already"
                if len(text) <= 30
                else "this is of the same block",
                fixes=(Fix(f"write `{text}`", (Edit(call.span, text),), safe=True),),
            )
        )
        return found.item
    return found.item if _same(call, found, here, scope) else UNKNOWN


def trailing(call: ast.Call, scope: Scope) -> Type:
    """The last partitions up to this one, or up to the last, oldest first."""
    found = _checked(call, (_WINDOW, _AT_LEAST), scope)
    if found is None or not _by_time(call, found, scope):
        return UNKNOWN
    here = scope.partitioned()
    if here is not None and not found.own and not _same(call, found, here, scope):
        return UNKNOWN
    _check_window(call, found, here, scope)
    return ListOf(found.item)


def within(call: ast.Call, scope: Scope) -> Type:
    """The values of all shorter partitions in this one, oldest first."""
    here = _around(call, scope)
    found = _checked(call, (_PERIOD,), scope) if here is not None else None
    if found is None or here is None or not _is_period(call, here, scope):
        return UNKNOWN
    inner, outer = found.partition, here.partition
    if not _nested(call, inner, outer, inner.kind, outer.kind, scope):
        return UNKNOWN
    return ListOf(found.item)


def covering(call: ast.Call, scope: Scope) -> Type:
    """The value of the longer partition that this one lies in."""
    here = _around(call, scope)
    found = _checked(call, (_PERIOD,), scope) if here is not None else None
    if found is None or here is None or not _is_period(call, here, scope):
        return UNKNOWN
    inner, outer = here.partition, found.partition
    if not _nested(call, inner, outer, inner.kind, outer.kind, scope):
        return UNKNOWN
    return found.item


def all_of(call: ast.Call, scope: Scope) -> Type:
    """The values of all partitions, oldest first."""
    found = _checked(call, (), scope)
    if found is None or not _from_outside(call, found, scope):
        return UNKNOWN
    return optional(ListOf(found.item)) if scope.hook is not None else ListOf(found.item)


def latest(call: ast.Call, scope: Scope) -> Type:
    """The value of the last partition."""
    found = _checked(call, (), scope)
    if found is None or not _from_outside(call, found, scope):
        return UNKNOWN
    if not _by_time(call, found, scope):
        return UNKNOWN
    return optional(found.item) if scope.hook is not None else found.item


WINDOWS: dict[str, Function] = {
    "previous": previous,
    "current": current,
    "trailing": trailing,
    "within": within,
    "covering": covering,
    "all": all_of,
    "latest": latest,
}

_OF = Input("of", None, given="position")
_WINDOW = Input("window", None, given="position")
_AT_LEAST = Input("at_least", None, required=False, given="name")
_PERIOD = Input("in", None, given="position")
_TEXTS = {
    "previous": "previous(T per day) -> T?",
    "current": "current(T per day) -> T",
    "trailing": "trailing(T per day, window: Duration, at_least: Duration?) -> List[T]",
    "within": "within(T per day, month) -> List[T]",
    "covering": "covering(T per month, day) -> T",
    "all": "all(T per day) -> List[T]",
    "latest": "latest(T per day) -> T",
}


def _word(call: ast.Call) -> str:
    assert isinstance(call.callee, ast.NameRef)
    return call.callee.name


def _checked(call: ast.Call, further: tuple[Input, ...], scope: Scope) -> Values | None:
    """What the call works on, None after reporting that the call makes no sense."""
    found: list[Values | None] = []

    def first(_: ast.Call, given: Given, place: Scope) -> Type:
        found.append(_values(call, given[0][0].value, place))
        return UNKNOWN

    signature = Signature(_word(call), _TEXTS[_word(call)], (_OF, *further), first)
    if scope.hook is not None and _word(call) == "trailing":
        _report_in_hook(call, scope)
        return None
    given: Given = [
        (argument, UNKNOWN if number == 0 else infer(argument.value, scope))
        for number, argument in enumerate(call.arguments)
    ]
    call_type(signature, call, given, UNKNOWN, scope)
    return found[0] if found else None


def _report_in_hook(call: ast.Call, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0602",
            f"`{_word(call)}` needs a partition around it",
            call.callee.span,
            "a hook runs once for the whole run",
            help=("in a hook there are `all(x)` and `latest(x)`",),
        )
    )


def _values(call: ast.Call, expr: ast.Expr, scope: Scope) -> Values | None:
    here = scope.partitioned()
    binding = root(expr, scope)
    path = path_of(expr)
    if here is not None and path is not None and binding is None and _word(call) == "previous":
        # The one way to reach further down: it goes back in time.
        type_ = type_of_later(expr, scope)
        if type_ is not None:
            return None if isinstance(type_, Unknown) else Values(type_, here.partition, own=True)
    type_ = infer_per(expr, scope)
    if isinstance(type_, Unknown):
        return None
    if isinstance(type_, Optional) and isinstance(type_.inner, Per):
        type_ = type_.inner
    if isinstance(type_, Per):
        return Values(type_.item, type_.partition, own=False)
    if here is not None and binding is not None and binding.partition is here.partition and path:
        if too_deep(_word(call), expr, binding.name, binding.span, scope):
            return None
        return Values(type_, here.partition, own=True)
    _report_whole(call, expr, type_, scope)
    return None


def _report_whole(call: ast.Call, expr: ast.Expr, type_: Type, scope: Scope) -> None:
    where = origin(expr, type_, scope)
    help_ = "values made inside `partition by …(…) { … }` have one for each partition"
    if scope.partitioned() is not None and path_of(expr) is None:
        help_ = "give the value a name in this block, and write that name here"
    scope.file.add(
        finding(
            "MLP0601",
            f"`{_word(call)}` works on partitioned values",
            expr.span,
            shortened(f"this is {show(type_)}, one for the whole run", 60),
            labels=() if where is None else (where,),
            help=(help_,),
        )
    )


def _around(call: ast.Call, scope: Scope) -> Partitioned | None:
    """The partition around the call, None after reporting that there is none."""
    here = scope.partitioned()
    if here is None:
        # What it would have gone through counts as used, and is no second mistake.
        scope.file.used.update(mentions(call.arguments))
        if scope.hook is not None:
            _report_in_hook(call, scope)
            return None
        scope.file.add(
            finding(
                "MLP0602",
                f"`{_word(call)}` needs a partition around it",
                call.callee.span,
                _RELATIVE[_word(call)],
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


def _by_time(call: ast.Call, found: Values, scope: Scope) -> bool:
    """Whether the partitions have an order."""
    kind = found.partition.kind
    if is_time(kind):
        return True
    scope.file.add(
        finding(
            "MLP0601",
            f"`{_word(call)}` works on values partitioned by time",
            call.arguments[0].value.span,
            f"this is partitioned by {kind}: no part comes before another",
            help=("`all(x)` takes all of them",),
        )
    )
    return False


def _same(call: ast.Call, found: Values, here: Partitioned, scope: Scope) -> bool:
    """Whether another block goes over the same partitions as the one around the call."""
    argument = call.arguments[0].value
    theirs, ours = found.partition, here.partition
    if theirs.kind != ours.kind:
        report_per(argument, Per(found.item, theirs), UNKNOWN, scope)
        return False
    return _one_zone(call, theirs, here, scope)


def _one_zone(call: ast.Call, theirs: Partitioning, here: Partitioned, scope: Scope) -> bool:
    ours = here.partition
    if None in (theirs.zone, ours.zone) or theirs.zone == ours.zone:
        return True
    text = scope.file.text(call.arguments[0].value.span)
    scope.file.add(
        finding(
            "MLP0608",
            f"`{text}` uses {theirs.kind}s in {theirs.zone}, this block {ours.kind}s in"
            f" {ours.zone}",
            call.span,
            "they begin and end at different times",
            labels=(Label(here.grain, f"{ours.kind}s in {ours.zone}"),),
            help=(f'set the zone here too: `zone = "{theirs.zone}"`',),
        )
    )
    return False


def _nested(
    call: ast.Call, inner: Partitioning, outer: Partitioning, small: str, large: str, scope: Scope
) -> bool:
    """Whether each of the small partitions lies whole in one of the large ones."""
    here = scope.partitioned()
    assert here is not None
    argument = call.arguments[0].value
    if small in CONTAINS.get(large, ()):
        theirs = inner if here.partition is outer else outer
        return _one_zone(call, theirs, here, scope)
    text = scope.file.text(argument.span)
    other = "covering" if _word(call) == "within" else "within"
    help_: tuple[str, ...] = ()
    if small == large:
        help_ = (f"both go by {small}: write `current({text})`",)
    elif large in CONTAINS.get(small, ()):
        help_ = (f"it is the other way round: write `{other}({text}, {here.variable})`",)
    elif is_time(small) and is_time(large):
        help_ = ("go through days: partition by day, and look into or out of those",)
    else:
        help_ = ("`all(x)` takes all of them, outside of partitions",)
    scope.file.add(
        finding(
            "MLP0607",
            f"{small}s do not divide into {large}s",
            argument.span,
            f"`{_word(call)}` wants each {small} to lie in one {large}",
            labels=(Label(here.grain, f"this block goes by {here.partition.kind}"),),
            help=help_,
        )
    )
    return False


def _is_period(call: ast.Call, here: Partitioned, scope: Scope) -> bool:
    """Whether the second argument is the variable of the partition around the call."""
    argument = call.arguments[1].value
    if isinstance(argument, ast.NameRef) and argument.name == here.variable:
        return True
    fixes, help_ = [], "name it: `partition by …(…) as p`, and write `p` here"
    if here.variable is not None:
        title = f"write `{here.variable}`"
        fixes.append(Fix(title, (Edit(argument.span, here.variable),), safe=True))
        help_ = f"the partition around it is called `{here.variable}`"
    type_ = scope.file.typing.of(argument)
    if not isinstance(type_, Unknown) or here.variable is None:
        scope.file.add(
            finding(
                "MLP0301",
                f"`{shortened(show(type_))}` given, the partition wanted",
                argument.span,
                "this is not the partition around the call",
                help=(help_,),
                fixes=fixes,
            )
        )
    return False


def _from_outside(call: ast.Call, found: Values, scope: Scope) -> bool:
    if not found.own:
        return True
    argument = call.arguments[0].value
    text = scope.file.text(argument.span)
    scope.file.add(
        finding(
            "MLP0601",
            f"`{_word(call)}` works on partitioned values of other blocks",
            argument.span,
            f"the partitions are not all there yet: `{text}` is of one"
            if len(text) <= 12
            else "inside the block this is the value of one partition",
            help=(
                f"yield it, and write `x = {_word(call)}(…)` below the block",
                f"or take those up to here: `trailing({text}, …)`",
            ),
        )
    )
    return False


def _check_window(call: ast.Call, found: Values, here: Partitioned | None, scope: Scope) -> None:
    kind = found.partition.kind
    grain = here.grain if here is not None and found.own else None
    window = call.arguments[1].value
    least = next((a for a in call.arguments if a.name is not None), None)
    amounts = [("window", window)] + ([("at_least", least.value)] if least is not None else [])
    fine = True
    for name, expr in amounts:
        fine = _is_amount(name, expr, kind, scope) and fine
        if fine:
            check_whole(expr, kind, grain, scope)
    if fine and least is not None:
        _check_least(window, least.value, scope)


def _is_amount(name: str, expr: ast.Expr, kind: str, scope: Scope) -> bool:
    """Whether a window is an amount of time; of months and years it is how many."""
    type_ = scope.file.typing.of(expr)
    if isinstance(type_, Unknown):
        return False
    if counts(kind) and type_ == DURATION:
        text = scope.file.text(expr.span)
        scope.file.add(
            finding(
                "MLP0606",
                f"{text} is not a whole number of {kind}s",
                expr.span,
                f"{kind}s differ in length",
                help=(f"say how many {kind}s: for example `3`",),
            )
        )
        return False
    wanted = INT if counts(kind) else DURATION
    if not fits(expr, type_, wanted, Place(name), scope):
        return False
    if not in_time(expr, Stage.SUBMIT, f"`{name}`", scope):
        return False
    known = fold(expr, scope.file)
    value = None if known is None else known.value
    empty = (isinstance(value, int) and value < 1) or (
        isinstance(value, timedelta) and value <= timedelta(0)
    )
    if empty:
        scope.file.add(
            finding("MLP0503", f"`{name}` must be more than nothing", expr.span, "too small")
        )
    return not empty


def _check_least(window: ast.Expr, least: ast.Expr, scope: Scope) -> None:
    most, given = (fold(expr, scope.file) for expr in (window, least))
    if most is None or given is None:
        return
    a, b = most.value, given.value
    longer = (isinstance(a, timedelta) and isinstance(b, timedelta) and b > a) or (
        isinstance(a, int) and isinstance(b, int) and b > a
    )
    if longer:
        scope.file.add(
            finding(
                "MLP0609",
                "`at_least` is longer than the window",
                least.span,
                "so many can never be there",
                labels=(Label(window.span, "the window"),),
                help=(f"at most `at_least = {scope.file.text(window.span)}`",),
            )
        )
