"""An artifact: the bytes of a file or a folder, named by their digest."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeAlias

from .dataclass import dataclass, replace

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

_LONGEST = 40
_UNFIT = frozenset("/\0\n")


@dataclass(frozen=True, slots=True)
class Artifact:
    """`digest` is `file:HEX` or `tree:HEX`; `name` carries the suffix that readers expect.

    An artifact with a `source` was found there (a path or URL given by the user), not made by a
    step: it may not lie in the store, and pickled bytes in it are never loaded. What lies at a URL
    may have an `etag:HEX` or `version:HEX` instead: it is told apart, but has not been read.
    `pickled` says that a step made these bytes, and did not fetch them: only then are they loaded
    as an object. What a registry hands out is not, nor what lay in the project.
    `code` says what the project's code does that the bytes name, which is theirs as well: a pickled
    object has the name of its class, and not its methods.
    """

    digest: str
    size: int
    name: str
    source: str | None = None
    pickled: bool = False
    code: str | None = None

    @property
    def is_tree(self) -> bool:
        return self.digest.startswith("tree:")

    @property
    def is_remote(self) -> bool:
        """Whether it lies at a URL, so that a body needs a copy of it."""
        return self.source is not None and "://" in self.source

    @property
    def hex(self) -> str:
        return self.digest.partition(":")[2]

    @property
    def suffix(self) -> str:
        """The ending of the name from its first inner dot: `.parquet`, `.csv.gz` or nothing.

        It becomes part of the names of files, so one that is none, from whatever store, is nothing.
        """
        dot = self.name.find(".", 1)
        ending = self.name[dot:] if dot > 0 else ""
        fit = len(os.fsencode(ending)) <= _LONGEST and not _UNFIT.intersection(ending)
        return ending if fit else ""

    def renamed(self, stem: str) -> Artifact:
        return replace(self, name=stem + self.suffix)

    def to_json(self) -> dict[str, Json]:
        data: dict[str, Json] = {"digest": self.digest, "size": self.size, "name": self.name}
        if self.source is not None:
            data["source"] = self.source
        if self.pickled:
            data["pickled"] = True
        if self.code is not None:
            data["code"] = self.code
        return data

    @staticmethod
    def from_json(data: Mapping[str, Json]) -> Artifact:
        """Raises `ValueError` where `data` does not describe an artifact."""
        digest, size, name = data.get("digest"), data.get("size"), data.get("name")
        source, pickled = data.get("source"), data.get("pickled", False)
        code = data.get("code")
        if not (
            isinstance(digest, str)
            and digest.startswith(("file:", "tree:", "etag:", "version:"))
            and isinstance(size, int)
            and isinstance(name, str)
            and (source is None or isinstance(source, str))
            and isinstance(pickled, bool)
            and (code is None or isinstance(code, str))
        ):
            raise ValueError("not an artifact")
        return Artifact(digest, size, name, source, pickled, code)


def is_url(text: str) -> bool:
    """Whether a text names something by URL rather than by path."""
    return "://" in text
