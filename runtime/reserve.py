"""The reserve: a little room on the disk that is given up where there is no other.

Without it nothing could be removed from a store on a full disk: SQLite needs room to say what goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = "reserve"
_SIZE = 256 * 1024


def keep_reserve(root: Path) -> None:
    """Sets room aside in a store, as far as there is some."""
    place = root / _NAME
    with suppress(OSError):
        if not place.exists() or place.stat().st_size < _SIZE:
            try:
                place.write_bytes(bytes(_SIZE))
            except OSError:
                place.unlink()
                raise


@contextmanager
def reserve_given_up(root: Path) -> Iterator[None]:
    """Within, the room can be used; afterwards it is set aside again."""
    (root / _NAME).unlink(missing_ok=True)
    try:
        yield
    finally:
        keep_reserve(root)
