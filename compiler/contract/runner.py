"""The protocol of a target that runs pipelines itself, on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from ...runtime.history import History
from ...runtime.store import Store
from ..diagnostics.diagnostic import Diagnostic
from ..ir.graph import Graph
from ..ir.nodes import Task
from ..ir.values import Json, NodeId
from ..passes.keys import Spec


class NodeState(StrEnum):
    """How a node ended."""

    HIT = "hit"
    RAN = "ran"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class NodeResult:
    """One node of a run. `outputs` maps output names to digests; `why` says what went wrong, or
    what was warned of. `branch` has the numbers of the branches it stands in, `1.0` where nested.

    `began` is when its last attempt did, in seconds since the run did; `noisy` are the outputs that
    came out with other bytes when the same work was done again, here or elsewhere.
    """

    id: NodeId
    kind: str
    step: str | None
    state: NodeState
    seconds: float
    attempts: int
    outputs: Mapping[str, str] = field(default_factory=dict)
    why: str | None = None
    log: Path | None = None
    began: float = 0.0
    branch: str | None = None
    partition: str | None = None
    noisy: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Json]:
        """The node's row in the object that `mlp run --format json` prints."""
        return {
            "id": self.id,
            "kind": self.kind,
            "branch": self.branch,
            "partition": self.partition,
            "state": self.state.value,
            "seconds": self.seconds,
            "attempts": self.attempts,
            "outputs": dict(self.outputs),
            "noisy": list(self.noisy),
        }


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened: `started`, `finished`, `retrying`, `warned`, `expanded` (a block became
    its branches), `asked` (a person is to decide); for progress only."""

    name: str
    node: NodeId
    detail: Mapping[str, Json] = field(default_factory=dict)
    result: NodeResult | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. Every parameter is bound; expressions that are known are folded.

    `source_roots` are the folders that Python bodies are imported from, in order. `settings` are
    the target block's own keys (`workers`, …). `state` is the project's `.millpond` folder;
    `target` and `day`, what `run.day` is, are kept for whoever goes on with the run.
    `secrets_file` is what `[secrets]` in `mlp.toml` names. `seen` is called for every event, from
    one thread.
    """

    graph: Graph
    specs: Mapping[NodeId, Spec]
    store: Store
    history: History
    state: Path
    folder: Path
    source_roots: tuple[Path, ...]
    settings: Mapping[str, Json]
    parameters: Mapping[str, Json]
    program: str
    keep_going: bool = False
    oversubscribe: bool = False
    secrets_file: Path | None = None
    target: str = "local"
    day: str | None = None
    seen: Callable[[Event], None] = lambda event: None


@dataclass(frozen=True, slots=True)
class Made:
    """What a run keeps of the record of a result; whole ones of many steps would fill the memory.

    `outputs` are in their JSON form, `seconds` what it took to make, where that is known.
    """

    key: str
    id: str
    outputs: Mapping[str, Mapping[str, Json]]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended. `status` is `succeeded`, `failed`, `stopped` or `interrupted`.

    `outputs` hold the pipeline's outputs as JSON; an artifact is `{"path", "digest"}`. `why` says
    what a run failed for that is no node's doing: its time was over, or an output has no value.
    `made` are the results of its tasks.
    """

    run: str
    status: str
    outputs: Mapping[str, Json]
    nodes: tuple[NodeResult, ...]
    report: Path | None
    seconds: float
    why: str | None = None
    made: Mapping[NodeId, Made] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """The object that `mlp run --format json` prints."""
        return {
            "version": 1,
            "run": self.run,
            "status": self.status,
            "outputs": dict(self.outputs),
            "nodes": [node.as_json() for node in self.nodes],
            "report": None if self.report is None else str(self.report),
            "error": self.why,
        }


@dataclass(frozen=True, slots=True)
class Repeated:
    """What a run comes to that begins when another one has ended: every task is a hit. `files` are
    those of its folder, by name."""

    result: RunResult
    events: tuple[Event, ...]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What a task by itself came to, and the values of its outputs, none where it failed."""

    result: NodeResult
    values: Mapping[str, object]


class Bench(Protocol):
    """Runs tasks one after the other, each as a run would; what it needs stays warm meanwhile."""

    def begin(self) -> None:
        """Another run begins: of what ran before nothing is known but what is stored."""
        ...

    def run(self, task: Task, spec: Spec, arguments: Mapping[str, object]) -> Tried:
        """Runs a task to its end with these values. Raises `KeyboardInterrupt` after Ctrl-C."""
        ...

    def close(self) -> None:
        """Makes what was stored durable, and ends every process."""
        ...


class Runner(Protocol):
    """A target that can run; `mlp run` takes no other."""

    @property
    def unable(self) -> str | None:
        """Why it runs nothing at all on this machine, in words; None where it does."""
        ...

    def refusals(self, request: Request) -> Sequence[Diagnostic]:
        """Why nothing may start: what a step asks for and this machine does not have."""
        ...

    def run(self, request: Request, resume: str | None = None) -> RunResult:
        """Runs to the end; a failed step is a result. `resume` names a run to continue."""
        ...

    def repeated(self, request: Request, result: RunResult) -> Repeated:
        """What the same run would come to once more, under the same name; starts nothing. Only of
        one in which every node ended well."""
        ...

    def bench(self, request: Request, folder: Path) -> Bench:
        """Where single tasks run, for tests: the graph and the specs of the request are not
        looked at. What they print goes below `folder`."""
        ...
