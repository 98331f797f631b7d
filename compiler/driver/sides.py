"""The two sides of a comparison: files, folders, revisions or the work tree, each below a root."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

from ...runtime.dataclass import dataclass
from ..manifest import MANIFEST
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
    if second is not None and all(_is_folder(word, repository) for word in (first, second)):
        return _folders(first, second, words[2:])
    if repository is None:
        raise Usage(_no_pair(first, second) if second is not None else _no_repository(first))
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
    asked = [os.path.normpath(word) for word in rest]
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


def _no_pair(first: str, second: str) -> str:
    """Why two words cannot be compared where there are no revisions."""
    missing = next((word for word in (first, second) if not Path(word).exists()), None)
    if missing is not None:
        return f"there is no file or folder `{missing}`, and nothing here is under git"
    folder, file = (first, second) if Path(first).is_dir() else (second, first)
    if Path(folder).is_dir() and not Path(file).is_dir():
        return f"`{folder}` is a folder and `{file}` is none: name two of one kind"
    return f"`{first}` and `{second}` are no pair: name two `.mlp` files, or two folders"


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
    asked = [_below(word, repository.top) for word in rest]
    trees = [_tree(repository, name, stack) for name in (one, other)]
    before, after = trees
    pairs = pairs_of(before.sources, after.sources, before.root, after.root, asked)
    a, b = (
        _side(repository, tree, {path for path in paths if path is not None})
        for tree, paths in zip(trees, zip(*pairs, strict=True) if pairs else ((), ()), strict=True)
    )
    return Sides(a, b, pairs, asked=bool(rest))


@dataclass(frozen=True, slots=True)
class _Tree:
    """A revision of which the `.mlp` files are laid out, or the work tree, which has no commit."""

    name: str
    root: Path
    commit: str | None
    entries: tuple[Entry, ...]
    sources: tuple[str, ...]


def _tree(repository: Repository, name: str | None, stack: ExitStack) -> _Tree:
    if name is None:
        found = (p for p in repository.sources() if (repository.top / p).is_file())
        return _Tree("the work tree", repository.top, None, (), tuple(sorted(found)))
    commit = _commit(repository, name)
    entries = repository.entries(commit)
    scratch = TemporaryDirectory(prefix="mlp-diff-", ignore_cleanup_errors=True)
    root = Path(stack.enter_context(scratch)).resolve()
    repository.lay_out(entries, root, _is_source)
    return _Tree(name, root, commit, entries, _sources(entries))


def _side(repository: Repository, tree: _Tree, paths: set[str]) -> Side:
    """The side with the projects of some of its files laid out."""
    if tree.commit is None:
        kept = repository.tracked()
        return Side(tree.name, "work tree", tree.root, tree.sources, None, kept)
    manifests = {
        PurePosixPath(entry.path).parent.as_posix()
        for entry in tree.entries
        if PurePosixPath(entry.path).name == MANIFEST
    }
    roots = {_root_in(path, manifests) for path in paths}

    def wanted(path: str) -> bool:
        return not _is_source(path) and _is_within(path, roots)

    laid = repository.lay_out(tree.entries, tree.root, wanted)
    notes = tuple(f"`{path}` is left out: it leads outside" for path in laid.refused)
    kept = laid.files | {*tree.sources}
    return Side(tree.name, "revision", tree.root, tree.sources, tree.commit, kept, notes)


def _root_in(path: str, manifests: Container[str]) -> str:
    """The root of the project that a file is of."""
    folders = [folder.as_posix() for folder in PurePosixPath(path).parents]
    return next((folder for folder in folders if folder in manifests), folders[0])


def _is_within(path: str, roots: Iterable[str]) -> bool:
    return any(root == "." or path.startswith(f"{root}/") for root in roots)


def _is_source(path: str) -> bool:
    return path.endswith(ENDING)


def _sources(entries: Iterable[Entry]) -> tuple[str, ...]:
    return tuple(sorted(e.path for e in entries if e.path.endswith(ENDING) and e.mode != "120000"))


def _below(word: str, top: Path) -> str:
    """A file or folder that was named here, from the top of the repository."""
    path = Path(os.path.normpath(Path.cwd() / word))
    try:
        return path.relative_to(top).as_posix()
    except ValueError:
        raise Usage(f"`{word}` lies outside of the repository {top}") from None
