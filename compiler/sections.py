"""What the sections of `mlp.toml` may say, read with every mistake at its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .diagnostics.diagnostic import Diagnostic
from .manifest import MANIFEST, Manifest

if TYPE_CHECKING:
    from .ir.values import Json
    from .prices import Prices

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


def unknown_entries(manifest: Manifest) -> Iterator[Diagnostic]:
    """Sections and entries that there are none of, or that are of another kind."""
    for section, content in manifest.data.items():
        known = KEYS.get(section)
        if known is None or not isinstance(content, dict):
            text = f"`{MANIFEST}` has no section called `[{section}]`"
            way = f"the sections are {', '.join(f'[{name}]' for name in KEYS)}"
            yield manifest.wrong("MLP0502", (section,), text, help=[way])
            continue
        for name, value in content.items():
            kind = known.get(name, known.get("*"))
            if kind is None:
                text = f"`[{section}]` in `{MANIFEST}` has no key called `{name}`"
                way = f"it takes {', '.join(known)}"
                yield manifest.wrong("MLP0502", (section, name), text, help=[way])
            elif not isinstance(value, _KINDS[kind]) or (kind == "number" and value is True):
                text = f"`{name}` in `{MANIFEST}` must be a {kind}"
                way = f"write for example `{name} = {_EXAMPLES[kind]}`"
                yield manifest.wrong("MLP0001", (section, name), text, help=[way])


_EXAMPLES = {"text": '"…"', "number": str(EDITION), "list": '["…"]', "yes or no": "true"}


def environment_of(manifest: Manifest, root: Path) -> tuple[dict[str, Json], list[Diagnostic]]:
    """The `[environment]` with its files in full, and those that are not there."""
    found = dict(cast("dict[str, Json]", manifest.data.get("environment", {})))
    lost: list[Diagnostic] = []
    for name in ("lockfile", "requirements"):
        path = found.get(name)
        if not isinstance(path, str):
            continue
        place = (root / path).resolve()
        if not place.is_relative_to(root) or not place.is_file():
            text = f"there is no file `{path}`, which `[environment]` in `{MANIFEST}` names"
            way = f"looked at {place}"
            lost.append(manifest.wrong("MLP0506", ("environment", name), text, notes=[way]))
        found[name] = str(place)
    return found, [*lost, *_unfit(found, manifest)]


def _unfit(environment: dict[str, Json], manifest: Manifest) -> Iterator[Diagnostic]:
    """What `[environment]` would have docker or an installer take for something else."""
    from .types import image, requirement

    named = environment.get("image")
    if isinstance(named, str) and (wrong := image.flaw(named)) is not None:
        text = f"{wrong}, which `[environment]` in `{MANIFEST}` says"
        way = 'write for example `"ghcr.io/acme/train:1.4"`'
        yield manifest.wrong("MLP0503", ("environment", "image"), text, help=[way])
    listed = environment.get("packages")
    for entry in listed if isinstance(listed, list) else ():
        wrong = requirement.flaw(entry) if isinstance(entry, str) else "is no text"
        if wrong is not None:
            text = f"`packages` in `{MANIFEST}` takes requirements; `{entry}` {wrong}"
            way = 'write for example `["pandas==2.2.3"]`'
            yield manifest.wrong("MLP0503", ("environment", "packages"), text, help=[way])


def dependencies_of(manifest: Manifest) -> tuple[dict[str, str], list[Diagnostic]]:
    """The ranges of `[dependencies]` by module; `acme.steps` in TOML is a table `steps` in `acme`,
    and the same as `"acme.steps"`."""
    found: dict[str, str] = {}
    wrong: list[Diagnostic] = []
    waiting: list[tuple[tuple[str, ...], object]]
    waiting = [((name,), value) for name, value in _section(manifest, "dependencies").items()]
    if not waiting:
        return found, wrong
    from .versions import read_range

    while waiting:
        path, value = waiting.pop(0)
        name = ".".join(path)
        if isinstance(value, dict):
            waiting += [((*path, below), inner) for below, inner in value.items()]
        elif isinstance(value, str) and read_range(value) is not None:
            found[name] = value
        else:
            text = f"`{name}` in `[dependencies]` of `{MANIFEST}` is no range of versions: {value}"
            way = 'write for example `"^2.1"`, `"~2.1"`, `">=2.1,<3"` or `"*"`'
            wrong.append(manifest.wrong("MLP0503", ("dependencies", *path), text, help=[way]))
    return found, wrong


def prices_of(manifest: Manifest) -> tuple[Prices | None, list[Diagnostic]]:
    """What `[prices]` says, and what is wrong with it."""
    table = _section(manifest, "prices")
    if not table:
        return None, []
    from .prices import read_prices

    prices, flaws = read_prices(table)
    return prices, [
        manifest.wrong(
            flaw.code,
            ("prices", *flaw.path),
            f"`[prices]` in `{MANIFEST}`: {flaw.text}",
            help=[flaw.way],
        )
        for flaw in flaws
    ]


def unfit_settings(manifest: Manifest) -> Iterator[Diagnostic]:
    """What a manifest asks for and this version cannot give: said, never passed over."""
    if _section(manifest, "experiments"):
        text = f"`[experiments]` in `{MANIFEST}` is not built yet"
        way = "leave `[experiments]` out for now"
        yield manifest.wrong("MLP0910", ("experiments",), text, help=[way])
    pickle = _section(manifest, "security").get("pickle", PICKLE[0])
    if pickle not in PICKLE:
        text = f'`pickle` in `{MANIFEST}` is "project" or "never", not "{pickle}"'
        way = '"project" loads what runs of this store have made, "never" not even that'
        yield manifest.wrong("MLP0503", ("security", "pickle"), text, help=[way])
    project = _section(manifest, "project")
    edition = project.get("edition", EDITION)
    if edition != EDITION:
        text = f"`{MANIFEST}` is of edition {edition}; this mlp knows up to {EDITION}"
        way = f"write `edition = {EDITION}`"
        yield manifest.wrong("MLP0002", ("project", "edition"), text, help=[way])
    zone = str(project.get("zone", "UTC"))
    if not _is_zone(zone):
        text = f"there is no time zone called `{zone}`, which `{MANIFEST}` names"
        way = 'names look like "Europe/Berlin"'
        yield manifest.wrong("MLP0503", ("project", "zone"), text, help=[way])


def _section(manifest: Manifest, name: str) -> dict[str, object]:
    return cast("dict[str, object]", manifest.data.get(name, {}))


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
