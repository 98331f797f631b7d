"""`mlp explain`: explain a diagnostic code."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics.codes import CODES
from ..diagnostics.explain import explain, render_explanation
from ..driver.front import Targets, Usage
from .options import parse, parser, with_format
from .show import print_json


def run(words: Sequence[str], targets: Targets) -> int:
    """Prints what a code means, with the smallest wrong and right files."""
    built = parser("explain", "explain a diagnostic code", "mlp explain MLP0204")
    built.add_argument("code", metavar="CODE", help="such as MLP0204")
    with_format(built, "text", "json")
    options = parse(built, words)
    name = options.code.upper()
    name = name if name.startswith("MLP") else f"MLP{name:0>4}"
    found = explain(name)
    if found is None:
        raise Usage(f"there is no code {options.code}; codes look like MLP0204")
    if options.format == "json":
        print_json(
            {
                "version": 1,
                "code": name,
                "title": CODES[name].title,
                "severity": CODES[name].severity.value,
                "text": found.text,
                "wrong": found.wrong,
                "right": found.right,
            }
        )
    else:
        print(render_explanation(found))
    return 0
