"""How commands show a report: to people on stderr, to machines as one object on stdout."""

from __future__ import annotations

import os
import sys

from ..driver.front import Checked


def show_report(checked: Checked, style: str) -> None:
    """Every diagnostic on stderr; nothing where there is none. `style` is `human` or `short`."""
    found = list(checked.report)
    if not found:
        return
    from ..diagnostics.render import render, render_short, summary

    for diagnostic in found:
        if style == "short":
            print(render_short(diagnostic, checked.sources), file=sys.stderr)
        else:
            print(render(diagnostic, checked.sources, color=_colored()), "\n", file=sys.stderr)
    if style != "short":
        print(summary(found), file=sys.stderr)


def refuse(checked: Checked, style: str) -> int:
    """The end of a command whose file has errors: the report, and exit code 1."""
    if style == "json":
        print_json(report_object(checked))
    else:
        show_report(checked, style)
    return 1


def report_object(checked: Checked) -> dict[str, object]:
    """The object that `mlp check --format json` prints."""
    from ..diagnostics.export import diagnostic_to_json

    return {
        "version": 1,
        "file": checked.source.name,
        "diagnostics": [diagnostic_to_json(d, checked.sources) for d in checked.report],
    }


def print_json(data: object) -> None:
    """One object on stdout; in plain ASCII where the terminal's encoding is not UTF-8."""
    narrow = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    import json

    print(json.dumps(data, indent=2, ensure_ascii=narrow))


def _colored() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ
