"""Repeating: what a run that ended well comes to once more, and on what that stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from ...runtime.artifact import is_url
from ...runtime.dataclass import dataclass
from ...runtime.record import artifacts_in
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

_BODIES = ("python", "shell")


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of a command, when they were typed, and the witness from before the first file was
    read."""

    words: tuple[str, ...]
    at: datetime
    untouched: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a run that has nothing to do says to standard output and error, and its files."""

    said: str
    told: str
    files: Mapping[str, str]


def keep_answer(
    checked: Checked, built: Built, result: RunResult, asked: Asked, speak: Callable[[], Spoken]
) -> None:
    """Keeps what the same command would come to now, with nothing left to do, where all that it
    stands on can be vouched for; else does nothing."""
    project = checked.project
    if not _all_is_done(result) or not _is_plain(checked, built):
        return
    day = today(project.zone)
    if day != today(project.zone, asked.at) or asked.untouched != witness(project.folder):
        return
    outputs = _outputs(result)
    if outputs is None:
        return
    spoken = speak()
    answer = Answer(
        witness=asked.untouched,
        day=day.isoformat(),
        zone=project.zone,
        history=history_of(project.state),
        run=result.run,
        results={made.key: made.id for made in result.made.values()},
        outputs=outputs,
        files=spoken.files,
        said=spoken.said,
        told=spoken.told,
    )
    keep(answer, place_of(project.state, asked.words))


def _all_is_done(result: RunResult) -> bool:
    """Whether every node ended well, and nothing else is to be said of any."""
    good = (NodeState.HIT, NodeState.RAN)
    return result.status == "succeeded" and all(
        node.state in good and node.why is None and not node.noisy for node in result.nodes
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


def _outputs(result: RunResult) -> dict[str, dict[str, Json]] | None:
    """The artifacts that were laid out, by their files' names; None where one is no step's."""
    kept = (artifact for made in result.made.values() for artifact in artifacts_in(made.outputs))
    made = {artifact.digest: artifact for artifact in kept}
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
