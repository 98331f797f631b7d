"""`mlp check`: find every mistake in a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence

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
        mended = _mended(checked, unsafe=options.unsafe)
        if mended != checked.source.text:
            path.write_text(mended, encoding="utf-8")
            checked = front(path, targets)
            print(f"mended {options.file}", file=sys.stderr)
    if options.format == "json":
        print_json(report_object(checked))
    else:
        show_report(checked, "short" if options.short else options.format)
        if not len(checked.report):
            print(f"{options.file}: no mistakes found")
    return 1 if checked.report.has_errors else 0


def _mended(checked: Checked, *, unsafe: bool) -> str:
    """The text after the first applicable fix of every diagnostic."""
    from ..diagnostics.fix import apply_fixes

    chosen = []
    for diagnostic in checked.report:
        fix = next((f for f in diagnostic.fixes if f.safe or unsafe), None)
        if fix is not None:
            chosen.append(fix)
    return apply_fixes(checked.source, chosen)
