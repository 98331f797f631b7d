"""`mlp why`: say of one node why it is a hit, runs or may run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from ..check.values import Kind
from ..diagnostics.render import excerpt
from ..driver.asked import copies_of
from ..driver.build import plan_of
from ..driver.choose import Chosen, program_of
from ..driver.explaining import Answer, Link, Origin, Skipped, explain
from ..driver.front import Checked, Targets, Usage
from ..driver.pointing import Pointer
from ..driver.results import results_of
from ..ir.values import NodeId
from ..plan import PlannedNode, State
from ..plan.summary import ranges
from ..plan.values import names_of
from ..reasons import Reason
from .amounts import counted, lasting
from .begin import begin
from .options import is_value, parse, parser, with_format
from .plain import one_line
from .reasons import reason_to_json
from .show import print_json

MOST = 8
_VERBS = {State.HIT: "is a hit", State.RUN: "runs", State.DEPENDS: "depends"}
_DECIDED = {"gate": "is decided", "map": "is known", "branch": "is known", "helper": "is known"}
"""What a hit is called of nodes that are no steps."""
_WHOLE = {
    "map": "some of what it gives is made anew",
    "branch": "what it gives is made anew",
    "gate": "what it looks at is made anew",
    "helper": "what it is computed from is made anew",
}


def run(words: Sequence[str], targets: Targets) -> int:
    """Prints what decides over one node; 0 whatever it is."""
    built = parser("why", "say why a node is a hit, runs or may run", "mlp why flights.mlp fitted")
    built.epilog = f"{built.epilog}\n  mlp why demand.mlp sold[2026-11-02] region=north"
    built.add_argument("file", metavar="FILE", help="a `.mlp` file")
    built.add_argument(
        "node",
        metavar="NODE",
        nargs="?",
        help="a node, or NODE[PARTITION] in a block, as `mlp plan` names it",
    )
    built.add_argument(
        "values", metavar="name=value", nargs="*", help="values for the pipeline's parameters"
    )
    built.add_argument("--pipeline", metavar="NAME", help="which one, where a file has several")
    built.add_argument(
        "--target", metavar="NAME", help="a `target` of the file, or a kind such as argo"
    )
    with_format(built, "human", "json")
    options = parse(built, words)
    if options.node is None:
        raise Usage(f"which node? `mlp plan {options.file}` lists them")
    if is_value(options.node):
        raise Usage(f"name the node before `{options.node}`")
    begun = begin(options, targets)
    if isinstance(begun, int):
        return begun
    checked, chosen, made = begun
    with results_of(checked.project, chosen) as results:
        plan = plan_of(made, results)
        if not copies_of(plan, options.node):
            _refuse_value(checked, chosen, options.node)
        answer = explain(plan, results, checked.project, options.node)
        away = results.away
    pointer = Pointer(checked)
    if options.format == "json":
        print_json({"version": 1, "target": chosen.name, **_object(answer, pointer), "store": away})
    else:
        for line in _told(answer, pointer):
            print(line)
        if away is not None:
            print(one_line(f"  results of other machines are not counted: {away}"))
    return 0


def _refuse_value(checked: Checked, chosen: Chosen, word: str) -> None:
    """Raises `Usage` where a word is the name of something that is no node."""
    bound = program_of(checked).pipelines[chosen.pipeline].bindings.get(word)
    if bound is not None and bound.kind in (Kind.PARAMETER, Kind.VALUE):
        raise Usage(f"`{word}` is {bound.kind.value}, and only nodes run or are hits")


# ---- for people -----------------------------------------------------------------------------


def _told(answer: Answer | Skipped, pointer: Pointer) -> Iterator[str]:
    if isinstance(answer, Skipped):
        yield one_line(f"`{answer.node}` is skipped: {answer.text}")
        if answer.span is not None and answer.span.file in pointer.sources:
            yield from excerpt(answer.span, "", pointer.sources, color=_colored())
        return
    yield from _copies(answer)
    if len(answer.links) == 1:
        yield from _one(answer, pointer)
        return
    for number, link in enumerate(answer.links[:-1]):
        lead = "because " if number else ""
        yield one_line(f"{'  ' * number}{lead}{_head(link)}")
    depth = len(answer.links) - 1
    root = answer.root
    first = _first(answer)
    text = first.text if first is not None else ", ".join(r.text for r in root.reasons)
    yield one_line(f"{'  ' * depth}because `{root.node.id}` {_state(root)}: {text}")
    yield from _rest(answer, pointer, first)


def _one(answer: Answer, pointer: Pointer) -> Iterator[str]:
    """The node decides by itself."""
    link = answer.root
    first = _first(answer)
    if link.node.state is State.HIT and first is None:
        yield one_line(f"`{link.node.id}` {_state(link)}: {_made(answer, link.node)}")
        return
    text = first.text if first is not None else "; ".join(r.text for r in link.reasons)
    yield one_line(f"`{link.node.id}` {_state(link)}{f': {text}' if text else ''}")
    yield from _rest(answer, pointer, first)


def _rest(answer: Answer, pointer: Pointer, first: Reason | None) -> Iterator[str]:
    """Where the first difference stands, what else differs, and what it was compared with."""
    span = None if first is None else pointer.of(first)
    if span is not None and span.file in pointer.sources:
        yield from excerpt(span, "", pointer.sources, color=_colored())
    own = [r for r in answer.root.reasons if r is not first and r.part != "name"]
    unlike = own if _is_stranger(answer) else []
    for reason in () if unlike else own[:MOST]:
        place = pointer.place(reason)
        yield one_line(f"  also: {reason.text}{f'  ({place})' if place else ''}")
    if len(own) > MOST and not unlike:
        yield f"  and {len(own) - MOST} more differences"
    compares = first is None or first.part not in ("cache", "refresh")
    if compares and answer.root.node.state is not State.HIT and answer.compared is not None:
        yield one_line(f"  {_compared(answer, answer.compared)}")
    elif answer.root.node.kind == "task" and not answer.own:
        yield "  no result of its step is known"
    if unlike:
        more = f"; and {len(unlike) - MOST} more differences" if len(unlike) > MOST else ""
        yield one_line(f"  unlike that: {'; '.join(map(_unlike, unlike[:MOST]))}{more}")
    if answer.others:
        yield one_line(f"  and {_others(answer)}")


def _others(answer: Answer) -> str:
    """The causes that are not told, by their ids; many copies of one node as one."""
    copies: dict[str, list[NodeId]] = {}
    for node in answer.others:
        copies.setdefault(names_of([node])[0], []).append(node)
    listed = [
        f"`{nodes[0]}`" if len(nodes) == 1 else f"`{name}` ({len(nodes):,} copies)"
        for name, nodes in copies.items()
    ]
    more = f" and {len(listed) - MOST} more" if len(listed) > MOST else ""
    return f"{counted(len(answer.others), 'more cause')}: {', '.join(listed[:MOST])}{more}"


def _is_stranger(answer: Answer) -> bool:
    """Whether a node that never ran is compared with another node of its step, from which it
    differs by nature; on another machine it may have run under the same name."""
    return (
        answer.compared is not None
        and not answer.own
        and answer.compared.node not in (None, answer.root.node.id)
    )


def _unlike(reason: Reason) -> str:
    """A difference from what never was this node, so that nothing has changed."""
    if reason.input is None or reason.was is None or reason.now is None:
        return reason.text
    return f"`{reason.input}` is {reason.now}, not {reason.was}"


def _first(answer: Answer) -> Reason | None:
    """What decides: what differs comes before the news that a node never ran here, except from
    what is a stranger to it."""
    news = [reason for reason in answer.root.reasons if reason.part == "new"]
    rest = [reason for reason in answer.root.reasons if reason.part != "new"]
    ordered = (*news, *rest) if _is_stranger(answer) else (*rest, *news)
    return ordered[0] if ordered else None


def _compared(answer: Answer, origin: Origin) -> str:
    """What a node that is no hit is compared with."""
    if answer.called is not None:
        return f"compared with its last result as {answer.called}, {_origin(origin)}"
    if answer.own:
        return f"compared with its last result, {_origin(origin)}"
    if not _is_stranger(answer):
        return f"compared with the nearest result in the store, {_origin(origin)}"
    of = f" of `{origin.pipeline}`" if origin.pipeline is not None else ""
    return f"the nearest result of its step is of `{origin.node}`{of}, {_origin(origin)}"


def _head(link: Link) -> str:
    why = "; ".join(reason.text for reason in link.reasons) or _what(link.node)
    return f"`{link.node.id}` {_state(link)}: {why}"


def _what(node: PlannedNode) -> str:
    return _WHOLE.get(node.kind, "what it reads is made anew")


def _state(link: Link) -> str:
    node = link.node
    return (
        _VERBS[node.state] if node.state is not State.HIT else _DECIDED.get(node.kind, "is a hit")
    )


def _copies(answer: Answer) -> Iterator[str]:
    """How many copies of the node there are, and in what state, where it is told of one."""
    if len(answer.copies) < 2:
        return
    if len(names_of(row.id for row in answer.copies)) > 1:
        told = [f"`{row.id}` ({row.state.value})" for row in answer.copies[:MOST]]
        more = len(answer.copies) - MOST
        yield one_line(f"several: {', '.join(told)}" + (f" and {more} more" if more > 0 else ""))
        return
    yield one_line(f"{len(answer.copies)} copies: {ranges(answer.copies)}; of these")


def _made(answer: Answer, node: PlannedNode) -> str:
    if node.kind == "gate":
        return "it holds"
    if node.kind != "task":
        return "nothing that it reads is made anew"
    origin = answer.compared
    if origin is None:
        return "a stored result answers"
    other = origin.node is not None and origin.node != node.id
    return _origin(origin) + (f", as `{origin.node}`" if other else "")


def _origin(origin: Origin) -> str:
    """`made by run 20261120-… on ci-3 at …, in 18 s`; only what is known."""
    words = ["made"]
    if origin.run is not None:
        words.append(f"by run {origin.run}")
    if origin.here or origin.machine is not None:
        words.append("here" if origin.here else f"on {origin.machine}")
    if origin.made is not None:
        words.append(f"at {origin.made.replace('T', ' ').replace('Z', ' UTC')}")
    if len(words) == 1:
        words.append("earlier")
    time = "" if origin.seconds is None else f", in {lasting(origin.seconds)}"
    return " ".join(words) + time


def _colored() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


# ---- for machines ---------------------------------------------------------------------------


def _object(answer: Answer | Skipped, pointer: Pointer) -> dict[str, object]:
    if isinstance(answer, Skipped):
        return {
            "node": answer.node,
            "state": "skipped",
            "text": answer.text,
            "of": answer.of,
            "chain": [],
            "compared": None,
        }
    node, origin = answer.node, answer.compared
    return {
        "node": node.id,
        "kind": node.kind,
        "step": node.step,
        "partition": node.partition,
        "branch": node.branch,
        "state": node.state.value,
        "copies": [{"id": row.id, "state": row.state.value} for row in answer.copies],
        "chain": [
            {
                "node": link.node.id,
                "state": link.node.state.value,
                "reasons": [reason_to_json(reason, pointer) for reason in link.reasons],
            }
            for link in answer.links
        ],
        "others": list(answer.others),
        "compared": None
        if origin is None
        else {
            "own": answer.own,
            "pipeline": origin.pipeline,
            "node": origin.node,
            "run": origin.run,
            "made": origin.made,
            "machine": origin.machine,
            "seconds": origin.seconds,
            "here": origin.here,
        },
    }
