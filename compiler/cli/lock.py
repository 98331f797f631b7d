"""`mlp lock`: write down what images, requirements and modules stand for today."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from ..driver.front import Checked, Targets, Usage, front
from ..driver.inventory import files_of, used_by
from ..driver.keeping import project_here
from ..driver.locking import Change, Lacks, Locked, Upgrade, lock_of, stale
from ..driver.pinned import open_lock
from ..lock import Lock, write
from ..project import LOCK, Project, find_project
from .amounts import counted
from .options import parse, parser, path_of, with_format
from .plain import inert, one_line
from .show import print_json, report_object, show_report


def run(words: Sequence[str], targets: Targets) -> int:
    """Writes the lock, or with `--check` says whether it is up to date; 1 where it is not, and
    where something cannot be pinned."""
    built = parser(
        "lock",
        "write down what images, requirements and modules stand for today",
        "mlp lock\n  mlp lock --upgrade ghcr.io/acme/train:1.4 --upgrade pandas\n"
        "  mlp lock --check",
    )
    built.add_argument(
        "place",
        metavar="FILE|FOLDER",
        nargs="?",
        help="a `.mlp` file, or a folder of the project; all of the project around here if not "
        "given. What only other files use stays as it is",
    )
    built.add_argument(
        "--check", action="store_true", help="write nothing and ask nobody; 1 where it is stale"
    )
    built.add_argument(
        "--upgrade",
        metavar="NAME",
        action="append",
        default=[],
        help="look an image or a package up again; may be given several times",
    )
    built.add_argument("--upgrade-all", action="store_true", help="look everything up again")
    with_format(built, "human", "short", "json")
    options = parse(built, words)
    upgrade = Upgrade(tuple(options.upgrade), options.upgrade_all)
    if options.check and upgrade != Upgrade():
        raise Usage("`--check` changes nothing; say `--upgrade` without it")
    project, files, whole = _files(options.place)
    opened = open_lock(project)
    checked = [front(file, targets) for file in files]
    if opened.problem is not None or any(each.report.has_errors for each in checked):
        return _refuse(checked, opened.problem is not None, options.format)
    old = Lock() if opened.lock is None else opened.lock
    used = used_by(checked, targets)
    if unknown := upgrade.unknown(used, old):
        raise Usage(f"nothing called `{unknown[0]}` is used here; `{LOCK}` names what is")
    place = project.root / LOCK
    if options.check:
        found = stale(used, old, whole=whole)
        return _tell_stale(found, old, place, options.format)
    found = lock_of(used, old, whole=whole, upgrade=upgrade)
    text = write(found.lock)
    new = not place.is_file() or place.read_text("utf-8") != text
    if new:
        _put(place, text)
    _tell(found, place, options.format, written=new)
    return 1 if found.lacks else 0


def _files(word: str | None) -> tuple[Project, list[Path], bool]:
    """The project, the files to look at, and whether these are all of it. Raises `Usage`."""
    if word is not None and not Path(word).is_dir():
        file = path_of(word)
        return find_project(file).project, [file], False
    project = project_here(word)
    folder = Path.cwd() if word is None else Path(word)
    start = project.root if word is None else folder.resolve()
    files = files_of(project, start)
    if not files:
        raise Usage(f"there is no `.mlp` file in {folder}")
    near = Path.cwd()
    shown = [f.relative_to(near) if f.is_relative_to(near) else f for f in files]
    return project, shown, start == project.root


def _put(place: Path, text: str) -> None:
    """Written whole or not at all: another command may be reading it."""
    half = place.with_name(f"{place.name}.half")
    half.write_text(text, encoding="utf-8")
    half.replace(place)


def _refuse(checked: Sequence[Checked], broken: bool, style: str) -> int:
    wrong = [each for each in checked if each.report.has_errors]
    if style == "json":
        print_json(report_object(wrong[0]))
        return 1
    for each in wrong:
        show_report(each, style)
        if broken:
            # It is the same lock for all of them.
            break
    return 1


def _tell(found: Locked, place: Path, style: str, *, written: bool) -> None:
    lock = found.lock
    if style == "json":
        print_json({**_object(found, lock, place), "written": written})
        return
    for change in found.changes:
        print(one_line(_line(change)))
        for note in change.notes:
            print(one_line(f"           {note}"))
    for lack in found.lacks:
        print(inert(f"not pinned {lack.kind} {lack.name}: {lack.why}"), file=sys.stderr)
    for text in found.notes:
        print(one_line(text))
    print(f"{'wrote' if written else 'up to date:'} {place.name}: {_counts(lock)}")


def _tell_stale(found: Locked, old: Lock, place: Path, style: str) -> int:
    bad = bool(found.changes or found.lacks)
    if style == "json":
        print_json({**_object(found, old, place), "stale": bad})
        return int(bad)
    if not bad:
        print(f"up to date: {place.name}: {_counts(old)}")
        return 0
    if not place.exists():
        print(f"there is no {LOCK} in {place.parent}; it would pin")
        named = [(lack.kind, lack.name) for lack in found.lacks]
        named += [(change.kind, change.name) for change in found.changes]
        for kind, name in named:
            print(one_line(f"  {kind} {name}"))
        print("next: mlp lock")
        return 1
    for lack in found.lacks:
        print(one_line(f"{lack.kind} {lack.name} {lack.why}"))
    for change in found.changes:
        what = "is used by nobody any more" if change.now is None else "is another one now"
        if change.was is None:
            what = "is not in it"
        print(one_line(f"{change.kind} {change.name} {what}"))
    print(f"{LOCK} is stale; next: mlp lock")
    return 1


def _line(change: Change) -> str:
    match change.was, change.now:
        case None, _:
            word = "pinned"
        case _, None:
            word = "left out"
        case _:
            word = "moved"
    return f"{word:<11}{change.kind} {change.name}"


def _counts(lock: Lock) -> str:
    counts = (
        (len(lock.images), "image"),
        (len(lock.environments), "environment"),
        (len(lock.modules), "module"),
        (len(lock.sources), "source"),
    )
    said = [counted(count, word) for count, word in counts if count]
    return ", ".join(said) or "nothing to pin"


def _object(found: Locked, lock: Lock, place: Path) -> dict[str, object]:
    return {
        "version": 1,
        "file": str(place),
        "images": lock.images,
        "environments": [
            {"python": each.python, "wants": each.wants, "packages": [p for p, _ in each.packages]}
            for each in lock.environments
        ],
        "modules": {name: module.version for name, module in lock.modules.items()},
        "sources": lock.sources,
        "changes": [_change(change) for change in found.changes],
        "lacks": [_lack(lack) for lack in found.lacks],
        "notes": list(found.notes),
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "kind": change.kind,
        "name": change.name,
        "was": change.was,
        "now": change.now,
        "notes": list(change.notes),
    }


def _lack(lack: Lacks) -> dict[str, object]:
    return {"kind": lack.kind, "name": lack.name, "why": lack.why}
