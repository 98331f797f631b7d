"""`mlp approve`: decide what a run waits for."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..contract.approvals import Asked, Decision, decide, decision_of, open_questions
from ..contract.folder import RunFolder, command_for, runs_of, way_on
from ..driver.front import Targets, Usage
from ..driver.runs import node_called, run_called, state_here
from ..ir.values import Json
from .options import parse, parser, with_format, with_project
from .plain import one_line
from .show import print_json

_OPEN = ("running", "interrupted")


def run(words: Sequence[str], targets: Targets) -> int:
    """Decides once; without a node, lists what waits."""
    built = parser("approve", "decide what a run waits for", "mlp approve latest approve_1")
    built.add_argument(
        "run", metavar="RUN", nargs="?", help="a run, how its name begins, or `latest`"
    )
    built.add_argument("node", metavar="NODE", nargs="?", help="what waits; listed if not given")
    built.add_argument("--reject", action="store_true", help="say no")
    built.add_argument("--by", metavar="NAME", help="in whose name; yours if not given")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words)
    state = state_here(options.project)
    if options.node is None:
        folders = runs_of(state) if options.run is None else [run_called(state, options.run)]
        _list(state, [folder for folder in folders if folder.status() in _OPEN], options.format)
        return 0
    folder = run_called(state, options.run)
    decision = _decided(folder, options.node, approved=not options.reject, by=options.by)
    if options.format == "json":
        print_json({"version": 1, "run": folder.id, "node": options.node, **decision.as_json()})
    else:
        word = "approved" if decision.approved else "rejected"
        print(one_line(f"{word} `{options.node}` of run {folder.id}, by {decision.by}"))
        if not folder.alive():
            print(f"the run was interrupted; to go on: {way_on(folder)}")
    return 0


def _decided(folder: RunFolder, node: str, *, approved: bool, by: str | None) -> Decision:
    """Raises `Usage` where nobody waits for it, or not for this person."""
    asked = next((a for a in open_questions(folder.path) if a.node == node), None)
    damage = folder.damage()
    if damage is not None:
        raise Usage(f"run {folder.id} is damaged: {damage}")
    if asked is None or folder.status() not in _OPEN:
        node_called(folder, node)
        before = decision_of(folder.path, node)
        if before is None:
            raise Usage(f"`{node}` of run {folder.id} does not wait for anybody{_others(folder)}")
        raise Usage(f"`{node}` of run {folder.id} was decided already{_who(before)}")
    user = _user()
    name = by or user
    if asked.by and name not in asked.by:
        wanted = " or ".join(f"`{one}`" for one in asked.by)
        raise Usage(
            f"{wanted} decides this, not `{name}`; to speak for one of them, "
            f"and have that on record: --by {asked.by[0]}"
        )
    decision = Decision(approved, name, user, datetime.now(UTC))
    if not decide(folder.path, node, decision):
        raise Usage(f"somebody else decided `{node}` of run {folder.id} at the same moment")
    return decision


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "somebody"


def _who(decision: Decision) -> str:
    if decision.by is None:
        return ": nobody did in time"
    return f": {'approved' if decision.approved else 'rejected'} by {decision.by}"


def _others(folder: RunFolder) -> str:
    waiting = [asked.node for asked in open_questions(folder.path)]
    return f"; what waits is {', '.join(f'`{node}`' for node in waiting)}" if waiting else ""


def _list(state: Path, folders: Sequence[RunFolder], style: str) -> None:
    waiting = [(folder, asked) for folder in folders for asked in open_questions(folder.path)]
    if style == "json":
        rows: list[dict[str, Json]] = [{"run": f.id, **asked.as_json()} for f, asked in waiting]
        print_json({"version": 1, "waiting": rows})
        return
    for folder, asked in waiting:
        print(one_line(f"{folder.id}  {asked.node}  {asked.message}{_until(asked)}"))
    if waiting:
        folder, asked = waiting[0]
        print(one_line(f"next: {command_for(state, 'approve', folder.id, asked.node)}"))
    else:
        print("nothing waits for a decision")


def _until(asked: Asked) -> str:
    who = f"; {' or '.join(asked.by)} decides" if asked.by else ""
    limit = "" if asked.until is None else f"; until {asked.until:%Y-%m-%d %H:%M} UTC"
    return who + limit
