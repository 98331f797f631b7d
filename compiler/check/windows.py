"""Which partitions of a value are read: `previous trailing within covering current all latest`."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import optional
from ..types.types import UNKNOWN, ListOf, Type
from .aligned import is_period, nested, same_partitions
from .builtins import Input, Signature, call_type
from .finding import finding
from .infer import infer
from .looked_at import Values, around_of, by_time, from_outside, report_in_hook, values_of, word_of
from .results import Given
from .scope import Function, Scope
from .window_lengths import check_window


def previous(call: ast.Call, scope: Scope) -> Type:
    """The value of the partition before, missing in the first one."""
    here = around_of(call, scope)
    found = _checked(call, (), scope) if here is not None else None
    if found is None or here is None or not by_time(call, found, scope):
        return UNKNOWN
    if not found.own and not same_partitions(call, found, here, scope):
        return UNKNOWN
    return optional(found.item)


def current(call: ast.Call, scope: Scope) -> Type:
    """The value that another block has for the same partition."""
    here = around_of(call, scope)
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
    return found.item if same_partitions(call, found, here, scope) else UNKNOWN


def trailing(call: ast.Call, scope: Scope) -> Type:
    """The last partitions up to this one, or up to the last, oldest first."""
    found = _checked(call, (_WINDOW, _AT_LEAST), scope)
    if found is None or not by_time(call, found, scope):
        return UNKNOWN
    here = scope.partitioned()
    if here is not None and not found.own and not same_partitions(call, found, here, scope):
        return UNKNOWN
    check_window(call, found, here, scope)
    return ListOf(found.item)


def within(call: ast.Call, scope: Scope) -> Type:
    """The values of all shorter partitions in this one, oldest first."""
    here = around_of(call, scope)
    found = _checked(call, (_PERIOD,), scope) if here is not None else None
    if found is None or here is None or not is_period(call, here, scope):
        return UNKNOWN
    inner, outer = found.partition, here.partition
    if not nested(call, inner, outer, inner.kind, outer.kind, scope):
        return UNKNOWN
    return ListOf(found.item)


def covering(call: ast.Call, scope: Scope) -> Type:
    """The value of the longer partition that this one lies in."""
    here = around_of(call, scope)
    found = _checked(call, (_PERIOD,), scope) if here is not None else None
    if found is None or here is None or not is_period(call, here, scope):
        return UNKNOWN
    inner, outer = here.partition, found.partition
    if not nested(call, inner, outer, inner.kind, outer.kind, scope):
        return UNKNOWN
    return found.item


def all_of(call: ast.Call, scope: Scope) -> Type:
    """The values of all partitions, oldest first."""
    found = _checked(call, (), scope)
    if found is None or not from_outside(call, found, scope):
        return UNKNOWN
    return optional(ListOf(found.item)) if scope.hook is not None else ListOf(found.item)


def latest(call: ast.Call, scope: Scope) -> Type:
    """The value of the last partition."""
    found = _checked(call, (), scope)
    if found is None or not from_outside(call, found, scope):
        return UNKNOWN
    if not by_time(call, found, scope):
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


def _checked(call: ast.Call, further: tuple[Input, ...], scope: Scope) -> Values | None:
    """What the call works on, None after reporting that the call makes no sense."""
    found: list[Values | None] = []

    def first(_: ast.Call, given: Given, place: Scope) -> Type:
        found.append(values_of(call, given[0][0].value, place))
        return UNKNOWN

    signature = Signature(word_of(call), _TEXTS[word_of(call)], (_OF, *further), first)
    if scope.hook is not None and word_of(call) == "trailing":
        report_in_hook(call, scope)
        return None
    given: Given = [
        (argument, UNKNOWN if number == 0 else infer(argument.value, scope))
        for number, argument in enumerate(call.arguments)
    ]
    call_type(signature, call, given, UNKNOWN, scope)
    return found[0] if found else None
