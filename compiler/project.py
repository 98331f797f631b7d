"""The project: its root, its `mlp.toml`, and where its Python modules are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ..runtime.dataclass import dataclass, field
from .diagnostics.diagnostic import Diagnostic, error

if TYPE_CHECKING:
    from .ir.values import Json

MANIFEST = "mlp.toml"
LOCK = "mlp.lock"
EDITION = 2026
PICKLE = ("project", "never")
"""What `[security] pickle` may say: load what a run of the store made, or nothing at all."""

KEYS: dict[str, dict[str, str]] = {
    "project": {"name": "text", "edition": "number", "zone": "text", "python-path": "list"},
    "environment": {
        "image": "text",
        "python": "text",
        "lockfile": "text",
        "requirements": "text",
        "packages": "list",
    },
    "store": {"url": "text"},
    "security": {"pickle": "text"},
    "secrets": {"file": "text"},
    "dependencies": {"*": "any"},
    "prices": {"*": "any"},
    "lint": {"strict": "yes or no", "*": "any"},
    "experiments": {"*": "any"},
}
_KINDS = {"text": str, "number": int, "list": list, "yes or no": bool, "any": object}


@dataclass(frozen=True, slots=True)
class Project:
    """`root` holds `mlp.toml`, or is the file's folder. `.millpond/` lies there.

    `python_path` holds what `mlp.toml` lists, if it is `listed`. `dependencies` are the ranges of
    versions by module. Without `unpickle`, no step is given an object of a model.
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


def find_project(file: Path) -> tuple[Project, list[Diagnostic]]:
    """The project that a `.mlp` file belongs to, and what is wrong with its manifest."""
    folder = file.resolve().parent
    root = next((f for f in (folder, *folder.parents) if (f / MANIFEST).is_file()), None)
    if root is None:
        return Project(folder, folder, python_path=_roots(folder, folder, [])), []
    import tomllib

    try:
        data = tomllib.loads((root / MANIFEST).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        return (
            Project(root, folder, python_path=_roots(folder, root, [])),
            [error("MLP0001", f"cannot read `{MANIFEST}`: {problem}", None)],
        )
    wrong = list(_wrong_keys(data))
    project = cast("dict[str, object]", data.get("project", {})) if not wrong else {}
    listed = [str(entry) for entry in cast("list[object]", project.get("python-path", []))]
    outside = [entry for entry in listed if not (root / entry).resolve().is_relative_to(root)]
    wrong += [
        error("MLP0001", f"`python-path` in `{MANIFEST}` leaves the project: {entry}", None)
        for entry in outside
    ]
    environment: dict[str, Json] = {}
    dependencies: dict[str, str] = {}
    if not wrong:
        environment, lost = _environment(root, data)
        dependencies, unread = _dependencies(data)
        wrong = [*lost, *unread, *_unmet(data)]
    store = cast("dict[str, object]", data.get("store", {})) if not wrong else {}
    lint = cast("dict[str, object]", data.get("lint", {})) if not wrong else {}
    security = cast("dict[str, object]", data.get("security", {})) if not wrong else {}
    return (
        Project(
            root,
            folder,
            name=cast("str | None", project.get("name")),
            zone=str(project.get("zone", "UTC")),
            python_path=_roots(folder, root, [e for e in listed if e not in outside]),
            environment=environment if not wrong else {},
            store_url=cast("str | None", store.get("url")),
            secrets_file=_secrets(root, data) if not wrong else None,
            strict=bool(lint.get("strict", False)),
            unpickle=security.get("pickle") != "never",
            listed=bool(listed),
            dependencies=dependencies,
        ),
        wrong,
    )


def _environment(root: Path, data: dict[str, object]) -> tuple[dict[str, Json], list[Diagnostic]]:
    """The `[environment]` with its files in full, and those that are not there."""
    found = dict(cast("dict[str, Json]", data.get("environment", {})))
    lost: list[Diagnostic] = []
    for name in ("lockfile", "requirements"):
        path = found.get(name)
        if not isinstance(path, str):
            continue
        place = (root / path).resolve()
        if not place.is_relative_to(root) or not place.is_file():
            text = f"there is no file `{path}`, which `[environment]` in `{MANIFEST}` names"
            lost.append(error("MLP0506", text, None, notes=[f"looked at {place}"]))
        found[name] = str(place)
    return found, [*lost, *_unfit(found)]


def _unfit(environment: dict[str, Json]) -> Iterator[Diagnostic]:
    """What `[environment]` would have docker or an installer take for something else."""
    from .types import image, requirement

    named = environment.get("image")
    if isinstance(named, str) and (wrong := image.flaw(named)) is not None:
        text = f"{wrong}, which `[environment]` in `{MANIFEST}` says"
        yield error("MLP0503", text, None, help=['write for example `"ghcr.io/acme/train:1.4"`'])
    listed = environment.get("packages")
    for entry in listed if isinstance(listed, list) else ():
        wrong = requirement.flaw(entry) if isinstance(entry, str) else "is no text"
        if wrong is not None:
            text = f"`packages` in `{MANIFEST}` takes requirements; `{entry}` {wrong}"
            yield error("MLP0503", text, None, help=['write for example `["pandas==2.2.3"]`'])


def _dependencies(data: dict[str, object]) -> tuple[dict[str, str], list[Diagnostic]]:
    """The ranges of `[dependencies]` by module; `acme.steps` in TOML is a table `steps` in `acme`,
    and the same as `"acme.steps"`."""
    found: dict[str, str] = {}
    wrong: list[Diagnostic] = []
    waiting = list(cast("dict[str, object]", data.get("dependencies", {})).items())
    if not waiting:
        return found, wrong
    from .versions import read_range

    while waiting:
        name, value = waiting.pop(0)
        if isinstance(value, dict):
            waiting += [(f"{name}.{below}", inner) for below, inner in value.items()]
        elif isinstance(value, str) and read_range(value) is not None:
            found[name] = value
        else:
            text = f"`{name}` in `[dependencies]` of `{MANIFEST}` is no range of versions: {value}"
            way = 'write for example `"^2.1"`, `"~2.1"`, `">=2.1,<3"` or `"*"`'
            wrong.append(error("MLP0503", text, None, help=[way]))
    return found, wrong


def _secrets(root: Path, data: dict[str, object]) -> Path | None:
    """Where secrets lie on this machine; it need not be there on every one."""
    file = cast("dict[str, object]", data.get("secrets", {})).get("file")
    return root / Path(file).expanduser() if isinstance(file, str) else None


def _unmet(data: dict[str, object]) -> Iterator[Diagnostic]:
    """What a manifest asks for and this version cannot give: said, never passed over."""
    for section in ("prices", "experiments"):
        if data.get(section):
            text = f"`[{section}]` in `{MANIFEST}` is not built yet"
            yield error("MLP0910", text, None, help=[f"leave `[{section}]` out for now"])
    security = cast("dict[str, object]", data.get("security", {}))
    pickle = security.get("pickle", PICKLE[0])
    if pickle not in PICKLE:
        text = f'`pickle` in `{MANIFEST}` is "project" or "never", not "{pickle}"'
        way = '"project" loads what runs of this store have made, "never" not even that'
        yield error("MLP0503", text, None, help=[way])
    project = cast("dict[str, object]", data.get("project", {}))
    edition = project.get("edition", EDITION)
    if edition != EDITION:
        text = f"`{MANIFEST}` is of edition {edition}; this mlp knows up to {EDITION}"
        yield error("MLP0002", text, None, help=[f"write `edition = {EDITION}`"])
    zone = str(project.get("zone", "UTC"))
    if not _is_zone(zone):
        text = f"there is no time zone called `{zone}`, which `{MANIFEST}` names"
        yield error("MLP0503", text, None, help=['names look like "Europe/Berlin"'])


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _roots(folder: Path, root: Path, listed: list[str]) -> tuple[Path, ...]:
    folders = [root / entry for entry in listed] or [folder, root, root / "src"]
    return tuple(dict.fromkeys(f.resolve() for f in folders if f.is_dir()))


def _wrong_keys(data: dict[str, object]) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    for section, content in data.items():
        known = KEYS.get(section)
        if known is None or not isinstance(content, dict):
            found.append(
                error(
                    "MLP0502",
                    f"`{MANIFEST}` has no section called `[{section}]`",
                    None,
                    help=[f"the sections are {', '.join(f'[{name}]' for name in KEYS)}"],
                )
            )
            continue
        for name, value in content.items():
            kind = known.get(name, known.get("*"))
            if kind is None:
                found.append(
                    error(
                        "MLP0502",
                        f"`[{section}]` in `{MANIFEST}` has no key called `{name}`",
                        None,
                        help=[f"it takes {', '.join(known)}"],
                    )
                )
            elif not isinstance(value, _KINDS[kind]):
                found.append(error("MLP0001", f"`{name}` in `{MANIFEST}` must be a {kind}", None))
    return found
