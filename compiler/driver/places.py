"""What lies where a parameter says: a file, a folder, or what a URL names."""

from __future__ import annotations

from pathlib import Path

from ...runtime.artifact import Artifact, is_url
from ...runtime.digest import UnfitPathError, digest_path
from ...runtime.source import SourceError, fingerprint
from ..types.types import DIR, FILE, Type


class NotThereError(Exception):
    """Nothing lies at a path or URL, or it cannot be read; in the user's words."""


def found_at(named: str, folder: Path, type_: Type) -> Artifact:
    """What a URL names, or a path that is relative to `folder`. Raises `NotThereError`, also where
    a file is there and a folder is wanted, or the other way round."""
    try:
        if is_url(named):
            return fingerprint(named)
        path = folder / named
        digest, size = digest_path(path)
    except FileNotFoundError:
        more = "; patterns are not read here: name the folder" if "*" in named else ""
        raise NotThereError(f"there is nothing at `{named}`{more}") from None
    except SourceError as problem:
        raise NotThereError(str(problem)) from None
    except (OSError, UnfitPathError) as problem:
        raise NotThereError(f"cannot read `{named}`: {problem}") from None
    if type_ == FILE and digest.startswith("tree:"):
        raise NotThereError(f"`{named}` is a folder, and a file is wanted")
    if type_ == DIR and digest.startswith("file:"):
        raise NotThereError(f"`{named}` is a file, and a folder is wanted")
    return Artifact(digest, size, path.name, str(path.resolve()))
