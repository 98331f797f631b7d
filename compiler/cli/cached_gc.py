"""`mlp cache gc`: remove what nothing has used for long."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from ...runtime.collect import Collected, Rules, alone, collect
from ...runtime.leftovers import Leftover, clear, leftovers
from ...runtime.quantities import parse_duration, parse_size
from ...runtime.session import Claims
from ..driver.front import Targets, Usage
from ..driver.keeping import Keeping, called, keeping, old_runs, registered
from .amounts import counted, size_of
from .options import parse, parser, with_format, with_project
from .plain import one_line
from .show import print_json

_KEEP = "30d"


def run(words: Sequence[str], targets: Targets) -> int:
    """Says what was freed. What a run needs that is under way, or starts meanwhile, stays."""
    built = parser(
        "cache gc",
        "remove results that nothing has used for long, and what dead runs left",
        "mlp cache gc --keep 14d --max-size 50GB",
    )
    built.add_argument(
        "--keep",
        metavar="TIME",
        default=_KEEP,
        help=f"what was used since stays; by default {_KEEP}",
    )
    built.add_argument(
        "--max-size",
        metavar="SIZE",
        help="beyond it, what is unused for longest goes as well",
    )
    built.add_argument(
        "--runs", action="store_true", help="also folders of runs that ended before: logs, reports"
    )
    built.add_argument("--dry-run", action="store_true", help="only say what would go")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words[1:])
    keep, most = _amounts(options.keep, options.max_size)
    now = time.time()
    with keeping(options.project) as here, alone(here.root):
        gone = _leftovers(here, keep, now, runs=options.runs, dry_run=options.dry_run)
        models = registered(here.project.state)
        rules = Rules(keep, most, models, here.history.explaining())
        found = collect(here.store, rules, now, dry_run=options.dry_run)
        names = here.history.names()
        runs = [] if options.runs else old_runs(here, keep, now)
    steps = Counter(called(kept, names) for kept in found.gone)
    freed = found.bytes + sum(each.size for each in gone)
    if options.format == "json":
        print_json(_object(found, gone, steps, freed, dry_run=options.dry_run))
        return 0
    _tell(found, gone, steps, freed, dry_run=options.dry_run)
    if runs:
        size = size_of(sum(run.size for run in runs))
        print(f"{counted(len(runs), 'run')} of before hold {size}: `--runs` removes them too")
    return 0


def _amounts(keep: str, most: str | None) -> tuple[float, int | None]:
    """Seconds to keep and bytes at most. Raises `Usage`."""
    if keep.strip().isdigit() and int(keep):
        raise Usage(f"`--keep {keep}` has no unit; write `--keep {keep.strip()}d` for days")
    try:
        seconds = parse_duration(keep).total_seconds()
    except (ValueError, OverflowError):
        raise Usage(f"`--keep {keep}` is no time; write for example `--keep 30d`") from None
    try:
        size = None if most is None else int(parse_size(most))
    except ValueError:
        raise Usage(f"`--max-size {most}` is no size; write `--max-size 50GB`") from None
    if seconds < 0 or (size is not None and size < 0):
        raise Usage("`--keep` and `--max-size` are 0 or more")
    return seconds, size


def _leftovers(
    here: Keeping, keep: float, now: float, *, runs: bool, dry_run: bool
) -> list[Leftover]:
    """What dead runs left, removed unless it is only asked for."""
    claims = Claims(here.root)
    try:
        found = leftovers(here.root, claims, keep, now)
        found += old_runs(here, keep, now) if runs else []
        if dry_run:
            return found
        return [each for each in found if clear(each, keep, now)]
    finally:
        claims.close()


def _object(
    found: Collected,
    gone: list[Leftover],
    steps: Counter[tuple[str, str]],
    freed: int,
    *,
    dry_run: bool,
) -> dict[str, object]:
    return {
        "version": 1,
        "dry_run": dry_run,
        "freed": freed,
        "results": len(found.gone),
        "files": found.objects,
        "steps": [
            {"pipeline": pipeline or None, "step": step, "results": count}
            for (pipeline, step), count in sorted(steps.items())
        ],
        "beside": _beside(gone),
        "kept": {"results": found.kept, "bytes": found.kept_bytes},
    }


def _beside(gone: list[Leftover]) -> dict[str, int]:
    sizes: Counter[str] = Counter()
    for each in gone:
        sizes[each.what] += each.size
    return dict(sorted(sizes.items()))


def _tell(
    found: Collected,
    gone: list[Leftover],
    steps: Counter[tuple[str, str]],
    freed: int,
    *,
    dry_run: bool,
) -> None:
    kept = f"{counted(found.kept, 'result')}, {size_of(found.kept_bytes)}"
    if not found.gone and not found.objects and not gone:
        print(f"nothing to remove; kept: {kept}")
        return
    verb = "would free" if dry_run else "freed"
    what = f"{counted(len(found.gone), 'result')}, {counted(found.objects, 'file')}"
    print(f"{verb} {size_of(freed)}: {what}")
    for (pipeline, step), count in sorted(steps.items()):
        name = f"{pipeline}: {step}" if pipeline else step
        print(f"  {one_line(name)}  {counted(count, 'result')}")
    for name, size in _beside(gone).items():
        print(f"  {_SAID.get(name, name)}  {size_of(size)}")
    print(f"{'would stay' if dry_run else 'kept'}: {kept}")


_SAID = {
    "tmp": "half-written files of runs that are gone",
    "scratch": "scratch of runs that are gone",
    "environments": "environments that no step uses",
    "damaged": "damaged files that were moved aside",
    "code": "code that was half laid out",
    "runs": "folders of runs",
}
