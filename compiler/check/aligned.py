"""Whether the partitions of two blocks go together: the same ones, or some inside of others."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.types import (
    UNKNOWN,
    Partitioning,
    Per,
    Unknown,
    show,
)
from .finding import finding
from .looked_at import Values, word_of
from .origin import shortened
from .per import CONTAINS, report_per
from .periods import is_time
from .scope import Scope
from .surroundings import Partitioned


def same_partitions(call: ast.Call, found: Values, here: Partitioned, scope: Scope) -> bool:
    """Whether another block goes over the same partitions as the one around the call."""
    argument = call.arguments[0].value
    theirs, ours = found.partition, here.partition
    if theirs.kind != ours.kind:
        report_per(argument, Per(found.item, theirs), UNKNOWN, scope, instead=call)
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


def nested(
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
    other = "covering" if word_of(call) == "within" else "within"
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
            f"`{word_of(call)}` wants each {small} to lie in one {large}",
            labels=(Label(here.grain, f"this block goes by {here.partition.kind}"),),
            help=help_,
        )
    )
    return False


def is_period(call: ast.Call, here: Partitioned, scope: Scope) -> bool:
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
