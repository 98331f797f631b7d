"""`mlp graph`: draw a pipeline."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from ..draw.layout import NoGraphviz
from ..draw.listing import listing
from ..draw.mermaid import mermaid
from ..draw.picture import picture
from ..draw.svg import svg
from ..draw.tree import tree
from ..driver.choose import choose
from ..driver.front import Targets, Usage, front
from ..driver.sketch import sketch
from ..ir.graph import Graph
from ..lower import NotKnown
from .options import parse, parser, path_of, with_file, with_format
from .show import refuse, show_report

DRAWINGS: dict[str, Callable[[Graph], str]] = {
    "text": lambda graph: tree(picture(graph)),
    "mermaid": lambda graph: mermaid(picture(graph)),
    "svg": lambda graph: svg(picture(graph)),
    "json": lambda graph: json.dumps(listing(graph), indent=2, ensure_ascii=False) + "\n",
}


def run(words: Sequence[str], targets: Targets) -> int:
    """Draws on stdout, or into a file; 1 where the program has errors."""
    built = parser("graph", "draw a pipeline", "mlp graph flights.mlp --format svg -o flights.svg")
    with_file(built, values=False, target=True)
    with_format(built, *DRAWINGS)
    built.add_argument("-o", "--output", metavar="FILE", help="where to; stdout if not given")
    options = parse(built, words)
    checked = front(path_of(options.file), targets)
    style = "json" if options.format == "json" else "human"
    if checked.report.has_errors:
        return refuse(checked, style)
    chosen = choose(checked, targets, options.pipeline, options.target)
    try:
        drawing = DRAWINGS[options.format](sketch(checked, chosen).graph)
    except NotKnown:
        return refuse(checked, style)
    except NoGraphviz:
        raise Usage("SVG needs Graphviz; type: pip install 'millpond[graph]'") from None
    show_report(checked, "human")
    if options.output is None:
        print(drawing, end="")
        return 0
    path = Path(options.output)
    try:
        path.write_text(drawing, encoding="utf-8", newline="\n")
    except OSError as problem:
        raise Usage(f"cannot write `{path}`: {problem.strerror}") from None
    print(f"wrote {path}")
    return 0
