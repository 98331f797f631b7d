"""The outbox: results on their way to the shared store, kept on disk until they are there.

A note for every one of them is written before it is called done. Whoever uses the store next sends
what a run has left that was killed, or could not reach the shared store.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .folder import FolderStore
from .record import Record
from .remote import RemoteStore
from .store import MissingObjectError, StoreRefusedError, StoreUnreachableError
from .survey import listed

FOLDER = "unsent"
_AT_ONCE = 8
_PAUSE = 15.0
_YOUNG = 3600.0
_REPLACING = "replace"


@dataclass(frozen=True, slots=True)
class Parcel:
    """A result that the shared store may not have; `over` what answers its key there."""

    key: str
    result: str
    over: bool

    @property
    def name(self) -> str:
        """The name of its note."""
        return f"{self.key}.{self.result}"


def unsent(root: Path) -> frozenset[str]:
    """The keys whose results wait to be sent from a store."""
    return frozenset(name.partition(".")[0] for name in listed(root / FOLDER))


class Outbox:
    """Sends in the background, several at once. Safe to use from several threads.

    After a failure nothing is tried for a while. `trouble` is the last one that kept something
    back; None once all is sent.
    """

    def __init__(self, near: FolderStore, far: RemoteStore) -> None:
        self.trouble: StoreUnreachableError | None = None
        self._near = near
        self._far = far
        self._folder = near.root / FOLDER
        self._lock = threading.Lock()
        self._again = 0.0
        self._pool: ThreadPoolExecutor | None = None
        self._sending: dict[Parcel, Future[None]] = {}
        self._held_back: set[Parcel] = set()

    def note(self, record: Record, *, over: bool) -> Parcel:
        """Notes that a result is to be sent, before it is made durable here."""
        parcel = Parcel(record.key, record.id, over)
        folder = self._near.objects.folder(str(self._folder))
        new = folder / f".{parcel.name}.{os.getpid()}"
        new.write_text(_REPLACING if over else "", encoding="ascii")
        new.replace(folder / parcel.name)
        return parcel

    def left(self) -> Iterator[Parcel]:
        """What waits to be sent, by the notes of all runs."""
        for name in listed(self._folder):
            if not name.startswith("."):
                with suppress(OSError, UnicodeDecodeError):
                    over = (self._folder / name).read_text("ascii") == _REPLACING
                    key, _, result = name.partition(".")
                    yield Parcel(key, result, over)

    def take_up(self) -> None:
        """Begins to send what earlier runs have left."""
        for parcel in self.left():
            self.send(parcel)

    def send(self, parcel: Parcel) -> None:
        """Begins to send a result that is here by now."""
        with self._lock:
            if parcel in self._sending:
                return
            if time.monotonic() < self._again:
                self._held_back.add(parcel)
                return
            waiting, self._held_back = {*self._held_back, parcel}, set()
            if self._pool is None:
                self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="outbox")
            for each in waiting:
                self._sending[each] = self._pool.submit(self._deliver, each)

    def _deliver(self, parcel: Parcel) -> None:
        kept = time.monotonic() < self._again
        try:
            if not kept:
                self._deliver_now(parcel)
        except StoreUnreachableError as problem:
            kept = True
            self.trouble = problem
            forever = isinstance(problem, StoreRefusedError)
            self._again = float("inf") if forever else time.monotonic() + _PAUSE
        with self._lock:
            self._sending.pop(parcel, None)
            if kept:
                self._held_back.add(parcel)

    def _deliver_now(self, parcel: Parcel) -> None:
        note = self._folder / parcel.name
        record = self._near.lookup(parcel.key)
        try:
            if record is not None and record.id == parcel.result:
                self._send(record, parcel)
            elif record is None and time.time() - note.stat().st_mtime < _YOUNG:
                return  # another run is about to say what it is
        except (MissingObjectError, FileNotFoundError):
            pass  # it was collected, or is damaged: there is nothing to send any more
        note.unlink(missing_ok=True)

    def _send(self, record: Record, parcel: Parcel) -> None:
        near, far = self._near, self._far
        over = far.is_broken(parcel.key)
        for artifact in record.artifacts():
            entries = near.manifest(artifact) if artifact.is_tree else []
            for hex in (*(entry["digest"] for entry in entries), artifact.hex):
                sent, _ = far.put_file(near.object_path(hex), over=over)
                if sent != hex:  # these are not the bytes that were put here
                    raise MissingObjectError(f"file:{hex}")
        standing = far.publish(record, answer=parcel.key, replace=parcel.over)
        if standing.id != record.id:
            # The first result stands for everybody, here too, once its bytes are asked for.
            near.swap(parcel.key, record, standing)

    def settle(self) -> int:
        """Waits until all is sent that can be; how many results are kept back."""
        while True:
            with self._lock:
                pending = list(self._sending.values())
            if not pending:
                break
            for future in pending:
                future.result()
        with self._lock:
            kept = len(self._held_back)
        if not kept:
            self.trouble = None
        return kept

    def close(self) -> None:
        """Waits for what is on its way; what is not remains noted."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None
