"""Promises: what a run finds, what it computes, and who else waits for that."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.backends.local.budget import Amount
from millpond.backends.local.promises import Promises
from millpond.backends.local.trial import Trial
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.text import from_text
from millpond.compiler.passes.keys import spec_of
from millpond.runtime import leases
from millpond.runtime.folder import FolderStore
from millpond.runtime.record import Record, output_entry
from millpond.runtime.step import Work


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FolderStore]:
    opened = FolderStore(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def promises(store: FolderStore) -> Iterator[Promises]:
    made = Promises(store, store)
    yield made
    made.close()


def trial(said: str = "") -> Trial:
    """A call of a pure step, with what else is said of it."""
    step = 'step count shell "true" () -> (n: Int)'
    (task,) = from_text(f"pipeline p()\n  {step}\n  %a = count() {said}\n").nodes
    assert isinstance(task, Task)
    spec = spec_of(task, lambda span: "p.mlp:1:1")
    work = Work.of(spec.json, {})
    return Trial(task, work, work.answer("run", task.id), Amount(), 0.0)


def result(of: Trial, n: int) -> Record:
    return Record(of.work.key, {"n": output_entry("Int", n)}, of.work.parts, of.work.inputs, {})


def test_equal_work_is_made_once_and_answers_whoever_waits(promises: Promises) -> None:
    first, second = trial(), trial()
    assert promises.make(first) == (None, True)
    assert promises.make(second) == (None, False)
    made = promises.fulfil(first, result(first, 1))
    record, _ = promises.make(second)
    assert record == made


def test_a_promise_is_given_back_once_others_find_its_result(
    promises: Promises, store: FolderStore
) -> None:
    work = trial()
    promises.make(work)
    record = promises.fulfil(work, result(work, 1))
    assert leases.holder(store.index, work.work.key) is not None
    promises.keep(time.monotonic() + 1)
    assert leases.holder(store.index, work.work.key) is None
    other = FolderStore(store.root)
    assert other.lookup(work.work.key) == record
    other.close()


@pytest.mark.parametrize("said", ["again", "{ cache.ttl = 0.01 }"], ids=["reprocess", "ttl"])
def test_what_is_made_anew_takes_the_place_of_what_was_there(
    promises: Promises, store: FolderStore, said: str
) -> None:
    before, now = trial(), trial(said)
    assert before.work.key == now.work.key
    store.publish(result(before, 1))
    time.sleep(0.02)
    assert promises.make(now) == (None, True)
    record = promises.fulfil(now, result(now, 2))
    promises.keep(time.monotonic() + 1)
    assert record == store.lookup(now.work.key) == result(now, 2)
    assert promises.make(before) == (record, True)
