"""The two sides of a comparison: files, folders, revisions or the work tree, each below a root."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

from ...runtime.dataclass import dataclass
from ..project import MANIFEST
from .finder import ENDING
from .front import Usage
from .pairing import Pair, pairs_of
from .revisions import Entry, Repository, repository_at

Kind = Literal["file", "folder", "revision", "work tree"]
_SKIPPED = frozenset({".git", ".millpond", ".venv", "__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Side:
    """Everything that can be read of one side lies below `root`.

    `name` is how the user calls it. `kept` are the files whose content git holds, None where git
    is not asked: all that lie there count. `notes` say what could not be laid out.
    """

    name: str
    kind: Kind
    root: Path
    sources: tuple[str, ...]
    commit: str | None = None
    kept: frozenset[str] | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides, and the `.mlp` files to compare: what each was and what it is, None where it is
    not there."""

    a: Side
    b: Side
    pairs: tuple[Pair, ...]
    asked: bool


@contextmanager
def two_sides(words: Sequence[str]) -> Iterator[Sides]:
    """What `A B FILE…` name. Revisions are laid out for as long as they are needed.

    Raises `Usage` for words that name nothing, or two things at once.
    """
    with ExitStack() as stack:
        yield _sides(list(words), stack)


def _sides(words: list[str], stack: ExitStack) -> Sides:
    if not words:
        raise Usage("compare what? name two files, two folders, or a revision")
    first, second = words[0], words[1] if len(words) > 1 else None
    if second is not None and first.endswith(ENDING) and second.endswith(ENDING):
        return _files(first, second, words[2:])
    repository = repository_at(Path.cwd())
    one, other = _range(first, repository)
    if (
        other is None
        and second is not None
        and _is_folder(first, repository)
        and _is_folder(second, repository)
    ):
        return _folders(first, second, words[2:])
    if repository is None:
        raise Usage(_no_repository(first))
    rest = words[1:]
    if other is None and rest and not rest[0].endswith(ENDING) and not Path(rest[0]).is_dir():
        other, rest = rest[0], rest[1:]
    elif other is None and rest and repository.commit(rest[0]) and Path(rest[0]).is_dir():
        raise Usage(_both(rest[0]))
    return _revisions(repository, one, other, rest, stack)


def _files(first: str, second: str, rest: Sequence[str]) -> Sides:
    if rest:
        raise Usage(f"two files are compared with each other; `{rest[0]}` is one too many")
    sides, names = [], []
    for word in (first, second):
        path = Path(word)
        if not path.is_file():
            raise Usage(f"there is no file `{word}`")
        root = _project_root(path.resolve())
        names.append(path.resolve().relative_to(root).as_posix())
        sides.append(Side(word, "file", root, (names[-1],)))
    return Sides(sides[0], sides[1], ((names[0], names[1]),), asked=True)


def _project_root(file: Path) -> Path:
    above = (file.parent, *file.parent.parents)
    return next((folder for folder in above if (folder / MANIFEST).is_file()), file.parent)


def _folders(first: str, second: str, rest: Sequence[str]) -> Sides:
    sides = [_folder(word) for word in (first, second)]
    asked = [_clean(word) for word in rest]
    pairs = pairs_of(sides[0].sources, sides[1].sources, sides[0].root, sides[1].root, asked)
    return Sides(sides[0], sides[1], pairs, asked=bool(rest))


def _folder(word: str) -> Side:
    root = Path(word).resolve()
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED)
        here = Path(folder)
        found += [(here / f).relative_to(root).as_posix() for f in files if f.endswith(ENDING)]
    return Side(word, "folder", root, tuple(sorted(found)))


def _range(word: str, repository: Repository | None) -> tuple[str, str | None]:
    """`main..HEAD` and `main...HEAD` as git reads them; other words stand for themselves."""
    if repository is None or ".." not in word or Path(word).exists():
        return word, None
    forked = "..." in word
    one, _, other = word.partition("..." if forked else "..")
    one, other = one or "HEAD", other or "HEAD"
    if forked:
        commits = [_commit(repository, each) for each in (one, other)]
        base = repository.fork(*commits)
        if base is None:
            raise Usage(f"`{one}` and `{other}` have no history in common")
        return base, other
    return one, other


def _is_folder(word: str, repository: Repository | None) -> bool:
    if not Path(word).is_dir():
        return False
    if repository is not None and repository.commit(word) is not None:
        raise Usage(_both(word))
    return True


def _both(word: str) -> str:
    return f"`{word}` is a folder and a revision; write `./{word}` or `refs/heads/{word}`"


def _no_repository(word: str) -> str:
    if Path(word).exists():
        return f"compare `{word}` with what? name a second one; nothing here is under git"
    return f"there is no file or folder `{word}`, and nothing here is under git"


def _commit(repository: Repository, word: str) -> str:
    found = repository.commit(word)
    if found is None:
        near = " (a folder is compared with another folder)" if Path(word).is_dir() else ""
        raise Usage(
            f"git knows no revision `{word}`{near}; a shallow clone may have to fetch it first"
        )
    return found


def _revisions(
    repository: Repository, one: str, other: str | None, rest: Sequence[str], stack: ExitStack
) -> Sides:
    commits = [_commit(repository, one), None if other is None else _commit(repository, other)]
    entries = [() if c is None else repository.entries(c) for c in commits]
    sources = [_sources(each) for each in entries]
    if other is None:
        sources[1] = tuple(
            sorted(p for p in repository.sources() if (repository.top / p).is_file())
        )
    asked = [_below(word, repository.top) for word in rest]
    roots = {
        _root_in(path, _manifests(listed, commit, repository))
        for listed, paths, commit in zip(entries, sources, commits, strict=True)
        for path in paths
    }
    sides: list[Side] = []
    for name, commit, listed, paths in zip((one, other), commits, entries, sources, strict=True):
        if commit is None:
            kept = repository.tracked()
            sides.append(Side("the work tree", "work tree", repository.top, paths, None, kept))
            continue
        scratch = stack.enter_context(
            TemporaryDirectory(prefix="mlp-diff-", ignore_cleanup_errors=True)
        )
        folder = Path(scratch).resolve()
        laid = repository.lay_out(listed, folder, lambda path: _is_within(path, roots))
        notes = tuple(f"`{path}` is left out: it leads outside" for path in laid.refused)
        sides.append(Side(name or "", "revision", folder, paths, commit, laid.files, notes))
    pairs = pairs_of(sides[0].sources, sides[1].sources, sides[0].root, sides[1].root, asked)
    return Sides(sides[0], sides[1], pairs, asked=bool(rest))


def _manifests(
    entries: Iterable[Entry], commit: str | None, repository: Repository
) -> frozenset[str]:
    """The folders that hold a manifest."""
    if commit is None:
        paths: Iterable[str] = (p for p in repository.tracked() if p.endswith(MANIFEST))
        untracked = (
            PurePosixPath(path).parent / MANIFEST
            for source in repository.sources()
            for path in _above(source)
        )
        paths = [*paths, *(p.as_posix() for p in untracked if (repository.top / p).is_file())]
    else:
        paths = (entry.path for entry in entries)
    return frozenset(
        PurePosixPath(path).parent.as_posix()
        for path in paths
        if PurePosixPath(path).name == MANIFEST
    )


def _above(path: str) -> Iterator[str]:
    for folder in PurePosixPath(path).parents:
        yield (folder / MANIFEST).as_posix()


def _root_in(path: str, manifests: frozenset[str]) -> str:
    """The root of the project that a file is of."""
    folders = [folder.as_posix() for folder in PurePosixPath(path).parents]
    return next((folder for folder in folders if folder in manifests), folders[0])


def _is_within(path: str, roots: Iterable[str]) -> bool:
    return any(root == "." or path.startswith(f"{root}/") for root in roots)


def _sources(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(sorted(e.path for e in entries if e.path.endswith(ENDING) and e.mode != "120000"))


def _clean(word: str) -> str:
    return os.path.normpath(word)


def _below(word: str, top: Path) -> str:
    """A file or folder that was named here, from the top of the repository."""
    path = Path(os.path.normpath(Path.cwd() / word))
    try:
        return path.relative_to(top).as_posix()
    except ValueError:
        raise Usage(f"`{word}` lies outside of the repository {top}") from None
