"""A worker: a process that answers one job after another, and a keeper that outlives it.

The worker reads jobs from a wire and answers each with a result record or with what went wrong. No
code of a user runs in it. The keeper is its parent: the runner holds the other end of the keeper's
lifeline. When that closes, or when the worker is killed, the keeper ends all that the worker has
started, and then itself in the same way. A sentinel does that if the keeper cannot.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

from ...runtime.folder import FolderStore
from ...runtime.key import Spec
from ...runtime.retry import Cause
from ...runtime.store import Store
from .attempt import Failed, Job, Surroundings, attempt
from .capture import Capture
from .containers import Container
from .host import Host
from .processes import adopt_orphans, end_children, forked, let_go_on, limits
from .sentinel import posted, relieved
from .wire import Wire

_CONTAINER = "container"
_LOOK_MILLISECONDS = 1000


def serve(wire: Wire, store: Store, around: Surroundings) -> None:
    """Answers jobs until the runner hangs up; says with each whether it should be the last."""
    specs: dict[int, Spec] = {}
    found = _surroundings(around.desk)
    note = around.desk / _CONTAINER
    while True:
        try:
            message = wire.receive()
        except EOFError:
            return
        if not isinstance(message, Job):
            number, spec = cast("tuple[int, Spec]", message)
            specs[number] = spec
            continue
        if message.container is not None:
            note.write_bytes(pickle.dumps(message.container))
        answer = attempt(message, specs[message.spec], store, around)
        if message.container is not None:
            note.unlink()
        # What failed here, and not in the body, may fail for each step that comes.
        broken = isinstance(answer, Failed) and answer.cause is Cause.INFRASTRUCTURE
        wire.send((answer, broken or _surroundings(around.desk) != found))


def _surroundings(desk: Path) -> object:
    """What a body could change under this process, so that later ones would meet it."""
    try:
        place = os.lstat(desk)
    except OSError:
        return None
    return limits(), place.st_dev, place.st_ino


def _orphaned(*_: object) -> None:
    """The keeper was killed before it could end the worker, which ends itself then."""
    end_children()
    os._exit(1)


def _keep(worker: int, lifeline: int, desk: Path) -> int:
    """Waits until the runner lets go or the worker ends, then ends everything below this process;
    how the worker ended."""
    poll = select.poll()
    for file in (lifeline, os.pidfd_open(worker)):
        poll.register(file, select.POLLIN)
    while not poll.poll(_LOOK_MILLISECONDS):
        let_go_on(worker)
    # Before its processes: an engine's monitor that is killed cannot tell how it ended.
    with suppress(FileNotFoundError):
        cast(Container, pickle.loads((desk / _CONTAINER).read_bytes())).remove()
    os.kill(worker, signal.SIGKILL)
    _, status = os.waitpid(worker, 0)
    end_children()
    return os.waitstatus_to_exitcode(status)


def _end_as(code: int) -> int:
    """Ends this process by the same signal, if it was one."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def main(argv: list[str]) -> int:
    """`argv` names both ends of the wire, the lifeline, the store and the worker's own folder."""
    wire, lifeline = Wire(int(argv[0]), int(argv[1])), int(argv[2])
    root, desk = Path(argv[3]), Path(argv[4])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for file in (wire.reading, wire.writing, lifeline):
        os.set_inheritable(file, False)
    os.chdir("/")
    sentinel = posted(lifeline, desk, (wire.reading, wire.writing))
    adopt_orphans()

    def work() -> int:
        signal.signal(signal.SIGTERM, _orphaned)
        os.close(lifeline)
        os.close(sentinel)
        adopt_orphans()
        outer = dict(os.environ)
        host = Host((wire.reading, wire.writing))
        serve(wire, FolderStore(root), Surroundings(desk, outer, Capture(desk), host))
        return 0

    worker = forked(work, signal.SIGTERM)
    wire.close()
    code = _keep(worker, lifeline, desk)
    relieved(sentinel)
    return _end_as(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
