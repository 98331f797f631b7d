"""Results for tests of stores: small records with files, folders and values."""

from __future__ import annotations

import hashlib
from pathlib import Path

from millpond.runtime.folder import FolderStore
from millpond.runtime.record import Record, output_entry

REPOSITORY = Path(__file__).resolve().parents[2]


def key_of(name: object) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()


def made(store: FolderStore, name: object, text: str = "", *, tree: bool = False) -> Record:
    """A result that is put, not yet published; a tree shares one of its files with all others."""
    place = store.scratch() / "x"
    if tree:
        place.mkdir()
        (place / "same").write_text("the same in every folder")
        (place / "own").write_text(text or f"of {name}")
    else:
        place.write_text(text or f"of {name}")
    artifact = store.put(place, "x", consume=True)
    place.parent.rmdir()
    entries = {"x": output_entry("Dir" if tree else "File", artifact)}
    return Record(key_of(name), entries, {"scheme": 1}, [("in", "none")], {"seconds": 0.0})


def publish(store: FolderStore, name: object, text: str = "", *, tree: bool = False) -> Record:
    return store.publish(made(store, name, text, tree=tree))


def content(store: FolderStore, record: Record, place: Path) -> str:
    """The text that a result was made with."""
    (artifact,) = record.artifacts()
    store.materialize(artifact, place)
    return (place / "own" if artifact.is_tree else place).read_text()
