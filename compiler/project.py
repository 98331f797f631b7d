"""The project: its root, its `mlp.toml`, and where its Python modules are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..runtime.dataclass import dataclass, field, replace
from .diagnostics.diagnostic import Diagnostic
from .manifest import MANIFEST, name_beside, read_manifest
from .sections import dependencies_of, environment_of, prices_of, unfit_settings, unknown_entries

if TYPE_CHECKING:
    from .ir.values import Json
    from .prices import Prices
    from .source import Source

LOCK = "mlp.lock"


@dataclass(frozen=True, slots=True)
class Project:
    """`root` holds `mlp.toml`, or is the file's folder. `.millpond/` lies there.

    `python_path` holds what `mlp.toml` lists, if it is `listed`. `dependencies` are the ranges of
    versions by module. Without `unpickle`, no step is given an object of a model. `prices` is None
    where the project has none.
    """

    root: Path
    folder: Path
    name: str | None = None
    zone: str = "UTC"
    python_path: tuple[Path, ...] = ()
    environment: dict[str, Json] = field(default_factory=dict)
    store_url: str | None = None
    secrets_file: Path | None = None
    strict: bool = False
    unpickle: bool = True
    listed: bool = False
    dependencies: dict[str, str] = field(default_factory=dict)
    prices: Prices | None = None

    @property
    def state(self) -> Path:
        """The folder of the store, of runs and of history."""
        return self.root / ".millpond"

    def within(self, path: Path) -> str:
        """A path as messages and artefacts name it: relative to the root, with `/`."""
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            return path.name


@dataclass(frozen=True, slots=True)
class Found:
    """The project of a file, what is wrong with its manifest, and the manifest's text."""

    project: Project
    wrong: tuple[Diagnostic, ...] = ()
    manifest: Source | None = None


def find_project(file: Path) -> Found:
    """The project that a `.mlp` file belongs to."""
    folder = file.resolve().parent
    root = next((f for f in (folder, *folder.parents) if (f / MANIFEST).is_file()), None)
    if root is None:
        return Found(Project(folder, folder, python_path=_roots(folder, folder, [])))
    manifest = read_manifest(root / MANIFEST, name_beside(root / MANIFEST, folder, str(file)))
    bare = Project(root, folder, python_path=_roots(folder, root, []))
    if manifest.broken is not None:
        return Found(bare, (manifest.broken,), manifest.source)
    wrong = [*unknown_entries(manifest)]
    if wrong:
        return Found(bare, tuple(wrong), manifest.source)
    data = cast("dict[str, dict[str, object]]", manifest.data)
    listed = [str(entry) for entry in cast("list[object]", _of(data, "project", "python-path", []))]
    outside = [entry for entry in listed if not (root / entry).resolve().is_relative_to(root)]
    wrong += [
        manifest.wrong(
            "MLP0001",
            ("project", "python-path"),
            f"`python-path` in `{MANIFEST}` leaves the project: {entry}",
            help=["name folders below the one that `mlp.toml` lies in"],
        )
        for entry in outside
    ]
    environment, lost = environment_of(manifest, root)
    dependencies, unread = dependencies_of(manifest)
    prices, unfit = prices_of(manifest)
    wrong += [*lost, *unread, *unfit, *unfit_settings(manifest)]
    paths = _roots(folder, root, [entry for entry in listed if entry not in outside])
    if wrong:
        return Found(replace(bare, python_path=paths), tuple(wrong), manifest.source)
    project = Project(
        root,
        folder,
        name=cast("str | None", _of(data, "project", "name", None)),
        zone=str(_of(data, "project", "zone", "UTC")),
        python_path=paths,
        environment=environment,
        store_url=cast("str | None", _of(data, "store", "url", None)),
        secrets_file=_secrets(root, data),
        strict=bool(_of(data, "lint", "strict", False)),
        unpickle=_of(data, "security", "pickle", None) != "never",
        listed=bool(listed),
        dependencies=dependencies,
        prices=prices,
    )
    return Found(project, (), manifest.source)


def _of(
    data: Mapping[str, Mapping[str, object]], section: str, name: str, default: object
) -> object:
    """An entry of a section, which need not be there."""
    return data.get(section, {}).get(name, default)


def _secrets(root: Path, data: Mapping[str, Mapping[str, object]]) -> Path | None:
    """Where secrets lie on this machine; it need not be there on every one."""
    file = _of(data, "secrets", "file", None)
    return root / Path(file).expanduser() if isinstance(file, str) else None


def _roots(folder: Path, root: Path, listed: list[str]) -> tuple[Path, ...]:
    folders = [root / entry for entry in listed] or [folder, root, root / "src"]
    return tuple(dict.fromkeys(f.resolve() for f in folders if f.is_dir()))
