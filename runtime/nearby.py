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
