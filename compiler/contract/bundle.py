"""Bundles: a step's code and the launcher in one zip whose bytes depend on nothing but content."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ... import runtime
from ...runtime.dataclass import dataclass
from ...runtime.launcher import MAIN
from ..ir.definitions import BundledFile
from ..ir.values import Json

EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """`digest` is the sha256 of `content` in hex; the archive lies at `code/<digest>.zip`."""

    digest: str
    content: bytes


def step_bundle(spec: dict[str, Json], files: Iterable[BundledFile]) -> Bundle:
    """The archive of one step definition: `python <digest>.zip` runs it."""
    return _bundle([BundledFile("step.json", _json(spec)), *files])


def helper_bundle(helpers: dict[str, Json]) -> Bundle:
    """The archive that holds a pipeline's gates and other helpers."""
    return _bundle([BundledFile("helpers.json", _json({"runtime": 1, "helpers": helpers}))])


def _json(value: Json) -> bytes:
    return json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False).encode() + b"\n"


def _bundle(files: list[BundledFile]) -> Bundle:
    entries = {"__main__.py": MAIN.encode(), **launcher_files()}
    entries.update((file.path, file.content) for file in files)
    buffer = io.BytesIO()
    # Stored, not deflated: zlib's output differs between its versions and its forks.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, entries[name])
    content = buffer.getvalue()
    return Bundle(hashlib.sha256(content).hexdigest(), content)


@cache
def launcher_files() -> dict[str, bytes]:
    """The runtime's own sources under the name they have inside an archive."""
    folder = Path(runtime.__file__).parent
    return {
        f"millpond_runtime/{file.name}": file.read_bytes() for file in sorted(folder.glob("*.py"))
    }
