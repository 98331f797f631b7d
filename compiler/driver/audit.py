"""Audits stored results: runs a sample of today's hits again, apart, and compares their bytes."""

from __future__ import annotations

import math
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import cast

from ...runtime.artifact import Artifact
from ...runtime.folder import FolderStore
from ...runtime.inputs import LostInputError
from ...runtime.nested import leaves
from ...runtime.noise import differing
from ...runtime.record import Record
from ...runtime.store import MissingObjectError, Store
from ..contract.runner import NodeState
from ..ir import meaning
from ..ir.nodes import Task
from ..ir.values import NodeId
from ..passes.keys import Spec
from ..plan import State
from ..plan.walk import walk
from .build import Built
from .front import Checked
from .running import Prepared, prepare

_TAIL = 15  # lines of a log


class Verdict(StrEnum):
    """What became of a result that was made again."""

    SAME = "same"
    DIFFERS = "differs"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Replayed:
    """One hit that was run again. `outputs` are those with other bytes, each with the first
    difference where there is one to be read; `log` has the last lines of a step that failed."""

    node: NodeId
    step: str
    verdict: Verdict
    seconds: float
    outputs: tuple[tuple[str, str], ...] = ()
    why: str | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class Audit:
    """`hits` is how many results could have been chosen, `seed` what chose among them."""

    seed: int
    hits: int
    rows: tuple[Replayed, ...]

    @property
    def fine(self) -> bool:
        """Whether every result came out the same."""
        return all(row.verdict is Verdict.SAME for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A call that a stored result answers; pure, so that it may be run again."""

    task: Task
    spec: Spec
    arguments: dict[str, object]
    key: str
    record: Record


def audit(
    checked: Checked,
    built: Built,
    share: float,
    seed: int,
    seen: Callable[[Replayed], None] = lambda row: None,
) -> Audit | None:
    """Replays a share (0 to 1) of the hits of a plan, one at least; `seen` hears of each.

    Nothing that is made is published. A result that came out otherwise is noted beside the one
    that stands. None, with the reasons in the report, where nothing may start.
    """
    prepared = prepare(checked, built)
    if prepared is None:
        return None
    try:
        hits = list(_hits(built, prepared))
        chosen = _sample(hits, share, seed)
        rows = _replay(prepared, chosen, seen) if chosen else ()
    finally:
        prepared.close()
    return Audit(seed, len(hits), tuple(rows))


def _hits(built: Built, prepared: Prepared) -> Iterator[_Hit]:
    """Each piece of work once; what reads or changes the world is never run again."""
    known = walk(built.graph, built.specs, prepared.history)
    met: set[str] = set()
    for row in known.rows:
        task = known.tasks.get(row.id)
        if row.state is not State.HIT or task is None or row.record is None:
            continue
        spec = known.spec(row.id)
        if row.key is None or row.key in met or spec.uncacheable is not None:
            continue
        met.add(row.key)
        arguments = {name: meaning.evaluate(of, known.values) for name, of in task.arguments}
        yield _Hit(task, spec, arguments, row.key, row.record)


def _sample(hits: Sequence[_Hit], share: float, seed: int) -> list[_Hit]:
    count = min(len(hits), math.ceil(len(hits) * share))
    kept = sorted(random.Random(seed).sample(range(len(hits)), count))
    return [hits[number] for number in kept]


def _replay(
    prepared: Prepared, hits: Sequence[_Hit], seen: Callable[[Replayed], None]
) -> Iterator[Replayed]:
    store = prepared.request.store
    place = store.scratch()
    apart = FolderStore(place / "store")
    request = replace(prepared.request, store=apart)
    bench = prepared.runner.bench(request, place / "logs")
    rows = []
    try:
        bench.begin()
        for hit in hits:
            try:
                for artifact in leaves(list(hit.arguments.values())):
                    _lend(artifact, store, apart, place)
            except LostInputError as problem:
                why = str(problem)
                row = Replayed(hit.task.id, hit.task.definition.name, Verdict.FAILED, 0.0, (), why)
            else:
                tried = bench.run(hit.task, hit.spec, hit.arguments)
                if tried.result.state is NodeState.FAILED:
                    log = "" if tried.result.log is None else _tail(tried.result.log)
                    row = _row(hit, Verdict.FAILED, tried.result.seconds, (), tried.result.why, log)
                else:
                    row = _compare(hit, tried.result.seconds, apart, store, place)
            seen(row)
            rows.append(row)
    finally:
        bench.close()
        apart.close()
        shutil.rmtree(place, ignore_errors=True)
    return iter(rows)


def _row(
    hit: _Hit,
    verdict: Verdict,
    seconds: float,
    outputs: tuple[tuple[str, str], ...] = (),
    why: str | None = None,
    log: str = "",
) -> Replayed:
    step = hit.task.definition.name
    return Replayed(hit.task.id, step, verdict, seconds, outputs, why, log)


def _lend(artifact: Artifact, store: Store, apart: FolderStore, place: Path) -> None:
    """An input as the step had it, as a copy: what a body does to it harms nobody."""
    if artifact.source is None and not apart.has(artifact):
        copy = place / "input"
        try:
            store.materialize(artifact, copy)
        except MissingObjectError:
            raise LostInputError(artifact.name) from None
        apart.put(copy, artifact.name, consume=True)


def _compare(hit: _Hit, seconds: float, apart: FolderStore, store: Store, place: Path) -> Replayed:
    made = apart.lookup(hit.key)
    assert made is not None, "a step that ran has a result"
    names = differing(hit.record, made)
    if not names:
        return _row(hit, Verdict.SAME, seconds)
    near = cast(FolderStore, getattr(store, "near", store))
    if near.lookup(hit.key) is not None:
        near.publish(made)  # comes too late, and is kept for the report alone
    told = tuple((name, _difference(name, hit.record, made, store, apart, place)) for name in names)
    return _row(hit, Verdict.DIFFERS, seconds, told)


def _difference(
    name: str, kept: Record, made: Record, store: Store, apart: FolderStore, place: Path
) -> str:
    """The first difference of two outputs in words, empty where it cannot be read."""
    old, new = kept.outputs[name], made.outputs[name]
    if "value" in old or "value" in new:
        return f"`{_short(old.get('value'))}` is stored, `{_short(new.get('value'))}` came out"
    one, other = place / "kept", place / "made"
    try:
        store.materialize(Artifact.from_json(old), one)
        apart.materialize(Artifact.from_json(new), other)
        return _first_difference(one, other)
    except MissingObjectError:
        return ""
    finally:
        for path in (one, other):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _first_difference(one: Path, other: Path) -> str:
    if not one.is_dir() or not other.is_dir():
        return _in_files(one, other)
    here, there = (
        {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}
        for top in (one, other)
    )
    for name in sorted(here | there):
        if name not in there:
            return f"`{name}` did not come out"
        if name not in here:
            return f"`{name}` came out and is not stored"
        if (one / name).read_bytes() != (other / name).read_bytes():
            return f"in `{name}`, {_in_files(one / name, other / name) or 'its bytes'}"
    return ""


def _in_files(one: Path, other: Path) -> str:
    if one.is_dir() or other.is_dir():
        return ""
    try:
        with one.open(encoding="utf-8") as first, other.open(encoding="utf-8") as second:
            number = 0
            while True:
                number += 1
                old, new = first.readline(), second.readline()
                if old != new:
                    return f"line {number}: `{_short(old)}` is stored, `{_short(new)}` came out"
                if not old:
                    return ""
    except UnicodeDecodeError:
        return ""


def _short(value: object) -> str:
    text = str(value).strip()
    return text if len(text) <= 60 else f"{text[:57]}..."


def _tail(log: Path) -> str:
    lines = log.read_bytes().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-_TAIL:])
