"""Repeating: on what a run that had nothing to do stands, for whoever asks for it once more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from ...runtime.artifact import is_url
from ...runtime.dataclass import dataclass
from ...runtime.history import History
from ...runtime.record import Record
from ..contract.runner import NodeState, RunResult
from ..ir.nodes import Approval, Branch, Map, Node, Task, expressions
from ..ir.values import Apply, Expr, Json, Literal, NodeId, ParameterRef, references
from ..memo.answer import Answer, history_of, keep, place_of
from ..memo.witness import witness
from ..passes.keys import Spec
from .build import Built
from .disk import STD_BODIES, STDLIB
from .front import Checked
from .parameters import today
from .results import store_of

_FILES = ("run.json", "events.jsonl", "report.html")
_BODIES = ("python", "shell")


@dataclass(frozen=True, slots=True)
class Spoken:
    """The words of a command, and what it said to standard output and error; no error output where
    a terminal was shown something else."""

    words: tuple[str, ...]
    said: str
    told: str | None


def keep_answer(
    checked: Checked, built: Built, result: RunResult, untouched: str, spoken: Spoken
) -> None:
    """Keeps what a run gave, where all that it stood on can be vouched for; else does nothing.

    `untouched` is the witness from before the first file was read.
    """
    state = checked.project.state
    if not _nothing_ran(result) or not _is_plain(checked, built):
        return
    if untouched != witness(checked.project.folder):
        return
    records = _records(checked, built)
    outputs = None if records is None else _outputs(result, records)
    if records is None or outputs is None:
        return
    folder = state / "runs" / result.run
    answer = Answer(
        witness=untouched,
        day=today(checked.project.zone).isoformat(),
        zone=checked.project.zone,
        history=history_of(state),
        run=result.run,
        results={record.key: record.id for record in records},
        outputs=outputs,
        files={name: (folder / name).read_text("utf-8") for name in _FILES},
        said=spoken.said,
        told=spoken.told,
    )
    keep(answer, place_of(state, spoken.words))


def _nothing_ran(result: RunResult) -> bool:
    """Whether every step was a hit, and nothing else is to be said of any node."""
    return result.status == "succeeded" and all(
        node.state is (NodeState.HIT if node.kind == "task" else NodeState.RAN) and node.why is None
        for node in result.nodes
    )


def _is_plain(checked: Checked, built: Built) -> bool:
    """Whether all that decides is in the project, the installed packages and the project's store:
    no other store, no clock, no person, no secret, no environment to make."""
    project, graph = checked.project, built.graph
    ours = (project.root, STDLIB)
    return (
        not len(checked.report)
        and project.store_url is None
        and project.secrets_file is None
        and set(checked.disk.shelf.guests) == {STD_BODIES}
        and not checked.disk.shelf.reads_elsewhere
        and all(disk.home.root in ours for disk in checked.disk.shelf.disks.values())
        and not graph.hooks
        and all(_is_settled(node, built.specs) for node in graph.nodes)
        and all(not _asks_the_run(o.value) for o in graph.outputs)
        and all(_lies_in(project.root, value) for value in _known(built))
    )


def _is_settled(node: Node, specs: Mapping[NodeId, Spec]) -> bool:
    if isinstance(node, Map | Branch | Approval) or any(map(_asks_the_run, expressions(node))):
        return False
    if not isinstance(node, Task):
        return True
    settings, spec = node.settings, specs[node.id]
    around = settings.environment
    made = (around.image, around.python, around.lockfile, around.requirements, around.packages)
    return (
        spec.uncacheable is None
        and spec.json["kind"] in _BODIES
        and settings.cache.ttl is None
        and not node.refresh
        and not settings.secrets
        and not any(made)
    )


def _asks_the_run(expression: Expr) -> bool:
    """Whether it reads what is another in each run: parameters are bound by now."""
    return any(isinstance(reference, ParameterRef) for reference in references(expression))


def _known(built: Built) -> Iterator[Json]:
    """Every value that was known before the run."""
    yield from (literal.value for literal in built.values.values())
    waiting = [e for node in built.graph.nodes for e in expressions(node)]
    waiting += [output.value for output in built.graph.outputs]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Literal):
            yield expression.value
        elif isinstance(expression, Apply):
            waiting += expression.operands


def _lies_in(root: Path, value: Json) -> bool:
    """Whether every file that a value names is one of the project."""
    if isinstance(value, list):
        return all(_lies_in(root, item) for item in value)
    if not isinstance(value, dict):
        return True
    source = value.get("source")
    if isinstance(source, str) and "digest" in value:
        place = Path(source)
        inside = place.is_absolute() and place.resolve().is_relative_to(root)
        hidden = {".git", ".millpond"}.intersection(place.parts)
        return not is_url(source) and inside and not hidden
    return all(_lies_in(root, item) for item in value.values())


def _records(checked: Checked, built: Built) -> list[Record] | None:
    """The results that the tasks have now."""
    found: list[Record] = []
    store = store_of(checked.project)
    history = History(checked.project.state / "history.sqlite", store, read_only=True)
    try:
        for node in built.graph.nodes:
            if isinstance(node, Task):
                record = history.last(built.graph.name, node.id)
                if record is None:
                    return None
                found.append(record)
    finally:
        history.close()
        store.close()
    return found


def _outputs(result: RunResult, records: list[Record]) -> dict[str, dict[str, Json]] | None:
    """The artifacts that were laid out, by their files' names; None where one is no step's."""
    made = {artifact.digest: artifact for record in records for artifact in record.artifacts()}
    found: dict[str, dict[str, Json]] = {}
    waiting: list[Json] = list(result.outputs.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            path, digest = value.get("path"), value.get("digest")
            if set(value) == {"path", "digest"} and digest in made:
                found[Path(str(path)).name] = made[str(digest)].to_json()
            elif "path" in value:
                return None
            else:
                waiting += value.values()
    return found
