"""`mlp plan`: say what a run would do, and why, before anything starts."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ..driver.build import Built, build, plan_of, report_refusals
from ..driver.choose import Chosen, choose
from ..driver.front import Checked, Targets, front
from ..driver.parameters import given_values
from ..driver.results import results_of
from ..lower import NotKnown
from ..plan import Plan, State
from ..plan.summary import skipped, summary
from ..reasons import Reason
from .options import parse, parser, path_of, values_of, with_file, with_format
from .plain import one_line
from .show import print_json, refuse, show_report


def run(words: Sequence[str], targets: Targets) -> int:
    """Prints one line per node; 0 whatever there is to run."""
    built = parser("plan", "say what a run would do, and why", "mlp plan flights.mlp min_auc=0.72")
    with_file(built, values=True, target=True)
    with_format(built, "human", "short", "json")
    options = parse(built, words)
    values = values_of(options.values)
    checked = front(path_of(options.file), targets)
    if checked.report.has_errors:
        return refuse(checked, options.format)
    chosen = choose(checked, targets, options.pipeline, options.target)
    bound = given_values(checked, chosen, values, complete=True)
    try:
        made = build(checked, chosen, bound, frozen=True)
    except NotKnown:
        return refuse(checked, options.format)
    if not _may_start(checked, made):
        return refuse(checked, options.format)
    with results_of(checked.project, chosen) as results:
        plan = plan_of(made, results)
    if options.format == "json":
        print_json(_object(checked, chosen, made, plan))
    else:
        show_report(checked, options.format)
        _tell(made, plan, options.file)
    return 0


def _may_start(checked: Checked, made: Built) -> bool:
    """Whether no gate on parameters refuses the run, and all files that it names are there."""
    report_refusals(made, checked.report)
    return not checked.report.has_errors


def _object(checked: Checked, chosen: Chosen, made: Built, plan: Plan) -> dict[str, object]:
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
                "reasons": [_reason(checked, reason) for reason in node.reasons],
                "seconds": node.seconds,
                "cost": None,
            }
            for node in plan.nodes
        ],
        "totals": {state.value: count for state, count in plan.totals().items()},
    }


def _reason(checked: Checked, reason: Reason) -> dict[str, object]:
    span = None
    if reason.span is not None:
        start = checked.source.position(reason.span.start)
        end = checked.source.position(reason.span.end)
        span = {
            "start": {"line": start.line, "column": start.column},
            "end": {"line": end.line, "column": end.column},
        }
    return {
        "part": reason.part,
        "was": reason.was,
        "now": reason.now,
        "span": span,
        "text": reason.text,
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
    known = [n.seconds for n in plan.nodes if n.state is not State.HIT and n.seconds is not None]
    return f"; about {sum(known):.1f} s of work by last time's measure" if known else ""
