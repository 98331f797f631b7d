"""What inputs name by URL: brought into the store beside the run, before a worker needs it.

A worker has no access to a bucket, as bodies run in it; the runner has what its user has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ...runtime.artifact import Artifact
from ...runtime.folder import FolderStore
from ...runtime.values import leaves


class Sources:
    """The copies under way, one thread each."""

    def __init__(self, store: FolderStore) -> None:
        self._store = store
        self._threads: dict[Artifact, threading.Thread] = {}
        self._failed: dict[Artifact, OSError] = {}

    def ready(self, arguments: Iterable[object]) -> bool:
        """Whether everything that arguments name is here; starts to bring what is not.

        Raises `OSError` for what could not be brought.
        """
        wanted = [item for item in leaves(list(arguments)) if item.is_remote]
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

    def _bring(self, artifact: Artifact) -> None:
        try:
            self._store.bring(artifact)
        except OSError as problem:
            self._failed[artifact] = problem
