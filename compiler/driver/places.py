"""What lies where a parameter says: a file, a folder, or what a pattern or URL names."""

from __future__ import annotations

from pathlib import Path

from ...runtime.artifact import Artifact
from ...runtime.digest import Memo, UnfitPathError
from ...runtime.source import SourceError, find, nothing_at
from ..types.types import DIR, FILE, Type


class NotThereError(Exception):
    """Nothing lies at a path or URL, or it cannot be read; in the user's words."""


def found_at(named: str, folder: Path, type_: Type, memo: Memo | None = None) -> Artifact:
    """What a URL names, or a path or pattern that is relative to `folder`. Raises `NotThereError`,
    also where a file is there and a folder is wanted, or the other way round."""
    try:
        found = find(named, folder, memo)
    except FileNotFoundError:
        raise NotThereError(nothing_at(named)) from None
    except SourceError as problem:
        raise NotThereError(str(problem)) from None
    except (OSError, UnfitPathError) as problem:
        raise NotThereError(f"cannot read `{named}`: {problem}") from None
    if type_ == FILE and found.is_tree:
        raise NotThereError(f"`{named}` is a folder, and a file is wanted")
    if type_ == DIR and found.digest.startswith("file:"):
        raise NotThereError(f"`{named}` is a file, and a folder is wanted")
    return found
