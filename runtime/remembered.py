"""The digests of large files that an index remembers, so that what is untouched is read once."""

from __future__ import annotations

from collections.abc import Iterable

from .database import Database
from .digest import Stamp


def remembered(database: Database) -> dict[str, tuple[Stamp, str]]:
    """All of them by path, loaded whole; `remember` writes changes back."""
    with database.reading() as connection:
        rows = connection.execute("select path, size, mtime_ns, inode, digest from memo").fetchall()
    return {path: (Stamp(*stamp), digest) for path, *stamp, digest in rows}


def remember(database: Database, entries: Iterable[tuple[str, Stamp, str]]) -> None:
    """Take these over what is known of their paths."""
    with database.transaction() as connection:
        connection.executemany(
            "insert or replace into memo values (?, ?, ?, ?, ?)",
            [(path, s.size, s.mtime_ns, s.inode, digest) for path, s, digest in entries],
        )
