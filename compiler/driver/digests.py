"""Digests of large input files, remembered beside the results: what is untouched is read once."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.digest import Stamp
from ...runtime.store import StoreUnreachableError

if TYPE_CHECKING:
    from ...runtime.index import Index

_Entry = tuple[Stamp, str]


class Digests(MutableMapping[str, _Entry]):
    """What the store of a project remembers, read when it is first asked. `state` is the project's
    `.millpond`; where there is none yet, nothing is remembered and nothing made."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._known: dict[str, _Entry] | None = None
        self._new: dict[str, _Entry] = {}

    @contextmanager
    def _index(self) -> Iterator[Index | None]:
        # Most commands name no file that is worth it: then none of this is loaded.
        from ...runtime.folder import INDEX, FolderStore

        store = FolderStore(self._state)
        # Whoever needs the store itself will be told what is wrong with it.
        with suppress(StoreUnreachableError):
            try:
                yield store.index if (self._state / INDEX).is_file() else None
            finally:
                store.close()

    def _all(self) -> dict[str, _Entry]:
        if self._known is None:
            self._known = {}
            with self._index() as index:
                if index is not None:
                    from ...runtime.remembered import remembered

                    self._known.update(remembered(index))
        return self._known

    def save(self) -> None:
        """Writes down what is new."""
        if not self._new:
            return
        with self._index() as index:
            if index is not None:
                from ...runtime.remembered import remember

                remember(index, ((path, *entry) for path, entry in self._new.items()))

    def __getitem__(self, path: str) -> _Entry:
        return self._all()[path]

    def __setitem__(self, path: str, entry: _Entry) -> None:
        self._all()[path] = self._new[path] = entry

    def __delitem__(self, path: str) -> None:
        del self._all()[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
