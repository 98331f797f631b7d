"""The store of the project that a command is typed in: opened to be looked at, mended or moved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...runtime.dataclass import dataclass
from ...runtime.digest import UnfitPathError, digest_tree
from ...runtime.folder import FolderStore
from ...runtime.history import History, Name
from ...runtime.leftovers import Leftover
from ...runtime.remote import RemoteStore
from ...runtime.survey import Kept, Survey, listed, weight
from ..contract.folder import NoSuchRun, RunFolder, find_run, runs_of
from ..manifest import MANIFEST
from ..project import Found, Project, find_project
from .front import Usage
from .results import folder_of

STATE = ".millpond"


@dataclass(frozen=True, slots=True)
class Keeping:
    """A project with its store, and what its results are called."""

    project: Project
    store: FolderStore
    history: History

    @property
    def root(self) -> Path:
        return self.store.root

    def results(self) -> list[Kept]:
        """Every result."""
        return Survey(self.store).results()

    def far(self, url: str | None) -> RemoteStore:
        """The shared store at a URL, else the one of `mlp.toml`. Raises `Usage` for neither, and
        `StoreUnreachableError`."""
        url = url or self.project.store_url
        if url is None:
            raise Usage(
                f"where to? name a URL, or write it into `{MANIFEST}`: [store] url = "
                '"s3://bucket/folder"'
            )
        return RemoteStore(url)


@contextmanager
def keeping(project: str | None, *, fresh: bool = False) -> Iterator[Keeping]:
    """The store of the project at a folder, else of the one around here; with `fresh` it may be
    one that nothing has run in. Raises `Usage`, and `StoreUnreachableError`."""
    found = project_here(project)
    state = found.state
    if not state.is_dir() and not fresh:
        where = "here" if project is None else f"in {project}"
        raise Usage(f"no pipeline has run {where}; `--project FOLDER` names another project")
    store = folder_of(found)
    history = History(state / "history.sqlite", store, read_only=True)
    try:
        yield Keeping(found, store, history)
    finally:
        history.close()
        store.close()


def project_here(folder: str | None) -> Project:
    """The project at a folder, else the one around here. Raises `Usage`."""
    start = (Path.cwd() if folder is None else Path(folder)).resolve()
    if not start.is_dir():
        raise Usage(f"there is no folder `{folder}`")
    root = start
    for place in (start, *start.parents):
        if (place / MANIFEST).is_file() or (place / STATE).is_dir():
            root = place
            break
    found = find_project(root / MANIFEST)
    if found.wrong:
        raise Usage(_at_its_place(found))
    return found.project


def _at_its_place(found: Found) -> str:
    """The first mistake of a manifest in a line."""
    from ..diagnostics.render import render_short

    first, manifest = found.wrong[0], found.manifest
    text = render_short(first, {} if manifest is None else {manifest.name: manifest})
    return f"{text}: {first.label}" if first.label else text


def run_here(keeping: Keeping, word: str) -> RunFolder:
    """The run of that name. Raises `Usage`."""
    try:
        return find_run(keeping.project.state, word)
    except NoSuchRun as problem:
        raise Usage(str(problem)) from None


def results_of_run(run: RunFolder) -> set[str]:
    """The ids of all results that a run made or found. Raises `Usage` where it did not say."""
    found = {str(entry["result"]) for entry in run.events() if "result" in entry}
    if not found:
        raise Usage(f"run {run.id} has no results, or is too old to say which they are")
    return found


def registered(state: Path) -> set[str]:
    """The digests of all models in the project's own registry, as the store calls files and
    folders."""
    found: set[str] = set()
    models, objects = state / "registry" / "models", state / "registry" / "objects"
    for name in listed(models):
        try:
            index = json.loads((models / name / "index.json").read_text("utf-8"))
            found.update(str(version["digest"]) for version in index["versions"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    for name in sorted(found):
        with suppress(OSError, UnfitPathError):
            if (objects / name).is_dir():
                found.add(digest_tree(objects / name)[0])
    return found


def called(kept: Kept, names: dict[str, Name]) -> tuple[str, str]:
    """The pipeline and the step of a result, as people know them; the pipeline is empty where no
    run of this project has met it."""
    name = names.get(kept.id)
    if name is not None:
        return name.pipeline, name.step
    if kept.record is None:
        return "", "(cannot be read)"
    explain = kept.record.provenance.get("explain")
    symbols = explain.get("symbols") if isinstance(explain, dict) else None
    if isinstance(symbols, dict) and symbols:
        return "", str(next(iter(symbols)))
    return "", "(a script or container)"


def nodes_called(keys: Iterable[str], results: Iterable[Kept], names: dict[str, Name]) -> list[str]:
    """What the results of keys are called: nodes, or steps where nobody knows them."""
    wanted = set(keys)
    found = set()
    for kept in results:
        if kept.key in wanted:
            name = names.get(kept.id)
            found.add(f"{name.pipeline}: {name.node}" if name else called(kept, names)[1])
    return sorted(found)


def old_runs(keeping: Keeping, keep: float, now: float) -> list[Leftover]:
    """The folders of runs that are over, and were so before the time to keep began."""
    state = keeping.project.state
    found = []
    for run in runs_of(state):
        last = max(
            ((run.path / name).stat().st_mtime for name in listed(run.path)),
            default=now,
        )
        if now - last > keep and not run.alive():
            found.append(Leftover("runs", run.path, weight(run.path)))
    return found
