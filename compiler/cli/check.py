"""`mlp check`: find every mistake in a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..driver.front import Checked, Targets, front
from .options import parse, parser, path_of, with_format
from .show import print_json, report_object, show_report


def run(words: Sequence[str], targets: Targets) -> int:
    """Checks a file; 1 where it has errors."""
    built = parser("check", "find every mistake in a file", "mlp check flights.mlp")
    built.add_argument("file", metavar="FILE", help="a `.mlp` file")
    built.add_argument("--fix", action="store_true", help="carry out every safe fix")
    built.add_argument("--unsafe", action="store_true", help="with --fix: the other fixes too")
    built.add_argument("--short", action="store_true", help="one line for each diagnostic")
    with_format(built, "human", "short", "json")
    options = parse(built, words)
    path = path_of(options.file)
    checked = front(path, targets)
    if options.fix:
        mended = list(_mended(checked, unsafe=options.unsafe))
        for name, place, text in mended:
            place.write_text(text, encoding="utf-8")
            print(f"mended {name}", file=sys.stderr)
        if mended:
            checked = front(path, targets)
    if options.format == "json":
        print_json(report_object(checked))
    else:
        show_report(checked, "short" if options.short else options.format)
        if not len(checked.report):
            print(f"{options.file}: no mistakes found")
    return 1 if checked.report.has_errors else 0


def _mended(checked: Checked, *, unsafe: bool) -> Iterator[tuple[str, Path, str]]:
    """The files of the project that change, after the first applicable fix of every diagnostic."""
    from ..diagnostics.fix import apply_fixes

    chosen = []
    for diagnostic in checked.report:
        fix = next((f for f in diagnostic.fixes if f.safe or unsafe), None)
        if fix is not None:
            chosen.append(fix)
    for name, source in checked.sources.items():
        place, text = checked.disk.of(name).own, apply_fixes(source, chosen)
        if place is not None and text != source.text:
            yield name, place, text
