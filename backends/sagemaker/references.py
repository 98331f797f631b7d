"""What SageMaker puts into a definition during the run: parameters, results, the execution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..documents import Document

RESULT: Final = "result"


@dataclass(frozen=True, slots=True)
class Reference:
    """A value put in later. `size` is its length, 0 where nobody can know it yet.

    `parameter` is the name of the pipeline parameter that it is the value of.
    """

    document: Document
    size: int = 0
    parameter: str | None = None


# Twelve characters today; the service does not promise it.
EXECUTION: Final = Reference({"Get": "Execution.PipelineExecutionId"})


def parameter_value(parameter: str, name: str) -> Reference:
    """The value of a parameter whose legal name is `name`."""
    return Reference({"Get": f"Parameters.{name}"}, parameter=parameter)


def result_of(step: str) -> Reference:
    """The id of a step's result: a digest, read from the property file that the step writes."""
    file: Document = {"Get": f"Steps.{step}.PropertyFiles.{RESULT}"}
    return Reference({"Std:JsonGet": {"PropertyFile": file, "Path": RESULT}}, size=64)


def joined(*pieces: str | Reference, on: str = "") -> Document:
    """A text made of texts and references."""
    if on == "" and all(isinstance(piece, str) for piece in pieces):
        return "".join(str(piece) for piece in pieces)
    written = [piece if isinstance(piece, str) else piece.document for piece in pieces]
    return {"Std:Join": {"On": on, "Values": written}}
