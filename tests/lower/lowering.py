"""Lowers the text of a pipeline, and says what became of it in the text form of graphs."""

from __future__ import annotations

from pathlib import Path

from millpond.compiler.diagnostics.diagnostic import Severity
from millpond.compiler.driver.build import lowered
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text import to_text
from millpond.compiler.ir.verify import verify
from millpond.compiler.lower import NotKnown
from millpond.face.api import TARGETS

STEPS = """\
edition 2026
step one(n: Int) -> (v: Int) { run shell "echo $n > $v" }
step many(xs: List[Int], more: Int?) -> (v: Int) { run shell "echo $xs $more > $v" }
step of(day: Date) -> (v: Int) { run shell "echo $day > $v" }
step at(hour: Time) -> (v: Int) { run shell "echo $hour > $v" }
step like(key: String) -> (v: Int) { run shell "echo $key > $v" }
step use(rows: File) -> (v: Int) { run shell "echo $rows > $v" }
step post(n: Int) -> () { run shell "echo $n" effects = true }
"""


class Wrong(Exception):  # noqa: N818  (what a test looks at)
    """The program is refused; the first diagnostic says why."""


def graph_of(
    folder: Path, text: str, words: dict[str, str] | None = None, *, frozen: bool = True
) -> Graph:
    """The graph of the pipeline `main`. Raises `Wrong`."""
    (folder / "mlp.toml").write_text("", "utf-8")
    file = folder / "p.mlp"
    file.write_text(STEPS + text, "utf-8")
    checked = front(file, TARGETS)
    if not checked.report.has_errors:
        chosen = choose(checked, TARGETS, "main", None)
        values = given_values(checked, chosen, words or {}, complete=True)
        try:
            graph = lowered(checked, chosen, values if frozen else {})
        except NotKnown:
            pass
        else:
            verify(graph, "lowering")
            return graph
    first = next(d for d in checked.report if d.severity is Severity.ERROR)
    raise Wrong(f"{first.code}: {first.message}")


def nodes_of(graph: Graph) -> str:
    """The nodes, hooks and outputs of a graph as text, without indentation."""
    lines = to_text(graph).splitlines()
    start = next(
        (i for i, line in enumerate(lines) if line.startswith(("  %", "  on ", "  output "))),
        len(lines),
    )
    return "".join(f"{line[2:]}\n" for line in lines[start:])
