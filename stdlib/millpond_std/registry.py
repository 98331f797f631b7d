"""A registry of models in a folder: numbered versions, stages and aliases that point to them.

`models/NAME/index.json` holds the versions, the stages and aliases, and every move of one of them;
`objects/DIGEST` are the models, by content.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from .content import copy, digest

_FORMAT = 1
Index = dict[str, Any]


class RegistryError(Exception):
    """The registry cannot do what was asked; in the user's words."""


class Found(NamedTuple):
    """A version of a model, all of it None where there is none."""

    version: int | None
    model: Path | None
    metrics: dict[str, float] | None


def find(
    name: str, stage: str | None, alias: str | None, version: int | None, folder: str | None
) -> Found:
    """The version that `stage`, `alias` or `version` names; the model is a copy of its own."""
    asked = [each for each in (stage, alias, version) if each is not None]
    if len(asked) != 1:
        raise RegistryError(
            f"say which version of `{name}`: one of `stage`, `alias` and `version`, "
            f"{len(asked)} were given"
        )
    root = place(folder)
    index = _read(root, name)
    number = version
    if stage is not None:
        number = index["stages"].get(stage)
    elif alias is not None:
        number = index["aliases"].get(alias)
    entry = next((each for each in index["versions"] if each["version"] == number), None)
    if entry is None:
        return Found(None, None, None)
    stored, suffix = root / "objects" / entry["digest"], entry["suffix"]
    if not stored.exists():
        raise RegistryError(f"version {number} of `{name}` has lost its model in {root}")
    model = Path(f"model{suffix}").resolve()
    copy(stored, model)
    if digest(model) != entry["digest"]:
        raise RegistryError(f"the model of version {number} of `{name}` is not the one registered")
    return Found(number, model, entry["metrics"])


def register(
    model: Path,
    name: str,
    stage: str | None,
    metrics: Mapping[str, float] | None,
    folder: str | None,
) -> int:
    """Keep `model` as the next version of `name` and give it `stage`; returns its number.

    Asked again by the same attempt (`MLP_IDEMPOTENCY_KEY`), it answers what it did the first time.
    """
    root, key = place(folder), os.environ.get("MLP_IDEMPOTENCY_KEY")
    content = digest(model)
    with _changing(root, name) as index:
        done = next((v for v in index["versions"] if key and v["key"] == key), None)
        if done is not None:
            return int(done["version"])
        _store(model, root / "objects" / content)
        number = len(index["versions"]) + 1
        index["versions"].append(
            {
                "version": number,
                "digest": content,
                "suffix": "".join(model.suffixes) if model.is_file() else "",
                "metrics": None if metrics is None else dict(metrics),
                "key": key,
            }
        )
        if stage is not None:
            _move(index, "stages", stage, number, key)
        return number


def promote(name: str, version: int, stage: str, folder: str | None) -> int | None:
    """Give `stage` to a version; returns the version that held it until then."""
    return _point(name, version, "stages", stage, folder)


def alias(name: str, version: int, alias: str, folder: str | None) -> int | None:
    """Give a version another name; returns the version that had it until then."""
    return _point(name, version, "aliases", alias, folder)


def place(folder: str | None) -> Path:
    """Where the registry lies: `folder`, else `MLP_REGISTRY`, else in the project's `.millpond`.

    A relative folder is one of the project, which is found above the working folder.
    """
    said = folder or os.environ.get("MLP_REGISTRY")
    if said and "://" in said:
        raise RegistryError(f"a registry is a folder of this machine, `{said}` is a URL")
    if said and Path(said).is_absolute():
        return Path(said)
    state = next((up for up in Path.cwd().parents if up.name == ".millpond"), None)
    if state is None:
        raise RegistryError(
            "there is no project around this step: say where the registry lies, by `folder` or "
            "by MLP_REGISTRY in the `env` of the step, as an absolute path"
        )
    return state.parent / said if said else state / "registry"


def _point(name: str, version: int, kind: str, label: str, folder: str | None) -> int | None:
    key = os.environ.get("MLP_IDEMPOTENCY_KEY")
    with _changing(place(folder), name) as index:
        done = next((m for m in index["moves"] if key and m["key"] == key), None)
        if done is not None:
            return None if done["from"] is None else int(done["from"])
        if not 1 <= version <= len(index["versions"]):
            raise RegistryError(f"`{name}` has no version {version}")
        return _move(index, kind, label, version, key)


def _move(index: Index, kind: str, label: str, version: int, key: str | None) -> int | None:
    before = index[kind].get(label)
    index[kind][label] = version
    index["moves"].append({"kind": kind, "label": label, "from": before, "to": version, "key": key})
    return None if before is None else int(before)


def _read(root: Path, name: str) -> Index:
    path = _of(root, name) / "index.json"
    try:
        index: Index = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {
            "registry": _FORMAT,
            "name": name,
            "versions": [],
            "stages": {},
            "aliases": {},
            "moves": [],
        }
    if index.get("registry") != _FORMAT:
        raise RegistryError(f"{path} was written by another version of the registry")
    if index["name"] != name:
        # Some file systems hold `M` and `m` for one name.
        raise RegistryError(f"the file system of {root} takes `{name}` for `{index['name']}`")
    return index


def _of(root: Path, name: str) -> Path:
    if not name:
        raise RegistryError("a model's name is empty")
    return root / "models" / quote(name, safe=" ").replace(".", "%2E")


@contextmanager
def _changing(root: Path, name: str) -> Iterator[Index]:
    """The index of a name, which nobody else changes meanwhile; written at the end, whole."""
    folder = _of(root, name)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        index = _read(root, name)
        before = json.dumps(index)
        yield index
        if json.dumps(index) != before:
            _write(folder / "index.json", json.dumps(index, indent=1, ensure_ascii=False) + "\n")


def _write(path: Path, text: str) -> None:
    number, name = tempfile.mkstemp(dir=path.parent)
    with open(number, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.chmod(name, 0o644)
    os.replace(name, path)


def _store(model: Path, path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=path.parent))
    try:
        copy(model, work / "model")
        try:
            os.rename(work / "model", path)
        except OSError:
            # Somebody else registered the same folder of files in the meantime.
            if not path.exists():
                raise
    finally:
        shutil.rmtree(work)
