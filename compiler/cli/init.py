"""`mlp init`: begin a small working project."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from ..driver.front import Targets, Usage
from .options import parse, parser, with_format
from .show import print_json

_NAMES = {"gitignore": ".gitignore"}
_ENDING = ".template"


def run(words: Sequence[str], targets: Targets) -> int:
    """Writes the project; never over a file that is there."""
    built = parser("init", "begin a small working project", "mlp init my-project")
    built.add_argument("folder", metavar="DIR", nargs="?", default=".", help="where to; here")
    built.add_argument(
        "--partitioned", action="store_true", help="one that works day by day, and fills in later"
    )
    with_format(built, "text", "json")
    options = parse(built, words)
    folder = Path(options.folder)
    if folder.exists() and not folder.is_dir():
        raise Usage(f"`{options.folder}` is a file, not a folder")
    found = _template("partitioned-" if options.partitioned else "project-")
    taken = sorted(name for name in found if (folder / name).exists())
    if taken:
        raise Usage(f"{', '.join(f'`{folder / name}`' for name in taken)} would be overwritten")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    if options.format == "json":
        print_json({"version": 1, "folder": str(folder), "files": sorted(found)})
        return 0
    for name in sorted(found):
        print(f"wrote {folder / name}")
    place = str(folder / "pipeline.mlp")
    print(f"its tests: {shlex.join(('mlp', 'test', place))}")
    print(f"next: {shlex.join(('mlp', 'run', place))}")
    return 0


def _template(start: str) -> dict[str, bytes]:
    """The files of a new project by name. They lie beside this file as `project-NAME.template`;
    two underscores stand for the folder that a file is in."""
    folder = files(__name__.rpartition(".")[0])
    found: dict[str, bytes] = {}
    for name in sorted(entry.name for entry in folder.iterdir()):
        if name.startswith(start) and name.endswith(_ENDING):
            bare = name.removeprefix(start).removesuffix(_ENDING).replace("__", "/")
            found[_NAMES.get(bare, bare)] = (folder / name).read_bytes()
    return found
