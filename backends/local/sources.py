"""What lies elsewhere: brought into the store beside the run, before a worker needs it.

A worker has no access to a bucket, as bodies run in it; the runner has what its user has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Protocol, cast

from ...runtime.artifact import Artifact
from ...runtime.folder import FolderStore
from ...runtime.nested import leaves
from ...runtime.source import SourceError
from ...runtime.store import MissingObjectError, Store, StoreUnreachableError


class _Shared(Protocol):
    """A store with another one behind it, from which it can bring what it does not have."""

    def bring(self, artifact: Artifact) -> object: ...
    def take_up(self) -> None: ...
    def settle(self) -> str | None: ...


class Sources:
    """The copies under way, one thread each."""

    def __init__(self, near: FolderStore, store: Store) -> None:
        self._near = near
        self._behind = None if store is near else cast("_Shared", store)
        self._threads: dict[Artifact, threading.Thread] = {}
        self._failed: dict[Artifact, OSError] = {}

    def begin(self) -> None:
        """Lets go on what earlier runs could not send to the shared store."""
        if self._behind is not None:
            self._behind.take_up()

    def settle(self) -> str | None:
        """Waits until the shared store has what it can be given; what there is to say of it."""
        return None if self._behind is None else self._behind.settle()

    def ready(self, arguments: Iterable[object]) -> bool:
        """Whether everything that arguments name is here; starts to bring what is not.

        Raises `OSError` for what could not be brought.
        """
        wanted = [item for item in leaves(list(arguments)) if self._is_elsewhere(item)]
        for artifact in wanted:
            if artifact not in self._threads:
                thread = threading.Thread(target=self._bring, args=(artifact,), daemon=True)
                self._threads[artifact] = thread
                thread.start()
        if any(self._threads[artifact].is_alive() for artifact in wanted):
            return False
        for artifact in wanted:
            if artifact in self._failed:
                del self._threads[artifact]
                raise self._failed.pop(artifact)
        return True

    def _is_elsewhere(self, artifact: Artifact) -> bool:
        """Whether it is behind a URL, or was found in the shared store and never brought."""
        if artifact.source is not None:
            return artifact.is_remote
        known = artifact in self._threads
        return self._behind is not None and (known or not self._near.has(artifact))

    def _bring(self, artifact: Artifact) -> None:
        try:
            if artifact.is_remote or self._behind is None:
                self._near.bring(artifact)
            else:
                self._behind.bring(artifact)
        except OSError as problem:
            self._failed[artifact] = problem
        except StoreUnreachableError as problem:
            self._failed[artifact] = SourceError(f"the shared store cannot be reached: {problem}")
        except MissingObjectError:
            self._failed[artifact] = SourceError(
                f"the shared store has lost `{artifact.name}`, an input, or has it damaged; run "
                "again: what made it runs anew"
            )
