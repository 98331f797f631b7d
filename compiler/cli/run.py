"""`mlp run`: run a pipeline on this machine."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from ...runtime.dataclass import replace
from ...runtime.texts import show
from ..contract.counts import counted
from ..contract.folder import RunFolder, command_for, way_on
from ..contract.runner import NodeState, RunResult
from ..driver.build import Built, build, report_refusals
from ..driver.choose import choose
from ..driver.front import Targets, front
from ..driver.parameters import given_values
from ..driver.repeating import Asked, Spoken, keep_answer
from ..driver.resume import earlier, values_again
from ..driver.running import Prepared, prepare
from ..ir.meaning import value_of
from ..ir.values import Json, Literal
from ..lower import NotKnown
from ..memo.witness import witness
from ..types.types import DURATION, SIZE
from .options import parse, parser, path_of, values_of, with_file, with_format
from .plain import inert, noise, one_line
from .progress import watcher
from .show import print_json, refuse, show_report

_CODES = {"succeeded": 0, "stopped": 0, "failed": 1, "interrupted": 130}


def run(words: Sequence[str], targets: Targets) -> int:
    """Runs to the end; 1 where a step or gate failed, 130 after Ctrl-C."""
    options_parser = parser(
        "run", "run a pipeline on this machine", "mlp run flights.mlp min_auc=0.72"
    )
    with_file(options_parser, values=True, target=True)
    options_parser.add_argument(
        "--keep-going", action="store_true", help="finish what does not depend on a failure"
    )
    options_parser.add_argument(
        "--oversubscribe",
        action="store_true",
        help="run steps that ask for more than this machine has",
    )
    options_parser.add_argument(
        "--resume", metavar="RUN", help="go on with a run as it began: effects are not repeated"
    )
    options_parser.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="progress on stderr"
    )
    with_format(options_parser, "human", "short", "json")
    options = parse(options_parser, words)
    values = values_of(options.values)
    path = path_of(options.file)
    typed, untouched = datetime.now(UTC), witness(path.resolve().parent)
    checked = front(path, targets)
    if checked.report.has_errors:
        return refuse(checked, options.format)
    before = None
    if options.resume is not None:
        before = earlier(checked, options.resume, options.pipeline, options.target)
        chosen = choose(checked, targets, before.pipeline, before.target)
        bound = values_again(before, checked, chosen, values)
    else:
        chosen = choose(checked, targets, options.pipeline, options.target)
        bound = given_values(checked, chosen, values, complete=True)
    try:
        built = build(checked, chosen, bound, frozen=True)
    except NotKnown:
        return refuse(checked, options.format)
    report_refusals(built, checked.report)
    # What was written has become a graph, and a run of many steps needs the room.
    checked = replace(checked, program=None)
    gc.collect()
    prepared = None
    if not checked.report.has_errors:
        prepared = prepare(
            checked,
            built,
            resume=None if before is None else before.run.id,
            keep_going=options.keep_going,
            oversubscribe=options.oversubscribe,
        )
    if prepared is None:
        return refuse(checked, options.format)
    if options.format != "json":
        show_report(checked, options.format)
    with watcher(built.graph, sys.stderr, json_lines=options.log_format == "json") as seen:
        result = prepared.run(seen)
    _tell_failures(result, checked.project.state)
    if options.format == "json":
        print_json(result.as_json())
    else:
        _tell(result, built)
        if untouched is not None and options.resume is None and options.log_format == "text":
            asked = Asked(tuple(words), typed, untouched)
            keep_answer(checked, built, result, asked, lambda: _repeated(prepared, result, built))
    if result.status == "interrupted":
        flags = ("keep_going", "oversubscribe")
        said = [f"--{flag.replace('_', '-')}" for flag in flags if getattr(options, flag)]
        command = way_on(RunFolder(checked.project.state / "runs" / result.run), *said)
        print(f"what was finished is kept; to go on: {command}", file=sys.stderr)
    return _CODES[result.status]


def _repeated(prepared: Prepared, result: RunResult, built: Built) -> Spoken:
    """What the same run would say and write once more."""
    again = prepared.repeated(result)
    told = StringIO()
    with watcher(built.graph, told, json_lines=False) as seen:
        for event in again.events:
            seen(event)
    with redirect_stdout(StringIO()) as said:
        _tell(again.result, built)
    return Spoken(said.getvalue(), told.getvalue(), again.files)


def _tell(result: RunResult, built: Built) -> None:
    counts = counted((node.kind, node.state.value) for node in result.nodes)
    hits, skipped = counts.tasks["hit"], counts.tasks["skipped"]
    if hits and hits + skipped == sum(counts.tasks.values()) and result.status == "succeeded":
        print(f"nothing ran: {_all(hits)}{f', {skipped} not needed' if skipped else ''}")
    else:
        said = f": {counts.words}" if counts.words else ""
        print(f"{result.status} in {result.seconds:.1f} s{said}")
    types = {output.name: output.type for output in built.graph.outputs}
    for name, value in result.outputs.items():
        typed = types[name]
        if typed in (DURATION, SIZE) and value is not None:
            print(f"{name} = {show(value_of(Literal(typed, value)))}")
        else:
            print(f"{name} = {one_line(_shown(value))}")
    for node in result.nodes:
        if node.noisy:
            print(one_line(noise(node.id, node.noisy)))
    if result.report is not None:
        print(f"report: {one_line(_near(result.report))}")


def _all(count: int) -> str:
    return "the only step was a hit" if count == 1 else f"all {count} steps were hits"


_MOST_FAILURES = 10


def _tell_failures(result: RunResult, state: Path) -> None:
    failed = [node for node in result.nodes if node.state is NodeState.FAILED]
    for node in failed[:_MOST_FAILURES]:
        why = inert(node.why or "").replace("\n", "\n  ")
        print(f"\n{one_line(node.id)} failed: {why}", file=sys.stderr)
        _tail(node.log)
    if result.why is not None:
        print(f"\nthe run failed: {inert(result.why)}", file=sys.stderr)
    more = len(failed) - _MOST_FAILURES
    if more > 0:
        command = command_for(state, "logs", result.run)
        print(f"\nand {more} more failed: {command}", file=sys.stderr)


def _tail(log: Path | None, most: int = 15) -> None:
    if log is None or not log.exists():
        return
    lines = log.read_text("utf-8", "replace").splitlines()
    for line in lines[-most:]:
        print(f"  {line}", file=sys.stderr)
    if len(lines) > most:
        print(f"  the whole log: {_near(log)}", file=sys.stderr)


def _shown(value: Json) -> str:
    """A value as it is written in a `.mlp` file, more or less; an artifact as its path."""
    match value:
        case {"path": str(path), "digest": _}:
            return _near(Path(path))
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case float():
            shown = f"{value:.6g}"
            return shown if set(".en").intersection(shown) else f"{shown}.0"
        case list():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case dict():
            pairs = (f"{name} = {_shown(item)}" for name, item in value.items())
            return "{ " + ", ".join(pairs) + " }"
        case _:
            return str(value)


def _near(path: Path) -> str:
    """A path as short as it can be said from here."""
    try:
        return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
    except OSError:
        return str(path)
