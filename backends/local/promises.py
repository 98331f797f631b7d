"""Promises: keys that this run computes, so that no other run on this machine does the same."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from ...runtime import leases
from ...runtime.folder import FolderStore
from ...runtime.record import Record
from ...runtime.store import Store
from .trial import Trial

_GROUP_SECONDS = 0.2


class _Committing(Protocol):
    """A store that makes results durable several at a time."""

    def commit(self, record: Record) -> None: ...


class Promises:
    """The store as the engine sees it: what is there already, what is promised, what is new.

    `_made` has the keys whose lease is ours, each with the trial that works on it; None where its
    result is there and not durable yet.
    A promise is a lease. One that is fulfilled is given back when its result is durable, so that
    whoever takes the lease next finds the result.
    """

    def __init__(self, near: FolderStore, store: Store) -> None:
        near.hold()
        self._near = near
        self._store = store
        self._owner = leases.owner()
        self._made: dict[str, Trial | None] = {}
        self._fulfilled: list[str] = []
        self._due = float("inf")
        self._beat = time.monotonic() + leases.BEAT_SECONDS

    def look_up(self, trials: Sequence[Trial]) -> dict[str, Record]:
        """The results that are on this machine already, by the key they answer to."""
        return self._looked_up(self._near, trials)

    def ask(self, trials: Sequence[Trial]) -> dict[str, Record]:
        """The same of the shared store; for another thread, as that may take its time."""
        return self._looked_up(self._store, trials)

    @property
    def shares(self) -> bool:
        """Whether there is a shared store to ask."""
        return self._store is not self._near

    def _looked_up(self, store: Store, trials: Sequence[Trial]) -> dict[str, Record]:
        ageless = [t.answer for t in trials if t.answer and t.ttl is None]
        found = dict(store.lookup_many(ageless)) if ageless else {}
        for trial in trials:
            if trial.ttl is not None:
                record = store.lookup(trial.answer, trial.ttl)
                if record is not None:
                    found[trial.answer] = record
        return found

    def make(self, trial: Trial) -> tuple[Record | None, bool]:
        """Promises the result of a trial: what has come into the store meanwhile, and whether the
        work is this trial's to do now."""
        key = trial.work.key
        if not trial.work.pure or self._made.get(key) is trial:
            return None, True
        known = key in self._made
        if self._made.get(key) is not None:
            return None, False
        ours = known or leases.acquire(self._near.index, key, self._owner)
        # Only here: who works elsewhere was asked when the trial was ready, and takes its time.
        record = None if trial.task.refresh else self._near.lookup(trial.answer, trial.ttl)
        if ours and record is None:
            self._made[key] = trial
        elif ours and not known:
            leases.release(self._near.index, [key], self._owner)
        return record, ours

    def fulfil(self, trial: Trial, record: Record) -> Record:
        """Stores a result; gives the one that stands for its key."""
        replace = trial.ttl is not None or trial.task.refresh
        if trial.work.pure and not replace:
            cast("_Committing", self._store).commit(record)
            self._made[record.key] = None
            self._fulfilled.append(record.key)
            self._due = min(self._due, time.monotonic() + _GROUP_SECONDS)
        else:
            record = self._store.publish(record, answer=trial.answer, replace=replace)
            self.give_up([trial])
        return record

    def give_up(self, trials: Iterable[Trial]) -> None:
        """Takes promises back."""
        keys = [t.work.key for t in trials if self._made.get(t.work.key) is t]
        if keys:
            leases.release(self._near.index, keys, self._owner)
            self._forget(keys)

    def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._made.pop(key, None)

    @property
    def next_moment(self) -> float:
        """When `keep` has something to do."""
        return min(self._due, self._beat)

    def keep(self, now: float) -> None:
        """Makes results durable and says that this process lives, each when it is time."""
        if now >= self._due:
            self._settle()
        if now >= self._beat:
            self._beat = now + leases.BEAT_SECONDS
            leases.beat(self._near.index, self._owner)

    def _settle(self) -> None:
        self._near.flush()
        leases.release(self._near.index, self._fulfilled, self._owner)
        self._forget([key for key in self._fulfilled if self._made.get(key) is None])
        self._fulfilled.clear()
        self._due = float("inf")

    def close(self) -> None:
        """Makes everything durable and takes back what was not fulfilled."""
        self._settle()
        leases.release(self._near.index, self._made, self._owner)
        self._made.clear()
