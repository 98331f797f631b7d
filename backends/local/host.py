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
<<<<<<< HEAD
from .copies import Body, Call, serve
from .processes import end_children, forked
=======
from .processes import adopt_orphans, end_children, forked, has_children, let_go_on, limits
>>>>>>> aa5c5e7d9700d1e34ff16b96b83156e54b5b9d43
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
<<<<<<< HEAD
=======


# In the host


def serve(wire: Wire) -> None:
    """Runs bodies until the worker is gone, or until one could not run in a copy, or has changed
    what this process may use."""
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    mask = os.umask(0o022)
    spent, allowed = False, limits()
    while not spent:
        try:
            message = wire.receive()
        except EOFError:
            return
        job, environment, desk = cast("tuple[dict[str, Json], dict[str, str], str]", message)
        order = child.order_of(job)
        os.umask(mask)
        become(environment, order.place.scratch)
        code, late, spent = _one(order, Path(desk), wire)
        spent = spent or limits() != allowed
        wire.send((code, spent))
        _load(late)


def _one(order: child.Order, desk: Path, wire: Wire) -> tuple[int, list[str], bool]:
    """Runs one body: its exit code, the modules that it has loaded beyond those of the host, and
    whether this process cannot be the host of another."""
    try:
        ready(order.spec, order.place)
    except BodyError as problem:
        child.leave(desk, {"failure": str(problem), "trace": problem.trace})
        return 1, [], _has_company()
    if _has_company():
        # Modules that start threads or processes when they are imported count on them, and a copy
        # of this process would be without.
        return _concluded(order, desk), [], True
    code, late = _copied(order, desk, wire)
    return code, late, False


def _has_company() -> bool:
    return threading.active_count() > 1 or has_children()


def _concluded(order: child.Order, desk: Path) -> int:
    return child.conclude(order, desk, lambda job: run_body(job.spec, job.laid, job.place))


def _copied(order: child.Order, desk: Path, wire: Wire) -> tuple[int, list[str]]:
    # What is here by now needs not be looked at, and thereby copied, by the collectors of copies.
    gc.freeze()
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    here = len(sys.modules)

    def copy() -> int:
        os.setsid()
        for file in (wire.reading, wire.writing, reading):
            os.close(file)
        code = _concluded(order, desk)
        with suppress(OSError):
            os.write(writing, "\n".join((*_late(here), "")).encode())
        return code

    try:
        pid = forked(copy)
    finally:
        os.close(writing)
    _, status = os.waitpid(pid, 0)
    # What the body has left running is a child of ours by now.
    end_children()
    with open(reading, "rb", buffering=0) as said:
        names = (said.read(_MOST_NAMES) or b"").decode(errors="replace").split("\n")
    return os.waitstatus_to_exitcode(status), names[:-1]


# Modules that bodies load late


_INSTALLED = tuple(
    sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)


def _late(here: int) -> Iterator[str]:
    """The installed modules that a body, or what reads and writes its values, has loaded when
    `here` were loaded already; none where threads run, which may be theirs."""
    # Nothing older is touched: what a copy touches, it has to copy.
    late = list(islice(reversed(sys.modules), len(sys.modules) - here))
    if threading.active_count() > 1:
        return
    for name in reversed(late):
        origin = getattr(getattr(sys.modules[name], "__spec__", None), "origin", None)
        if isinstance(origin, str) and origin.startswith(_INSTALLED):
            yield name


def _load(names: Iterable[str]) -> None:
    """Loads modules here as well, so that the next body finds them loaded."""
    for name in names:
        with suppress(BaseException):
            importlib.import_module(name)
>>>>>>> aa5c5e7d9700d1e34ff16b96b83156e54b5b9d43
