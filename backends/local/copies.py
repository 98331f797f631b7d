"""Copies: in the process of a host, every body runs in a fork of it.

What the host touches between two forks is copied twice, for itself and for the next fork: it does
no more than all copies share.
"""

from __future__ import annotations

import gc
import importlib
import os
import pickle
import signal
import sys
import sysconfig
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias, cast

from ...runtime import child
from ...runtime.body import BodyError, Ready, Workplace, call_body, ready
from ...runtime.key import Spec
from ...runtime.state import become
from .processes import adopt_orphans, end_children, forked, has_children, limits
from .wire import Wire

_MOST_NAMES = 1 << 16


@dataclass(frozen=True, slots=True)
class Body:
    """What all calls of a body share."""

    spec: Spec
    place: Workplace


Call: TypeAlias = "tuple[Mapping[str, object], Mapping[str, str]]"
"""The inputs, where they were laid, and the variables."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A body whose modules are imported, its folder, and the desk on which outcomes are left."""

    body: Ready
    scratch: str
    desk: str


@dataclass(slots=True)
class _Host:
    """The bodies that it was told, by their numbers, and those whose modules are imported."""

    wire: Wire
    mask: int
    reading: int
    """Where copies say what they have loaded, and where they write that."""
    writing: int
    environment: Mapping[str, str]
    """The variables, but for those that modules have set when they were imported."""
    roots: tuple[Path, ...] = ()
    bodies: dict[int, Body] = field(default_factory=dict)
    ready: dict[int, _Prepared] = field(default_factory=dict)


def serve(wire: Wire) -> None:
    """Runs bodies until the worker is gone, or until one could not run in a copy, or has changed
    what this process may use.

    A message is the number of a body, the `Body` unless it was told, and a pickled `Call`.
    """
    adopt_orphans()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    pipe = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    host = _Host(wire, os.umask(0o022), *pipe, dict(os.environ))
    spent, allowed = False, limits()
    while not spent:
        try:
            message = wire.receive()
        except EOFError:
            return
        number, body, call = cast("tuple[int, Body | None, bytes]", message)
        if body is not None:
            host.bodies[number] = body
        code, spent = _one(host, number, call)
        spent = spent or limits() != allowed
        wire.send((code, spent))
        _load(_said(host.reading))


def _one(host: _Host, number: int, call: bytes) -> tuple[int, bool]:
    """Runs one body: its exit code, and whether this process cannot be the host of another."""
    if number not in host.ready and not _prepare(host, number, call):
        return 1, _has_company()
    if _has_company():
        # Modules that start threads or processes when they are imported count on them, and a copy
        # of this process would be without.
        return _conclude(host, number, call), True
    return _copied(host, number, call), False


def _prepare(host: _Host, number: int, call: bytes) -> bool:
    """Imports the modules of a body, which find the variables and the folder of this call of it;
    whether it could be done."""
    body = host.bodies[number]
    _, environment = cast(Call, pickle.loads(call))
    scratch, desk = str(body.place.scratch), str(body.place.scratch.parent)
    if body.place.roots != host.roots:
        host.roots = body.place.roots
        host.ready.clear()  # modules of other folders are forgotten
    os.umask(host.mask)
    become(environment, host.environment)
    os.chdir(scratch)
    host.environment = environment
    try:
        host.ready[number] = _Prepared(ready(body.spec, body.place), scratch, desk)
    except BodyError as problem:
        child.leave(desk, {"failure": str(problem), "trace": problem.trace})
        return False
    # What is here by now needs not be looked at, and thereby copied, by the collectors of copies.
    gc.freeze()
    return True


def _has_company() -> bool:
    return threading.active_count() > 1 or has_children()


def _conclude(host: _Host, number: int, call: bytes) -> int:
    """Runs a body in this process, which becomes what it is to meet."""
    prepared = host.ready[number]
    laid, environment = cast(Call, pickle.loads(call))
    os.umask(host.mask)
    become(environment, host.environment)
    os.chdir(prepared.scratch)
    return child.conclude(prepared.desk, lambda: call_body(prepared.body, laid))


def _copied(host: _Host, number: int, call: bytes) -> int:
    here = len(sys.modules)

    def copy() -> int:
        os.setsid()
        for file in (host.wire.reading, host.wire.writing, host.reading):
            os.close(file)
        code = _conclude(host, number, call)
        with suppress(OSError):
            os.write(host.writing, "\n".join((*_late(here), "")).encode())
        return code

    _, status = os.waitpid(forked(copy), 0)
    # What the body has left running is a child of ours by now.
    end_children()
    return os.waitstatus_to_exitcode(status)


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


def _said(reading: int) -> list[str]:
    try:
        return os.read(reading, _MOST_NAMES).decode(errors="replace").split("\n")[:-1]
    except BlockingIOError:  # it did not come to its end
        return []


def _load(names: Sequence[str]) -> None:
    """Loads modules here as well, so that the next body finds them loaded."""
    for name in names:
        with suppress(BaseException):
            importlib.import_module(name)
    if names:
        gc.freeze()
