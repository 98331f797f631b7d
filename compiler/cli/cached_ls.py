"""`mlp cache ls`: what is kept here, by pipeline and step."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ...runtime.dataclass import dataclass, field
from ...runtime.survey import Kept, listed, weight
from ..driver.front import Targets
from ..driver.keeping import called, keeping
from .amounts import ago, counted, size_of
from .options import parse, parser, with_format, with_project
from .plain import one_line
from .show import print_json

_BESIDE = ("runs", "environments", "registry", "scratch", "damaged")


@dataclass(slots=True)
class _Group:
    """The results of one step; `objects` are theirs, each once."""

    results: int = 0
    objects: dict[str, int] = field(default_factory=dict)
    made: float = 0.0
    used: float = 0.0
    pinned: int = 0

    def add(self, kept: Kept, *, pinned: bool) -> None:
        self.results += 1
        self.objects |= kept.objects
        self.made = max(self.made, kept.made)
        self.used = max(self.used, kept.used)
        self.pinned += pinned


def run(words: Sequence[str], targets: Targets) -> int:
    """One line per step, pipelines by name; results that no run here has met come last."""
    built = parser("cache ls", "list what is kept, by pipeline and step", "mlp cache ls")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words[1:])
    with keeping(options.project) as here:
        names, pins = here.history.names(), here.store.index.pins()
        groups: dict[tuple[str, str], _Group] = {}
        for kept in here.results():
            group = groups.setdefault(called(kept, names), _Group())
            group.add(kept, pinned=kept.id in pins)
        beside = {name: weight(here.root / name) for name in _BESIDE if listed(here.root / name)}
        shared = here.project.store_url
        root = here.root
    order = sorted(groups.items(), key=lambda item: (not item[0][0], item[0]))
    objects = {hex: size for group in groups.values() for hex, size in group.objects.items()}
    count, size = sum(group.results for group in groups.values()), sum(objects.values())
    if options.format == "json":
        print_json(
            {
                "version": 1,
                "store": str(root),
                "shared": shared,
                "steps": [_row(*name, group) for name, group in order],
                "results": count,
                "bytes": size,
                "beside": beside,
            }
        )
        return 0
    _tell(order)
    print(f"{counted(count, 'result')}, {size_of(size)} in {one_line(str(root))}")
    if beside:
        print("beside them: " + ", ".join(f"{name} {size_of(n)}" for name, n in beside.items()))
    return 0


def _row(pipeline: str, step: str, group: _Group) -> dict[str, object]:
    return {
        "pipeline": pipeline or None,
        "step": step,
        "results": group.results,
        "bytes": sum(group.objects.values()),
        "made": group.made,
        "used": group.used,
        "pinned": group.pinned,
    }


def _tell(order: Sequence[tuple[tuple[str, str], _Group]]) -> None:
    if not order:
        return
    now = time.time()
    rows = [("pipeline", "step", "results", "size", "made", "last used")]
    last = None
    for (pipeline, step), group in order:
        shown = one_line(pipeline) if pipeline else "(no run here)"
        rows.append(
            (
                "" if pipeline == last else shown,
                one_line(step) + (" (pinned)" if group.pinned == group.results else ""),
                f"{group.results:,}",
                size_of(sum(group.objects.values())),
                ago(now - group.made),
                ago(now - group.used),
            )
        )
        last = pipeline
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    for row in rows:
        left = [row[column].ljust(widths[column]) for column in (0, 1)]
        right = [row[column].rjust(widths[column]) for column in (2, 3)]
        print("  ".join((*left, *right, row[4].ljust(widths[4]), row[5])).rstrip())
    print()
