"""Check and compile layered pipelines: against a bare Python, hera, kfp and miniwdl."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import layered
from .installs import ROOT, venv, version, wheel
from .pairs import Command, Ratio, compare

HERA = "hera[yaml]==7.1.0"
KFP_PYTHON = ROOT / ".venv-kfp/bin/python"
SMALL, MIDDLE, LARGE = 10, 1000, 10_000


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison; `goal` is the highest ratio that is good enough."""

    what: str
    versus: str
    goal: float
    ours: Command
    theirs: Command
    runs: int


def main(revision: str) -> None:
    """Prints the table. Figures count for an installed wheel: an editable install starts later."""
    with tempfile.TemporaryDirectory(prefix="mlp-bench-") as name:
        folder = Path(name)
        python = wheel(folder, revision)
        write_inputs(folder)
        print("| what | against | goal | ratio | lowest to highest | CPU s ours | theirs |")
        print("|---|---|---|---|---|---|---|")
        for row in rows(folder, python):
            found = compare(row.ours, row.theirs, row.runs, folder)
            print(shown(row, found), flush=True)


def shown(row: Row, found: Ratio) -> str:
    """One line of the table."""
    spread = f"{found.lowest:.3g} to {found.highest:.3g}"
    return (
        f"| {row.what} | {row.versus} | {row.goal:.3g} | **{found.ratio:.3g}** | {spread} "
        f"| {found.ours:.3f} | {found.theirs:.3f} |"
    )


def write_inputs(folder: Path) -> None:
    """The same pipelines in every language."""
    for count in (SMALL, MIDDLE, LARGE):
        nodes = layered.layered(count)
        (folder / f"{count}.mlp").write_text(layered.mlp(nodes))
        (folder / f"{count}.wdl").write_text(layered.wdl(nodes))
        (folder / f"hera_{count}.py").write_text(layered.hera(nodes))
        (folder / f"kfp_{count}.py").write_text(layered.kfp(nodes))


def rows(folder: Path, python: Path) -> Iterator[Row]:
    """The comparisons; those whose yardstick is not installed are left out, and it is said."""
    mlp = python.with_name("mlp")
    bare = (python, "-c", "pass")
    check = (mlp, "check", f"{MIDDLE}.mlp")
    argo = (mlp, "compile", f"{MIDDLE}.mlp", "--target", "on_argo", "-o", "argo")
    yield Row("`mlp --version`", "`python -c pass`", 3, (mlp, "--version"), bare, 20)
    flights = ROOT / "examples/flights/flights.mlp"
    yield Row("check, `flights.mlp`", "`python -c pass`", 9, (mlp, "check", flights), bare, 20)
    yield Row("check, 10 steps", "`python -c pass`", 9, (mlp, "check", f"{SMALL}.mlp"), bare, 20)
    large = (mlp, "check", f"{LARGE}.mlp")
    yield Row("check, 10,000 steps", "check, 1,000 steps", 12, large, check, 5)
    hera = venv(folder, "hera", HERA)
    yield Row(
        "compile to Argo, 1,000 steps",
        version(hera, "hera"),
        1 / 3,
        argo,
        (hera, f"hera_{MIDDLE}.py", "hera.yaml"),
        5,
    )
    if KFP_PYTHON.exists():
        kfp = (KFP_PYTHON, f"kfp_{MIDDLE}.py", "kfp.yaml")
        yield Row("compile to Argo, 1,000 steps", version(KFP_PYTHON, "kfp"), 1 / 15, argo, kfp, 3)
    else:
        print("kfp is left out: `make test` makes its venv", file=sys.stderr)
    wdl = venv(folder, "wdl", "miniwdl")
    miniwdl = (wdl.with_name("miniwdl"), "check", f"{MIDDLE}.wdl")
    yield Row("check, 1,000 steps", version(wdl, "miniwdl"), 1 / 10, check, miniwdl, 3)
