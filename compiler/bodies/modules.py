"""Find the file of a Python module by its dotted name, as Python would, without importing it."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ...runtime.dataclass import dataclass
from .problem import ModuleMissing, ModuleRefused, ModuleTwice, Refusal

_SCAN_LIMIT = 2_000
_SCAN_DEPTH = 5
_ANY_DEPTH = 100  # deeper is a link that leads back


@dataclass(frozen=True, slots=True)
class ModuleFile:
    """A module of the project: its file, and the `__init__.py` files that run before it."""

    name: str
    path: Path
    package: bool
    inits: tuple[Path, ...]

    @property
    def label(self) -> str:
        """The path below its root, with `/` on every system: `flights/train.py`."""
        stem = self.name.replace(".", "/")
        return f"{stem}/__init__.py" if self.package else f"{stem}.py"

    @property
    def parent(self) -> str:
        """The dotted name that relative imports in this module start from."""
        return self.name if self.package else self.name.rpartition(".")[0]


def find_module(
    name: str, roots: Sequence[Path]
) -> ModuleFile | ModuleMissing | ModuleTwice | ModuleRefused:
    """The file of module `name` below exactly one of `roots`.

    Follows Python: a package wins over a module of the same name beside it, either wins over a
    folder without `__init__.py`. Where Python would take the first of two roots, this is an error.
    """
    real_roots = _distinct(roots)
    places = list(real_roots)
    parts = name.split(".")
    inits: list[Path] = []
    for depth, part in enumerate(parts, start=1):
        regular, folders = _candidates(part, places)
        if len(regular) > 1:
            return ModuleTwice(".".join(parts[:depth]), tuple(Path(path) for path in regular))
        if not regular:
            if folders and depth < len(parts):
                places = folders
                continue
            break
        path = regular[0]
        if not _inside(path, real_roots):
            return ModuleRefused(name, Path(path), Refusal.OUTSIDE)
        package = os.path.basename(path) == "__init__.py"
        if depth == len(parts):
            return ModuleFile(name, Path(path), package, tuple(inits))
        if not package:
            break
        inits.append(Path(path))
        places = [os.path.dirname(path)]
    return ModuleMissing(name, tuple(Path(root) for root in real_roots), ())


def nearest_modules(name: str, roots: Sequence[Path]) -> tuple[str, ...]:
    """Up to three existing modules whose names are close to `name`, best first."""
    import difflib

    existing = list(dict.fromkeys(list_modules(roots)))
    tail = name.rpartition(".")[2]
    same_tail = [other for other in existing if other.rpartition(".")[2] == tail]
    close = difflib.get_close_matches(name, existing, n=3, cutoff=0.7)
    return tuple(dict.fromkeys([*close, *same_tail]))[:3]


def list_modules(roots: Sequence[Path], below: str = "") -> Iterator[str]:
    """Dotted names of the modules below `roots` (and below package `below`), a bounded number."""
    for name in islice(_scan(roots, below, _SCAN_DEPTH), _SCAN_LIMIT):
        if name is not None:
            yield name


def all_modules(roots: Sequence[Path], below: str, limit: int) -> tuple[str, ...] | None:
    """All that `list_modules` lists, sorted and to any depth; None after `limit` entries."""
    found: set[str] = set()
    for seen, name in enumerate(_scan(roots, below, _ANY_DEPTH), start=1):
        if seen > limit:
            return None
        if name is not None:
            found.add(name)
    return tuple(sorted(found))


def _scan(roots: Sequence[Path], below: str, deepest: int) -> Iterator[str | None]:
    """A dotted name for each entry that is a module, None for each other."""
    real_roots = _distinct(roots)
    for root in real_roots:
        start = os.path.join(root, *below.split(".")) if below else root
        waiting = deque([(start, below, 0)])
        while waiting:
            folder, prefix, depth = waiting.popleft()
            for entry in _entries(folder):
                stem, ending = os.path.splitext(entry)
                path = os.path.join(folder, entry)
                dotted = f"{prefix}.{stem}" if prefix else stem
                name = None
                if ending not in ("", ".py") or not stem.isidentifier():
                    inside = False
                else:
                    inside = _inside(path, real_roots)
                if inside and ending:
                    if stem != "__init__" and os.path.isfile(path):
                        name = dotted
                elif inside and depth < deepest and _is_source_folder(path):
                    if os.path.isfile(os.path.join(path, "__init__.py")):
                        name = dotted
                    waiting.append((path, dotted, depth + 1))
                yield name


def _candidates(part: str, places: Sequence[str]) -> tuple[list[str], list[str]]:
    regular: dict[str, str] = {}
    folders: list[str] = []
    if not part.isidentifier():
        return [], []
    for place in places:
        folder = os.path.join(place, part)
        init = os.path.join(folder, "__init__.py")
        if os.path.isfile(init):
            regular.setdefault(os.path.realpath(init), init)
        elif os.path.isfile(folder + ".py"):
            regular.setdefault(os.path.realpath(folder + ".py"), folder + ".py")
        elif os.path.isdir(folder):
            folders.append(folder)
    return list(regular.values()), folders


def _distinct(roots: Sequence[Path]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(os.path.realpath(root) for root in roots))


def _inside(path: str, real_roots: Sequence[str]) -> bool:
    real = os.path.realpath(path)
    return any(real.startswith(os.path.join(root, "")) for root in real_roots)


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _is_source_folder(path: str) -> bool:
    return (
        os.path.isdir(path)
        and os.path.basename(path) not in ("__pycache__", "node_modules")
        and not os.path.exists(os.path.join(path, "pyvenv.cfg"))
    )
