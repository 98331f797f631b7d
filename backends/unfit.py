"""What is said of a target block whose settings its engine does not take."""

from __future__ import annotations

from collections.abc import Iterable

from ..compiler.contract.job import Pipeline
from ..compiler.diagnostics.diagnostic import Diagnostic, error


def unfit(pipeline: Pipeline, problems: Iterable[tuple[str, str, str]]) -> list[Diagnostic]:
    """A diagnostic for each problem: what is wanted, what was found, an example."""
    return [
        error(
            "MLP0909",
            f"target `{pipeline.target}` needs {wanted}, not `{found}`",
            pipeline.span,
            "set here",
            help=[f"write it like this: `{example}`"],
        )
        for wanted, found, example in problems
    ]
