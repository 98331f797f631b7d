"""`mlp plan`: say what a run would do, and why, before anything starts."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence

from ..driver.build import plan_of
from ..driver.front import Targets, Usage
from ..driver.pinned import lacking
from ..driver.placing import placed
from ..driver.results import made_elsewhere, noisy_in, results_of
from ..plan import Plan
from ..plan.costs import Costs, costs
from ..plan.limits import ALL, Limits, Verdict, culprits, verdicts
from .begin import begin
from .options import parse, parser, with_file, with_format
from .plain import one_line
from .planned import Told, plan_object, tell
from .show import print_json, show_report

EPILOG = """
Steps are `hit` (a stored result answers), `run`, or `depends`: only the run can tell, as an
input is made anew and may come out the same. For all limits a step that depends counts as one
that runs, and so do steps that run in every run (`cache = false`, `effects = true`). A step of
which no time is known breaks --max-seconds, one of which no cost is known --max-cost, and one that
runs once for each item of a list that only the run knows breaks all but --expect-hits. A plan that
breaks a limit ends with exit code 1; else it is 0, whatever there is to run."""


def run(words: Sequence[str], targets: Targets) -> int:
    """Prints one line per node; 0 whatever there is to run, 1 where it breaks a limit."""
    built = parser("plan", "say what a run would do, and why", "mlp plan flights.mlp min_auc=0.72")
    built.epilog = f"{built.epilog}\n  mlp plan flights.mlp --max-run 2\n{EPILOG}"
    with_file(built, values=True, target=True)
    built.add_argument(
        "--max-run", metavar="N", type=_count, help="fail where more than N steps may run"
    )
    built.add_argument(
        "--expect-hits",
        metavar="N",
        type=_hits,
        help="fail where fewer than N steps are hits; without N, where any step may run",
    )
    built.add_argument(
        "--max-seconds",
        metavar="S",
        type=_seconds,
        help="fail where more than S seconds of work may be done, by the times of earlier runs",
    )
    built.add_argument(
        "--max-cost",
        metavar="C",
        type=_amount,
        help="fail where the work may cost more than C, by [prices] in mlp.toml",
    )
    built.add_argument(
        "--all", action="store_true", help="a line for each node, however many there are"
    )
    with_format(built, "human", "short", "json")
    options = parse(built, _with_all(words))
    limits = Limits(options.max_run, options.expect_hits, options.max_seconds, options.max_cost)
    begun = begin(options, targets)
    if isinstance(begun, int):
        return begun
    checked, chosen, made = begun
    with results_of(checked.project, chosen) as results:
        plan, away = plan_of(made, results), results.away
    place, prices = placed(checked, made, plan, targets), checked.project.prices
    if prices is None and limits.cost is not None:
        raise Usage("`--max-cost` needs prices: `mlp.toml` has no `[prices]`")
    spent = None
    if prices is not None:
        spent = costs(plan, prices, None if place.refused else place.machines)
    judged = verdicts(plan, limits, spent)
    told = Told(
        checked,
        made,
        plan,
        place,
        judged,
        noisy_in(checked.project, chosen, plan),
        made_elsewhere(plan),
        away,
        lacking(made.graph, checked.lock),
        spent,
    )
    if options.format == "json":
        print_json(plan_object(told))
    else:
        show_report(checked, options.format)
        tell(told, _same(options), every=options.all)
    for verdict in judged:
        if not verdict.holds:
            _blame(plan, verdict, spent)
    return 0 if all(verdict.holds for verdict in judged) else 1


def _same(options: Namespace) -> list[str]:
    """The words that say which pipeline, where, and with what."""
    named = [("--pipeline", options.pipeline), ("--target", options.target)]
    flags = [word for flag, value in named if value is not None for word in (flag, value)]
    return [options.file, *flags, *options.values]


def _with_all(words: Sequence[str]) -> list[str]:
    """`--expect-hits` with `all` behind it where no number is."""
    found: list[str] = []
    for number, word in enumerate(words):
        found.append(word)
        if word == "--expect-hits":
            following = words[number + 1] if number + 1 < len(words) else ""
            if following != ALL and not following.isdecimal():
                found.append(ALL)
    return found


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise ArgumentTypeError(f"`{text}` is no number of steps")
    return int(text)


def _hits(text: str) -> str | int:
    return text if text == ALL else _count(text)


def _seconds(text: str) -> float:
    return _number(text, "is no number of seconds; 10 minutes are 600")


def _amount(text: str) -> float:
    return _number(text, "is no amount; write `3.50`, without the currency")


def _number(text: str, wrong: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ArgumentTypeError(f"`{text}` {wrong}")
    return found


def _blame(plan: Plan, verdict: Verdict, spent: Costs | None) -> None:
    """What breaks a limit, on stderr: standard output stays the plan alone."""
    limit = "" if verdict.limit == ALL else f" {verdict.limit:g}"
    print(one_line(f"mlp plan: --{verdict.name}{limit}: {verdict.text}"), file=sys.stderr)
    for name, why in culprits(plan, verdict, spent):
        print(one_line(f"  {name}: {why}" if why else f"  {name}"), file=sys.stderr)
