"""The host of a worker's Python bodies: it has the user's modules, and no body runs in it.

Every body runs in a copy of it. What a body changes in memory (a module's variables, a cache, an
option of a library, what was patched) is gone with the copy, so no other body can meet it, and
neither the host nor the worker, who digests and stores, ever runs what a body has left behind.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import cast

from ...runtime import child, process
from ...runtime.artifact import Artifact
from ...runtime.body import BodyError, Workplace
from ...runtime.inputs import lay
from ...runtime.outputs import OutputError
from ...runtime.record import Record
from ...runtime.removal import clear
from ...runtime.state import variables
from ...runtime.step import Work, judge, prepare, warnings_in
from ...runtime.store import Guard, Store, changed
from .copies import Body, Call, serve
from .processes import end_children, forked, let_go_on
from .wire import Wire, wires

_FOLLOW_MILLISECONDS = 500


class Host:
    """The worker's end of it; `pid` is 0 while there is none. `private` are files that no body may
    find open."""

    def __init__(self, private: Sequence[int] = ()) -> None:
        self._private = tuple(private)
        self._wire: Wire | None = None
        self._told: dict[int, tuple[int, Body]] = {}
        self._numbers = count()
        self.pid = 0

    def run(
        self, body: Body, call: Call, follow: Callable[[], None] = lambda: None
    ) -> process.Ended:
        """Runs a body to its end; the outcome lies beside its scratch folder. `follow` is called
        now and then."""
        began, kills = time.monotonic(), process.oom_kills()
        child.forget(body.place.scratch.parent)
        wire = self._wire or self._start()
        content = pickle.dumps(call, pickle.HIGHEST_PROTOCOL)
        try:
            wire.send((*self._named(body), content))
            while not wire.has_message(_FOLLOW_MILLISECONDS):
                let_go_on(self.pid)
                follow()
            code, spent = cast("tuple[int, bool]", wire.receive())
        except (BrokenPipeError, EOFError):
            code, spent = self._ended(), False
        if spent:
            self._ended()
        starved = code != 0 and process.oom_kills() > kills
        return process.Ended(code, False, starved, time.monotonic() - began)

    def _start(self) -> Wire:
        ours, theirs = wires()

        def host() -> int:
            for file in (*self._private, ours.reading, ours.writing):
                os.close(file)
            serve(theirs)
            return 0

        self.pid = forked(host)
        theirs.close()
        self._wire = ours
        self._told.clear()
        return ours

    def _named(self, body: Body) -> tuple[int, Body | None]:
        """The number by which the host knows a body, and the body itself for one that it is yet to
        be told."""
        known = self._told.get(id(body.spec))
        if known is not None and known[1] == body:
            return known[0], None
        number = next(self._numbers)
        # While it is held, no other spec has its identity.
        self._told[id(body.spec)] = number, body
        return number, body

    def _ended(self) -> int:
        """Waits for a host that is gone, or about to go, and ends what it has left."""
        assert self._wire is not None
        self._wire.close()
        self._wire = None
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        end_children()
        return os.waitstatus_to_exitcode(status)

    def close(self) -> None:
        """Ends the host."""
        if self._wire is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            self._ended()


def perform(
    work: Work,
    store: Store,
    place: Workplace,
    outer: Mapping[str, str],
    more: Mapping[str, str],
    host: Host,
    follow: Callable[[], None] = lambda: None,
) -> Record:
    """Run a Python body in a copy of the host and put its outputs into the store.

    The record is not published: that is for the runner to do (`FolderStore.commit`), and this
    process never opens the index. The scratch (see `Store.scratch`) is empty, is the body's for the
    call and is emptied after it, so that one worker may keep one; its folder is the desk. The body
    has the variables that are made from `outer`, and `more`. Raises `BodyError`, `AttemptFailed`,
    `MissingObjectError`.
    """
    spec, scratch = work.spec, place.scratch

    def fetch(artifact: Artifact, path: Path) -> tuple[Guard, ...]:
        return store.materialize(artifact, path, share=True)

    guards: tuple[Guard, ...] = ()
    try:
        laid, guards = lay(spec, child.as_sent(spec, work.arguments), scratch, fetch)
        environment = {**variables(spec, scratch, outer), **more}
        ended = host.run(Body(spec, place), (laid, environment), follow)
        outcome = child.outcome_of(spec, scratch.parent)
        judge(ended, None, outcome if isinstance(outcome, child.Failure) else None)
        if not isinstance(outcome, dict):
            raise BodyError("the body ended its process")
        if changed(guards):
            raise BodyError("the body changed one of its inputs")
        record = prepare(work, outcome, store, scratch, ended.seconds)
        for warning in warnings_in(record):
            print(f"warning: {warning}", file=sys.stderr)
        return record
    except OutputError as problem:
        raise BodyError(str(problem), problem.trace) from None
    finally:
        changed(guards)  # a body that failed may have harmed them as well
        clear(scratch)
