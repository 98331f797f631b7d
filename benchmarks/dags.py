"""Descriptions of pipelines, written down once for every tool that is compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Dag:
    """`inputs[i]` are the steps that step `i` reads; all are earlier ones. Step `changed` computes
    something else than it would if it were None."""

    inputs: tuple[tuple[int, ...], ...]
    changed: int | None = None

    def constant(self, step: int) -> int:
        """What a step adds to what it reads."""
        return step + (1_000_000 if step == self.changed else 0)


def layered(steps: int, *, width: int = 50, fan_in: int = 3, changed: int | None = None) -> Dag:
    """Layers of `width` steps; each step reads `fan_in` steps of the layer above."""
    rows: list[tuple[int, ...]] = []
    for step in range(steps):
        layer, place = divmod(step, width)
        above = (layer - 1) * width
        reads = [above + (place + 7 * k) % width for k in range(fan_in)] if layer else []
        rows.append(tuple(reads))
    return Dag(tuple(rows), changed)


def write_mlp(dag: Dag, folder: Path) -> None:
    """A pipeline of Python steps that add numbers."""
    names = ("a", "b", "c")
    inputs = ", ".join(f"{name}: Int" for name in names)
    lines = [
        "edition 2026",
        "",
        f"step add({inputs}, n: Int) -> (sum: Int) {{",
        '  run python "work:add"',
        "}",
        "",
        "pipeline dag() {",
    ]
    for step, reads in enumerate(dag.inputs):
        given = [f"s{other}.sum" for other in reads] or ["0"] * len(names)
        words = [f"{name} = {value}" for name, value in zip(names, given, strict=True)]
        lines.append(f"  s{step} = add({', '.join(words)}, n = {dag.constant(step)})")
    lines += [f"  output last = s{len(dag.inputs) - 1}.sum", "}", ""]
    (folder / "dag.mlp").write_text("\n".join(lines))
    (folder / "work.py").write_text(
        "def add(a: int, b: int, c: int, n: int) -> int:\n    return (a + b + c + n) % 1_000_003\n"
    )


def write_ninja(dag: Dag, folder: Path) -> None:
    """A `build.ninja` whose steps write one byte."""
    lines = ["rule step", "  command = printf $byte > $out", ""]
    for step, reads in enumerate(dag.inputs):
        lines.append(f"build s{step}: step {' '.join(f's{other}' for other in reads)}")
        lines.append(f"  byte = {'y' if step == dag.changed else 'x'}")
    (folder / "build.ninja").write_text("\n".join([*lines, ""]))


def write_make(dag: Dag, folder: Path) -> None:
    """A `Makefile` whose steps write one byte."""
    steps = range(len(dag.inputs))
    lines = [f"all: {' '.join(f's{step}' for step in steps)}", ""]
    for step, reads in enumerate(dag.inputs):
        lines += [f"s{step}: {' '.join(f's{other}' for other in reads)}", "\t@printf x > $@"]
    (folder / "Makefile").write_text("\n".join([*lines, ""]))
    if dag.changed is not None:
        # make does not look at commands
        (folder / f"s{dag.changed}").unlink(missing_ok=True)


def write_snakemake(dag: Dag, folder: Path) -> None:
    """A `Snakefile` whose steps write one byte."""
    lines = ["rule all:", f'    input: [f"s{{i}}" for i in range({len(dag.inputs)})]', ""]
    for step, reads in enumerate(dag.inputs):
        given = ", ".join(f'"s{other}"' for other in reads)
        byte = "y" if step == dag.changed else "x"
        lines += [f"rule r{step}:", *([f"    input: {given}"] if given else [])]
        lines += [f'    output: "s{step}"', f'    shell: "printf {byte} > {{output}}"', ""]
    (folder / "Snakefile").write_text("\n".join(lines))
