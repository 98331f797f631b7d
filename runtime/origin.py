"""Which files from outside a result was made from, as a later plan tells them apart."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from urllib.parse import unquote

from .artifact import Json, is_url
from .nested import leaves

MOST = 1_000
"""Beyond so many files of one input nobody reads on."""


def sources_of(arguments: Mapping[str, object]) -> dict[str, Json]:
    """The digest and size of each file that came in from outside, by input and by where it lies in
    its project: that is the same on every machine."""
    found: dict[str, Json] = {}
    for name, value in arguments.items():
        files: dict[str, Json] = {
            place_of(artifact.source): [artifact.digest, artifact.size]
            for artifact in islice(leaves(value), MOST)
            if artifact.source is not None
        }
        if files:
            found[name] = files
    return found


def place_of(source: str) -> str:
    """A path from the root of the project that it lies in, its name where it lies in none.

    A pattern of local files is one, too, whose `file://` says from where on this machine.
    """
    if source.startswith("file://"):
        source = os.path.normpath(unquote(source.removeprefix("file://")))
    elif is_url(source):
        return source
    folder, name = os.path.split(source)
    within = _within(folder)
    return name if within is None else os.path.join(within, name)


@lru_cache(maxsize=4_096)
def _within(folder: str) -> str | None:
    """A folder from the root of its project; the root has a manifest or what runs leave."""
    root = folder
    while True:
        for mark in ("mlp.toml", ".millpond"):
            if os.path.exists(os.path.join(root, mark)):
                below = os.path.relpath(folder, root)
                return "" if below == os.curdir else below
        above = os.path.dirname(root)
        if above == root:
            return None
        root = above
