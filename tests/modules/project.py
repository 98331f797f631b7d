"""Projects of several files, written to a folder and checked like any other."""

from __future__ import annotations

from pathlib import Path

from millpond.compiler.diagnostics.render import render
from millpond.compiler.driver.front import Checked, front
from millpond.face.api import TARGETS

STEPS = """edition 2026
step split(n: Int) -> (half: Int) { run python "data:split" }
"""
DATA = "def split(n: int) -> int:\n    return n // 2\n"
MAIN = """edition 2026
use "shared/steps.mlp" as steps
pipeline main(n: Int = 8) {
  parts = steps.split(n = n)
  output half = parts.half
}
"""


def write(folder: Path, files: dict[str, str]) -> Path:
    """Writes the files; the path of `main.mlp`."""
    for name, text in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
    return folder / "main.mlp"


def checked(file: Path) -> Checked:
    return front(file, TARGETS)


def said(found: Checked) -> list[str]:
    """`file:line: code message` of every diagnostic; the file without its folder."""
    lines = []
    for diagnostic in found.report:
        span = diagnostic.span
        where = ""
        if span is not None:
            line = found.sources[span.file].position(span.start).line
            where = f"{Path(span.file).name}:{line}: "
        lines.append(f"{where}{diagnostic.code} {diagnostic.message}")
    return lines


def shown(found: Checked) -> str:
    """The whole report as people see it."""
    return "\n".join(render(diagnostic, found.sources) for diagnostic in found.report)
