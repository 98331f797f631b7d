"""`partition by day(…) as day { … }`: its keys, its variable, and `T per day`."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import widen
from ..types.settings import SettingRule, Stage
from ..types.types import (
    UNKNOWN,
    Partitioning,
    Per,
    Type,
)
from .bindable import check_variable
from .blocks import check_options
from .closest import closest, listed
from .finding import finding
from .fold import folded_text
from .loops import Walk
from .nesting import enter
from .partition_keys import check_keys
from .periods import KINDS, check_whole, is_time
from .scope import Scope
from .settings import PARTITION_OPTIONS, PERIOD_OPTIONS
from .surroundings import Around, Partitioned
from .values import Binding, Kind
from .yields import check_taken
from .zones import check_zone

_MEANT = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "yearly": "year",
    "date": "day", "keys": "key", "list": "key", "bucket": "hash", "shard": "hash",
}  # fmt: skip


def check_partition(
    block: ast.PartitionBlock, name: ast.Name | None, scope: Scope, walk: Walk
) -> Type | None:
    """The type of the block's value, None where it has none."""
    enter("partition", block.keyword, scope)
    kind = block.grain.text
    if kind not in KINDS:
        _report_kind(block.grain, scope)
    given = {a.name.text: a.value for a in block.arguments if a.name is not None}
    row = check_keys(block, scope) if kind in KINDS else UNKNOWN
    zone = "UTC" if is_time(kind) and kind != "hour" else None
    if zone is not None and "zone" in given:
        check_zone(given["zone"], scope)
        zone = folded_text(given["zone"], scope.file)
    if block.options is not None:
        rules = PERIOD_OPTIONS if is_time(kind) or kind not in KINDS else PARTITION_OPTIONS
        _check_options(block, block.options, rules, scope)
    partition = Partitioning(kind, zone, None if name is None else name.text)
    around = Around(
        "partition",
        block.keyword,
        block.body.span,
        Partitioned(
            partition, block.grain.span, None if block.variable is None else block.variable.text
        ),
    )
    inner = scope.inside(around, block.body.statements)
    variable, one = block.variable, None
    if variable is not None:
        check_variable(variable, scope)
        stage = Stage.RUN if kind == "hash" else Stage.SUBMIT
        one = Binding(variable.text, variable.span, Kind.PARTITION, row, stage)
    with inner.meaning(one):
        found = walk(block.body, inner)
    taken = check_taken("partition", block.keyword, name, (found,), scope)
    if taken and kind not in KINDS:
        return UNKNOWN
    return Per(widen(found.type), partition) if taken else None


def _check_options(
    block: ast.PartitionBlock,
    options: ast.WithClause,
    rules: tuple[SettingRule, ...],
    scope: Scope,
) -> None:
    kind = block.grain.text
    check_options(options, rules, f"with of partition by {kind}", scope)
    for option in options.arguments:
        if option.name is not None and option.name.text == "reprocess":
            check_whole(option.value, kind, block.grain.span, scope)


def _report_kind(grain: ast.Name, scope: Scope) -> None:
    near = _MEANT.get(grain.text) or closest(grain.text, KINDS)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(grain.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0101",
            f"expected {listed(KINDS, 'or')} here",
            grain.span,
            f"did you mean `{near}`?" if near else "nothing can be partitioned by this",
            fixes=fixes,
        )
    )
