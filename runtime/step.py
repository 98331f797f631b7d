"""One step on an engine: probe, then restore, or run, verify and publish."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from . import child
from .artifact import Artifact, Json
from .body import Workplace
from .command import collect, command_of
from .failure import BodyError
from .inputs import lay, warnings_of
from .key import Inputs, Parts, Spec, key_of
from .origin import sources_of
from .outputs import OutputError, examined, keep
from .process import Ended, hidden, mask, run
from .record import Record
from .removal import clear
from .retry import AttemptFailed, Cause, Policy, persist
from .secrets import SecretError, resolve
from .state import variables
from .store import Guard, MissingObjectError, Store, StoreUnreachableError, changed


@dataclass(frozen=True, slots=True)
class Work:
    """A call of a step: what it is, and the key that says so."""

    spec: Spec
    arguments: Mapping[str, object]
    key: str
    parts: Parts
    inputs: Inputs

    @staticmethod
    def of(spec: Spec, arguments: Mapping[str, object]) -> Work:
        return Work(spec, arguments, *key_of(spec, arguments))

    @property
    def pure(self) -> bool:
        """Whether the result may answer other runs."""
        spec = self.spec
        return bool(spec.get("cache", True)) and not (
            spec.get("effects") or spec.get("uncacheable")
        )

    def answer(self, run: str | None, node: str | None) -> str:
        """The key its result answers to: its own, or for one node of one run, or none."""
        if self.pure:
            return self.key
        return self.once(run, node) if run and node else ""

    def once(self, run: str | None, node: str | None) -> str:
        """A name for this call in this node of this run, the same for every attempt at it."""
        return hashlib.sha256(f"{run}\0{node}\0{self.key}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a step runs: `folder` is its own, `log` takes what bodies write."""

    store: Store
    folder: Path
    roots: tuple[Path, ...]
    outer: Mapping[str, str]
    log: BinaryIO
    say: Callable[[str], None]
    run: str | None = None
    node: str | None = None


def prepare(
    work: Work,
    outputs: Mapping[str, object],
    store: Store,
    scratch: Path,
    seconds: float,
    secrets: Sequence[str] = (),
    origin: Mapping[str, Json] = {},
) -> Record:
    """Put outputs into the store and make the record, not yet published.

    `secrets` are values that no output may hold. The record's provenance has when and where it was
    made, the `origin` (run and node, where they are known), and what checks of datasets warn of, as
    `warnings`. Raises `OutputError`.
    """
    warnings = (*warnings_of(work.spec, work.arguments), *examined(work.spec, outputs))
    entries = keep(work.spec, outputs, store, scratch, secrets, work.arguments)
    provenance: dict[str, Json] = {
        "seconds": round(seconds, 3),
        "explain": work.spec.get("explain") or {},
        "made": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "machine": os.uname().nodename,
        "step": work.spec.get("step"),
        **origin,
    }
    sources = sources_of(work.arguments)
    if sources:
        provenance["sources"] = sources
    if warnings:
        masked = hidden(secrets)
        provenance["warnings"] = [mask(text.encode(), masked).decode() for text in warnings]
    return Record(work.key, entries, work.parts, work.inputs, provenance)


def warnings_in(record: Record) -> list[str]:
    """What was to be warned of when a result was made, in words."""
    return cast("list[str]", record.provenance.get("warnings") or [])


def result_of(work: Work, around: Surroundings) -> tuple[Record, bool]:
    """The result of a call, and whether it was there already. Raises `AttemptFailed`."""
    answer = work.answer(around.run, around.node)
    # What one run alone keeps answers that run to its end.
    ttl = cast("float | None", work.spec.get("ttl")) if work.pure else None
    try:
        found = around.store.lookup(answer, ttl) if answer else None
        if found is not None:
            return found, True
        record = _run(work, around)
        return around.store.publish(record, answer=answer, replace=ttl is not None), False
    except StoreUnreachableError as problem:
        raise AttemptFailed(Cause.INFRASTRUCTURE, f"the store failed: {problem}") from problem
    except MissingObjectError as problem:
        raise AttemptFailed(Cause.INFRASTRUCTURE, str(problem)) from problem
    except OSError as problem:
        raise AttemptFailed(Cause.INFRASTRUCTURE, str(problem)) from problem


def _run(work: Work, around: Surroundings) -> Record:
    place = Workplace(around.folder / "scratch", around.roots)
    place.scratch.mkdir(parents=True)

    def fetch(artifact: Artifact, path: Path) -> tuple[Guard, ...]:
        return around.store.materialize(artifact, path, share=True)

    try:
        secrets = resolve(work.spec, around.outer)
    except SecretError as problem:
        raise AttemptFailed(Cause.FAILURE, str(problem)) from None
    environment = variables(work.spec, place.scratch, around.outer) | secrets
    if work.spec.get("effects"):
        environment["MLP_IDEMPOTENCY_KEY"] = work.once(around.run, around.node)

    values = tuple(secrets.values())
    named = {"run": around.run, "node": around.node}
    origin: dict[str, Json] = {word: name for word, name in named.items() if name is not None}

    def once(number: int) -> Record:
        if number > 1:
            # The inputs too: what an attempt has done to its copies is not for the next.
            clear(place.scratch)
        try:
            laid, guards = lay(work.spec, work.arguments, place.scratch, fetch)
        except BodyError as problem:
            raise AttemptFailed(Cause.FAILURE, str(problem), problem.trace) from None
        began = time.monotonic()
        try:
            outputs = _attempt(work, laid, place, around, environment, values)
        finally:
            harmed = changed(guards)
        if harmed:
            raise AttemptFailed(Cause.FAILURE, "the body changed one of its inputs")
        try:
            seconds = time.monotonic() - began
            return prepare(work, outputs, around.store, place.scratch, seconds, values, origin)
        except OutputError as problem:
            raise AttemptFailed(Cause.FAILURE, str(problem), problem.trace) from None

    def attempt(number: int) -> Record:
        try:
            record = once(number)
        except AttemptFailed as problem:
            # An error's own words may quote a secret.
            raise problem.masked(hidden(values)) from None
        for warning in warnings_in(record):
            around.say(f"warning: {warning}")
        return record

    return persist(Policy.of(work.spec), attempt, time.sleep, around.say)


def _attempt(
    work: Work,
    laid: Mapping[str, object],
    place: Workplace,
    around: Surroundings,
    environment: Mapping[str, str],
    secrets: tuple[str, ...],
) -> dict[str, object]:
    timeout = cast("float | None", work.spec.get("timeout"))
    ours = child.is_ours(work.spec)
    try:
        if ours:
            argv = child.command(work.spec, work.arguments, place, around.folder)
            more: Mapping[str, str] = {}
        else:
            command = command_of(work.spec, laid, place)
            argv, more = command.argv, command.variables
        ended = run(
            argv,
            {**environment, **more},
            place.scratch,
            around.log,
            timeout=timeout,
            secrets=secrets,
        )
        outcome = child.outcome_of(work.spec, around.folder) if ours else None
        judge(ended, timeout, outcome if isinstance(outcome, child.Failure) else None)
        if isinstance(outcome, dict):
            return outcome
        if ours:
            raise BodyError("the process ended without a result")
        return collect(work.spec, place)
    except BodyError as problem:
        raise AttemptFailed(Cause.FAILURE, str(problem), problem.trace) from None
    except FileNotFoundError as problem:
        raise AttemptFailed(Cause.FAILURE, f"there is no program {problem.filename}") from None


# Signals by which a program says that it is broken, rather than being told to stop.
_CRASHES = frozenset({4, 5, 6, 7, 8, 11, 31})
_TEMPORARY = 75


def judge(ended: Ended, timeout: float | None, failure: child.Failure | None) -> None:
    """Raise `AttemptFailed` for an attempt that did not end well."""
    if ended.timed_out:
        raise AttemptFailed(Cause.TIMEOUT, f"it ran longer than its timeout of {timeout:g} s")
    if ended.out_of_memory:
        raise AttemptFailed(Cause.OOM, "it was killed for want of memory")
    if failure is not None:
        raise AttemptFailed(Cause.FAILURE, failure.message, failure.trace)
    if ended.code == 0:
        return
    if ended.code < 0:
        crashed = -ended.code in _CRASHES
        cause = Cause.FAILURE if crashed else Cause.INFRASTRUCTURE
        raise AttemptFailed(cause, f"it was ended by signal {-ended.code}")
    cause = Cause.INFRASTRUCTURE if ended.code == _TEMPORARY else Cause.FAILURE
    raise AttemptFailed(cause, f"it ended with exit code {ended.code}")
