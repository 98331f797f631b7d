"""`mlp plan`: say what a run would do, and why, before anything starts."""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping, Sequence

from ..driver.build import Built, plan_of, startable
from ..driver.choose import Chosen, choose
from ..driver.front import Checked, Targets, front
from ..driver.pinned import lacking
from ..driver.pointing import Pointer
from ..driver.results import noisy_in, results_of
from ..ir.values import NodeId
from ..plan import Plan, State
from ..plan.limits import ALL, Limits, Verdict, culprits, verdicts
from ..plan.summary import closed, skipped, summary
from ..plan.times import times
from .amounts import lasting
from .options import parse, parser, path_of, values_of, with_file, with_format
from .plain import noise, one_line
from .reasons import reason_to_json
from .show import print_json, refuse, show_report

EPILOG = """
Steps are `hit` (a stored result answers), `run`, or `depends`: only the run can tell, as an
input is made anew and may come out the same. For --max-run, --expect-hits and --max-seconds a
step that depends counts as one that runs, and so do steps that run in every run
(`cache = false`, `effects = true`). A step of which no time is known breaks --max-seconds, and
one that runs once for each item of a list that only the run knows breaks --max-run. A plan that
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
    with_format(built, "human", "short", "json")
    options = parse(built, _with_all(words))
    limits = Limits(options.max_run, options.expect_hits, options.max_seconds)
    values = values_of(options.values)
    checked = front(path_of(options.file), targets)
    if checked.report.has_errors:
        return refuse(checked, options.format)
    chosen = choose(checked, targets, options.pipeline, options.target)
    made = startable(checked, chosen, values)
    if made is None:
        return refuse(checked, options.format)
    with results_of(checked.project, chosen) as results:
        plan = plan_of(made, results)
    noisy = noisy_in(checked.project, chosen, plan)
    judged = verdicts(plan, limits)
    if options.format == "json":
        print_json(_object(checked, chosen, made, plan, judged, noisy))
    else:
        show_report(checked, options.format)
        _tell(made, plan, options.file)
        for name, outputs in noisy.items():
            print(one_line(noise(name, outputs)))
        stale = lacking(made.graph, checked.lock)
        if stale is not None:
            print(one_line(f"{stale}; next: mlp lock"))
    for verdict in judged:
        if not verdict.holds:
            _blame(plan, verdict)
    return 0 if all(verdict.holds for verdict in judged) else 1


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
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise ArgumentTypeError(f"`{text}` is no number of seconds; 10 minutes are 600")
    return found


def _blame(plan: Plan, verdict: Verdict) -> None:
    """What breaks a limit, on stderr: standard output stays the plan alone."""
    limit = "" if verdict.limit == ALL else f" {verdict.limit:g}"
    print(one_line(f"mlp plan: --{verdict.name}{limit}: {verdict.text}"), file=sys.stderr)
    for name, why in culprits(plan, verdict):
        print(one_line(f"  {name}: {why}" if why else f"  {name}"), file=sys.stderr)


def _object(
    checked: Checked,
    chosen: Chosen,
    made: Built,
    plan: Plan,
    judged: Sequence[Verdict],
    noisy: Mapping[NodeId, Sequence[str]],
) -> dict[str, object]:
    known, pointer = times(plan), Pointer(checked)
    return {
        "version": 1,
        "target": chosen.name,
        "parameters": {name: literal.value for name, literal in made.values.items()},
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind,
                "step": node.step,
                "partition": node.partition,
                "branch": node.branch,
                "state": node.state.value,
                "key": node.key,
                "reasons": [reason_to_json(reason, pointer) for reason in node.reasons],
                "seconds": node.seconds,
                "cost": None,
                "noisy": list(noisy.get(node.id, ())),
            }
            for node in plan.nodes
        ],
        "totals": {state.value: count for state, count in plan.totals().items()},
        "times": {
            "work": round(known.work, 3),
            "path": round(known.path, 3),
            "unknown": list(known.unknown),
        },
        "limits": [
            {
                "name": verdict.name,
                "limit": verdict.limit,
                "found": verdict.found,
                "holds": verdict.holds,
                "text": verdict.text,
                "nodes": list(verdict.nodes),
            }
            for verdict in judged
        ],
    }


def _tell(made: Built, plan: Plan, file: str) -> None:
    lines = summary(plan)
    width = max((len(line.name) for line in lines), default=0) + 2
    for line in lines:
        print(one_line(f"{line.state.value:<9}{line.name:<{width}}{line.text}".rstrip()))
    left_out = skipped(plan)
    if left_out:
        print(one_line(f"skipped  {', '.join(left_out)}"))
    totals = plan.totals()
    tasks = sum(totals.values())
    print()
    for gate in closed(plan):
        print(one_line(f"a run would fail at `{gate.id}`"))
    if totals[State.HIT] == tasks:
        print(f"nothing to run: {_steps(tasks)} up to date")
        return
    parts = [f"{totals[s]} {s.value}" for s in State if totals[s]]
    print(f"{_steps(tasks)}: {', '.join(parts)}{_time(plan)}")
    print(f"next: {shlex.join(_next(made.chosen, file))}")


def _next(chosen: Chosen, file: str) -> tuple[str, ...]:
    if chosen.kind == "local":
        return ("mlp", "run", file)
    return ("mlp", "compile", file, "--target", chosen.name, "-o", f"out/{chosen.name}")


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"


def _time(plan: Plan) -> str:
    """`; about 12 min of work, 4 min at least`, as far as earlier runs tell."""
    known = times(plan)
    ahead = plan.totals()[State.RUN] + plan.totals()[State.DEPENDS]
    if len(known.unknown) == ahead:
        return ""
    text = f"; {_about(known.work)} of work"
    if 0.05 <= known.path < 0.9 * known.work:
        text += f", {lasting(known.path)} at least"
    if known.unknown:
        text += f", and {_steps(len(known.unknown))} that nobody has timed"
    return text


def _about(seconds: float) -> str:
    told = lasting(seconds)
    return told if told.startswith("less") else f"about {told}"
