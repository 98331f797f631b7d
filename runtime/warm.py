"""A Python step in a process that outlives it: the warm workers of the local engine."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path

from .artifact import Artifact
from .body import BodyError, Workplace, run_body
from .inputs import lay
from .outputs import OutputError
from .record import Record
from .state import become, variables
from .step import Work, clear, prepare, warnings_in
from .store import Guard, Store, changed


def perform(
    work: Work,
    store: Store,
    place: Workplace,
    outer: Mapping[str, str],
    secrets: Mapping[str, str] | None = None,
) -> Record:
    """Run a Python body in this process and put its outputs into the store.

    The record is not published: that is for the parent to do (`FolderStore.commit`), and this
    process never opens the index. The scratch (see `Store.scratch`) is empty, is the body's for the
    call and is emptied after it, so that one worker may keep one. From then on this process has
    the body's variables, made from `outer`, and its folder; it must have been started with
    PYTHONHASHSEED=0. Raises `BodyError`, `MissingObjectError`.
    """
    scratch = place.scratch

    def fetch(artifact: Artifact, path: Path) -> tuple[Guard, ...]:
        return store.materialize(artifact, path, share=True)

    guards: tuple[Guard, ...] = ()
    try:
        laid, guards = lay(work.spec, work.arguments, scratch, fetch)
        become({**variables(work.spec, scratch, outer), **(secrets or {})}, scratch)
        began = time.monotonic()
        outputs = run_body(work.spec, laid, place)
        if changed(guards):
            raise BodyError("the body changed one of its inputs")
        hidden = tuple((secrets or {}).values())
        record = prepare(work, outputs, store, scratch, time.monotonic() - began, hidden)
        for warning in warnings_in(record):
            print(f"warning: {warning}", file=sys.stderr)
        return record
    except OutputError as problem:
        raise BodyError(str(problem), problem.trace) from None
    finally:
        changed(guards)  # a body that failed may have harmed them as well
        clear(scratch)
