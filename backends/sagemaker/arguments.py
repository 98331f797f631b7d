"""A job's command line as SageMaker's entries: joins where the run puts values in, 256 at most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from ...compiler.contract.job import Bound, Constant, FromJob, FromParameter, Job, Pipeline
from ...compiler.ir.nodes import Parameter
from ..documents import Document
from .limits import ARGUMENT, length
from .names import Names
from .parameters import is_whole
from .references import EXECUTION, Reference, joined, parameter_value, result_of

OUTPUT_FOLDER: Final = "/opt/ml/processing/output/result"
RESULT_FILE: Final = "result.json"
_MORE: Final = "--more="


class Entry:
    """One entry of `ContainerArguments`; `room` is what its known parts leave of the limit."""

    __slots__ = ("pieces", "room")

    def __init__(self, *pieces: str | Reference) -> None:
        self.pieces: list[str | Reference] = []
        self.room = ARGUMENT
        for piece in pieces:
            self.add(piece)

    def add(self, piece: str | Reference) -> None:
        last = self.pieces[-1] if self.pieces else None
        if isinstance(piece, str) and isinstance(last, str):
            self.pieces[-1] = last + piece
        else:
            self.pieces.append(piece)
        self.room -= length(piece) if isinstance(piece, str) else piece.size

    @property
    def texts(self) -> Iterator[str]:
        return (piece for piece in self.pieces if isinstance(piece, str))

    @property
    def parameters(self) -> Iterator[str]:
        """The pipeline parameters whose values stand in this entry."""
        for piece in self.pieces:
            if isinstance(piece, Reference) and piece.parameter is not None:
                yield piece.parameter

    def document(self) -> Document:
        return joined(*self.pieces)


@dataclass(frozen=True, slots=True)
class Arguments:
    """All entries: those for the launcher itself, and those of every input by its name."""

    who: Entry
    fixed: tuple[Entry, ...]
    inputs: tuple[tuple[str, tuple[Entry, ...]], ...]

    def __iter__(self) -> Iterator[Entry]:
        yield self.who
        yield from self.fixed
        for _, entries in self.inputs:
            yield from entries


def arguments(
    job: Job, pipeline: Pipeline, names: Names, parameters: Mapping[str, Parameter]
) -> Arguments:
    """What follows the archive's path, in the launcher's form of one entry per argument."""
    who = f"--node={job.id}" if job.helper is None else f"--helper={job.helper}"
    fixed = (
        Entry(f"--store={pipeline.store}"),
        Entry("--run=", EXECUTION),
        Entry(f"--result={OUTPUT_FOLDER}/id"),
        Entry(f"--result-json={OUTPUT_FOLDER}/{RESULT_FILE}"),
    )
    return Arguments(
        Entry(who),
        fixed,
        tuple(
            (name, tuple(_entries(f"--arg={name}:", _pieces(bound, names, parameters))))
            for name, bound in job.inputs
        ),
    )


def _pieces(
    bound: Bound, names: Names, parameters: Mapping[str, Parameter]
) -> tuple[str | Reference, ...]:
    match bound:
        case Constant(text):
            return (text,)
        case FromParameter(name):
            value = parameter_value(name, names.parameters[name])
            return (value,) if is_whole(parameters[name]) else ("=", value)
        case FromJob(job, path):
            return ("@", result_of(names.steps[job]), f"#{path}")
        case _:
            assert_never(bound)


def _entries(start: str, pieces: tuple[str | Reference, ...]) -> Iterator[Entry]:
    """The pieces in as few entries as they fit into; a reference is never divided."""
    entry = Entry(start)
    for piece in pieces:
        if isinstance(piece, Reference):
            if piece.size > entry.room:
                yield entry
                entry = Entry(_MORE)
            entry.add(piece)
            continue
        rest = piece
        while rest:
            taken = _fitting(rest, entry.room)
            if not taken:
                yield entry
                entry = Entry(_MORE)
                continue
            entry.add(taken)
            rest = rest[len(taken) :]
    yield entry


def _fitting(text: str, room: int) -> str:
    """As much of the beginning of a text as there is room for."""
    taken = text[: max(room, 0)]
    while taken and length(taken) > room:
        taken = taken[:-1]
    return taken
