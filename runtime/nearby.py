"""Every record that a store can name, for explanations: the near ones first."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from .folder import FolderStore
from .record import Record
from .remote import RemoteStore
from .store import Store
from .tiered import TieredStore

FAR = 500
"""How many records of a shared store are looked at: each costs requests."""


def is_shared(store: Store) -> bool:
    """Whether other machines write into a store that is not empty."""
    match store:
        case FolderStore():
            return False
        case RemoteStore():
            return next(store.keys(), None) is not None
        case TieredStore(far=far):
            return is_shared(far)
        case _:
            return True


def records_of(store: Store) -> Iterator[Record]:
    """May raise `StoreUnreachableError` on the way."""
    match store:
        case FolderStore():
            yield from store.index.records()
        case RemoteStore():
            for key in islice(store.keys(), FAR):
                record = store.lookup(key)
                if record is not None:
                    yield record
        case TieredStore(near=near, far=far):
            yield from records_of(near)
            yield from records_of(far)
        case _:
            return
