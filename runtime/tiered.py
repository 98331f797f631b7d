"""A folder store with a shared store behind it: read through, written back."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from .artifact import Artifact
from .folder import FolderStore
from .outbox import Outbox
from .record import Record
from .remote import RemoteStore
from .store import Guard, StoreRefusedError, StoreUnreachableError

_PAUSE = 15.0
_T = TypeVar("_T")


class TieredStore:
    """Answers from the folder where it can; the bytes of what it finds behind are brought when
    they are first read.

    What is published is done once it is durable here. It is sent in the background, so a slow
    shared store holds nobody up, and one that is away costs no result: `note` says so, and what
    could not be sent is sent by the next run. If another result stands there by then, that one
    stands here from the next run on. A store that refuses raises `StoreRefusedError` when it is
    first asked: that is for its user to set right.
    """

    def __init__(self, near: FolderStore, far: RemoteStore) -> None:
        self.near = near
        self.far = far
        self.note: str | None = None
        self.outbox = Outbox(near, far)
        self._again = 0.0
        self._away: StoreUnreachableError | None = None
        self._found: dict[str, Record] = {}
        self._brought = False

    @property
    def url(self) -> str:
        return self.far.url

    def _ask(self, call: Callable[[], _T], otherwise: _T) -> _T:
        """What the shared store says; `otherwise` while it is away."""
        if time.monotonic() < self._again:
            return otherwise
        try:
            return call()
        except StoreRefusedError:
            raise
        except StoreUnreachableError as problem:
            self._away = problem
            self._again = time.monotonic() + _PAUSE
            return otherwise

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        found = self.near.lookup(key, max_age)
        if found is not None:
            return found
        found = self._ask(lambda: self.far.lookup(key, max_age), None)
        if found is not None and max_age is None:
            self._found[key] = found
        return found

    def lookup_many(self, keys: Iterable[str]) -> dict[str, Record]:
        """Without keys: makes sure that both stores can be used."""
        wanted = list(keys)
        found = self.near.lookup_many(wanted)
        if not wanted:
            self._ask(self.far.reach, None)
            return found
        rest = [key for key in wanted if key not in found]
        none: dict[str, Record] = {}
        behind = self._ask(lambda: self.far.lookup_many(rest), none) if rest else none
        self._found.update(behind)
        return found | behind

    def record(self, result: str) -> Record | None:
        return self.near.record(result) or self._ask(lambda: self.far.record(result), None)

    def has(self, artifact: Artifact) -> bool:
        return self.near.has(artifact) or self._ask(lambda: self.far.has(artifact), False)

    def put(self, path: Path, name: str, *, consume: bool = False) -> Artifact:
        return self.near.put(path, name, consume=consume)

    def publish(
        self, record: Record, *, answer: str | None = None, replace: bool = False
    ) -> Record:
        # What answers one node of one run alone is of no use to others.
        if answer not in (None, record.key) or not record.key:
            return self.near.publish(record, answer=answer, replace=replace)
        parcel = self.outbox.note(record, over=replace)
        standing = self.near.publish(record, answer=answer, replace=replace)
        self.outbox.send(parcel)
        return standing

    def commit(self, record: Record) -> None:
        """`publish` without waiting, as `FolderStore.commit`."""
        parcel = self.outbox.note(record, over=False)
        self.near.commit(record)
        self.outbox.send(parcel)

    def materialize(
        self, artifact: Artifact, destination: Path, *, share: bool = False
    ) -> tuple[Guard, ...]:
        if not artifact.is_remote and not self.near.has(artifact):
            self.bring(artifact)
        return self.near.materialize(artifact, destination, share=share)

    def bring(self, artifact: Artifact) -> None:
        """Fetches what is not near. Raises `MissingObjectError`, `StoreUnreachableError`."""
        self._brought = True
        folder = self.near.scratch()
        target = folder / "object"
        try:
            for hex in self._files(artifact):
                self.far.fetch_file(hex, target)
                self.near.put_file(target, consume=True)
                target.unlink(missing_ok=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _files(self, artifact: Artifact) -> list[str]:
        if not artifact.is_tree:
            return [artifact.hex]
        return [entry["digest"] for entry in self.far.manifest(artifact)] + [artifact.hex]

    @property
    def away(self) -> str | None:
        """Why the shared store could not be asked, where it could not."""
        return None if self._away is None else str(self._away)

    def settle(self) -> str | None:
        """Sends what can be sent; in words what there is to say of the shared store, if anything.

        To be called at the end of a run.
        """
        kept = self.outbox.settle()
        self.note = self._said(kept)
        return self.note

    def _said(self, kept: int) -> str | None:
        problem = self.outbox.trouble or self._away
        if problem is None:
            return None
        words = f"the shared store was not there all the time: {problem}"
        if kept:
            results = "1 result is" if kept == 1 else f"{kept} results are"
            words += f"; {results} kept here, and the next run or `mlp cache push` sends them on"
        return words

    def take_up(self) -> None:
        """Begins to send what earlier runs could not; for runs."""
        self.outbox.take_up()

    def scratch(self) -> Path:
        return self.near.scratch()

    def address(self, artifact: Artifact) -> str:
        return self.far.address(artifact)

    def close(self) -> None:
        self.outbox.close()
        if self._brought:
            # What was found behind and lies here whole by now is found here from now on.
            for record in self._found.values():
                if self.near.is_whole(record):
                    self.near.commit(record)
        self.near.close()
        self.far.close()
