"""A plan as it is told: lines for people, one object for machines."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ...runtime.dataclass import dataclass
from ..diagnostics.export import diagnostic_to_json
from ..diagnostics.render import render_short
from ..driver.build import Built
from ..driver.choose import Chosen
from ..driver.front import Checked
from ..driver.placing import Placed
from ..driver.pointing import Pointer
from ..ir.values import NodeId
from ..plan import Plan, State
from ..plan.costs import Costs
from ..plan.limits import Verdict
from ..plan.summary import closed, condensed, skipped, summary
from ..plan.times import times
from ..plan.values import names_of
from .amounts import counted, lasting
from .plain import noise, one_line
from .reasons import reason_to_json
from .spending import spending

MOST = 6


@dataclass(frozen=True, slots=True)
class Told:
    """All that is said of a plan: `noisy` has outputs by node, `elsewhere` the machines
    that made what this one did not, `away` why the shared store could not be asked, `stale` what
    the lock lacks; `costs` is None where the project has no prices."""

    checked: Checked
    made: Built
    plan: Plan
    placed: Placed
    verdicts: Sequence[Verdict]
    noisy: Mapping[NodeId, Sequence[str]]
    elsewhere: Mapping[NodeId, str]
    away: str | None
    stale: str | None
    costs: Costs | None


def plan_object(told: Told) -> dict[str, object]:
    """The object of `--format json`."""
    plan, made, sources = told.plan, told.made, told.checked.sources
    known, pointer = times(plan), Pointer(told.checked)
    machines = told.placed.machines
    return {
        "version": 1,
        "target": made.chosen.name,
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
                "cost": None if told.costs is None else _rounded(told.costs.known.get(node.id)),
                "noisy": list(told.noisy.get(node.id, ())),
                "machine": machines.get(node.id),
                "made_on": told.elsewhere.get(node.id),
            }
            for node in plan.nodes
        ]
        + [_added(job.id, job.what, machines.get(job.id)) for job in told.placed.added],
        "totals": {state.value: count for state, count in plan.totals().items()},
        "times": {
            "work": round(known.work, 3),
            "path": round(known.path, 3),
            "unknown": list(known.unknown),
        },
        "costs": _costs(told.costs),
        "limits": [
            {
                "name": verdict.name,
                "limit": verdict.limit,
                "found": verdict.found,
                "holds": verdict.holds,
                "text": verdict.text,
                "nodes": list(verdict.nodes),
            }
            for verdict in told.verdicts
        ],
        "lock": told.stale,
        "store": told.away,
        "refused": [diagnostic_to_json(found, sources) for found in told.placed.refused],
    }


def _costs(costs: Costs | None) -> dict[str, object] | None:
    if costs is None:
        return None
    total, unknown = _rounded(costs.total), dict(costs.unknown)
    return {"currency": costs.currency, "total": total, "unknown": unknown}


def _rounded(cost: float | None) -> float | None:
    return None if cost is None else round(cost, 6)


def _added(name: str, what: str, machine: str | None) -> dict[str, object]:
    """The row of a job that a target adds: it runs in every run."""
    reason = {"part": "target", "was": None, "now": None, "span": None, "at": None, "text": what}
    return {
        "id": name,
        "kind": "helper",
        "step": None,
        "partition": None,
        "branch": None,
        "state": State.RUN.value,
        "key": None,
        "reasons": [reason],
        "seconds": None,
        "cost": None,
        "noisy": [],
        "machine": machine,
        "made_on": None,
    }


def tell(told: Told, words: Sequence[str], *, every: bool = False) -> None:
    """One line for each node, what the target makes of it, what else is to be known, the totals
    and the next command; `words` are those of this one but for limits and format. Of many nodes
    those of which the same can be said share a line, if not `every` one is to have its own."""
    plan, made = told.plan, told.made
    full = summary(plan)
    lines = full if every else condensed(full)
    width = max((len(line.name) for line in lines), default=0) + 2
    for line in lines:
        print(one_line(f"{line.state.value:<9}{line.name:<{width}}{line.text}".rstrip()))
    left_out = skipped(plan)
    if left_out:
        print(one_line(f"skipped  {', '.join(left_out)}"))
    print()
    for text in _placed(told):
        print(one_line(text))
    if told.away is not None:
        print(one_line(f"results of other machines are not counted: {told.away}"))
    for text in _elsewhere(told):
        print(one_line(text))
    for name, outputs in told.noisy.items():
        print(one_line(noise(name, outputs)))
    for gate in closed(plan):
        print(one_line(f"a run would fail at `{gate.id}`"))
    totals = plan.totals()
    tasks = sum(totals.values())
    if totals[State.HIT] == tasks:
        print(f"nothing to run: {counted(tasks, 'step')} up to date")
    else:
        parts = [f"{totals[s]:,} {s.value}" for s in State if totals[s]]
        print(f"{counted(tasks, 'step')}: {', '.join(parts)}{_time(plan)}")
        unsaid = told.costs is None or told.placed.refused
        cost = None if unsaid or told.costs is None else spending(told.costs, plan)
        if cost is not None:
            print(one_line(cost))
    if told.stale is not None:
        print(one_line(f"{told.stale}; next: mlp lock"))
    if len(lines) < len(full):
        print(f"a line for each: {shlex.join(['mlp', 'plan', *words, '--all'])}")
    if totals[State.HIT] != tasks and not told.placed.refused:
        print(f"next: {shlex.join(_next(made.chosen, words))}")


def _elsewhere(told: Told) -> Iterator[str]:
    """Which hits other machines have made, copies of one node as one."""
    machines: dict[str, Counter[str]] = {}
    for node, machine in told.elsewhere.items():
        machines.setdefault(machine, Counter())[names_of([node])[0]] += 1
    for machine, counts in machines.items():
        named = [f"{name} ({count})" if count > 1 else name for name, count in counts.items()]
        yield f"made on {machine}: {few(named)}"


def _placed(told: Told) -> Iterator[str]:
    """What the target adds, on which machines all that runs, and what it cannot take."""
    placed, title = told.placed, told.made.chosen.target.title
    if placed.added:
        yield f"{title} adds {few([f'{job.id} ({job.what})' for job in placed.added])}"
    jobs: dict[str, list[str]] = {}
    for job, machine in placed.machines.items():
        jobs.setdefault(machine, []).append(job)
    for machine, named in sorted(jobs.items(), key=lambda found: len(found[1])):
        yield f"{machine} for {few(named)}"
    if placed.refused:
        yield f"{title} cannot take it as it is:"
        for found in placed.refused:
            yield f"  {render_short(found, told.checked.sources)}"


def few(names: Sequence[str]) -> str:
    """Names in a line, of many only the first."""
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def _next(chosen: Chosen, words: Sequence[str]) -> tuple[str, ...]:
    if chosen.kind == "local":
        return ("mlp", "run", *words)
    return ("mlp", "compile", *words, "-o", f"out/{chosen.name}")


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
        text += f", and {counted(len(known.unknown), 'step')} that nobody has timed"
    return text


def _about(seconds: float) -> str:
    told = lasting(seconds)
    return told if told.startswith("less") else f"about {told}"
