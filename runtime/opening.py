"""Opening a store: the kind that a path or a URL asks for."""

from __future__ import annotations

from pathlib import Path

from .folder import FolderStore
from .store import Store


def open_store(url: str | Path, *, behind: str | None = None) -> Store:
    """The store at a path or URL (`file://`, `s3://`, `gs://`, ...).

    A plain path is a `.millpond` folder with an index, a URL a store shared by machines; `behind`
    is a URL to read through and write back to. Raises `StoreUnreachableError`.
    """
    if "://" not in str(url) and behind is None:
        return FolderStore(Path(url))
    from .remote import RemoteStore

    if "://" in str(url):
        return RemoteStore(str(url))
    from .tiered import TieredStore

    return TieredStore(FolderStore(Path(url)), RemoteStore(str(behind)))
