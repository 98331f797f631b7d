"""What goes into a comparison, a version of a pipeline, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, StrEnum

from ...runtime.dataclass import dataclass, field
from ..ir.graph import Graph
from ..ir.nodes import Parameter
from ..ir.values import Json, NodeId
from ..passes.keys import Spec
from ..source import Span
from .phrase import Phrase


class Category(StrEnum):
    """How far a change reaches, from what nobody notices to what makes other results."""

    COSMETIC = "cosmetic"
    OPERATIONAL = "operational"
    ADDITIVE = "additive"
    SEMANTIC = "semantic"


ORDER = tuple(Category)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, lines and columns from 1; without columns all of a line is meant."""

    file: str
    line: int
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    @property
    def text(self) -> str:
        return f"{self.file}:{self.line}" + ("" if self.column is None else f":{self.column}")


# ---- what goes in ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of source as the user wrote it."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Surface:
    """What a `.mlp` file looks like, part by part: none of it is in a key.

    `tokens` is the text without comments and layout; `declared` has it for each declaration, by
    kind and name, in the order written; `docs` are the doc comments by what they speak of.
    """

    path: str
    text: str
    tokens: str
    comments: tuple[str, ...]
    docs: Mapping[str, str]
    declared: tuple[tuple[str, str, str], ...]
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class Variant:
    """A pipeline as one target would run it: the graph before any merging, and the specs. `open` is
    the same before its parameters had values, where these decide over gates or conditions."""

    graph: Graph
    specs: Mapping[NodeId, Spec]
    open: Variant | None = None


@dataclass(frozen=True, slots=True)
class TargetVersion:
    """A `target` block: what it says, the pipeline as it runs there, and what compiling came to.

    `documents` is None where nothing is compiled for the kind, or where `refusals` say why not:
    the code and the message of each. `variant` is None where it cannot be told.
    """

    name: str
    kind: str
    settings: Mapping[str, Json]
    variant: Variant | None
    documents: Mapping[str, bytes] | None
    refusals: tuple[tuple[str, str], ...]
    place: Place | None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a pipeline, with values for its parameters.

    `variant` is what runs where no target is named, `bare` what would run without any `target`
    block, None where that is the same.
    As written are `arguments`, by the span of the call and their names (under no name, the words of
    an approval and the list of a `for`), `outputs`, and `bindings`, which are names for values.
    `uses` says where each name is used, `symbols` where those of bodies stand. `unknown` has what
    the digests stand for whose content could not be looked at, `named` what files are called whose
    content is known, by where they lie. `project` is what `mlp.toml` says beside environments;
    `reads_day` says that `run.day` is read.
    """

    name: str
    variant: Variant
    bare: Variant | None
    parameters: tuple[Parameter, ...]
    targets: Mapping[str, TargetVersion]
    place: Callable[[Span], Place]
    arguments: Mapping[Span, Mapping[str, Written]]
    symbols: Mapping[str, Place]
    unknown: Mapping[str, str]
    surfaces: tuple[Surface, ...]
    project: Mapping[str, Json]
    uses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, Written] = field(default_factory=dict)
    reads_day: bool = False


# ---- what comes out -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different. `part` names it for machines; `was` and `now` are its two sides
    where they are short. `nodes` are those that it concerns, `targets` those that it is confined
    to, if it is. `breaks` says that callers must change."""

    category: Category
    part: str
    phrase: Phrase
    was: str | None = None
    now: str | None = None
    place: Place | None = None
    nodes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Rename:
    """Another name for the same; `kind` is pipeline, parameter, output, step, node, module,
    function, schema, constant or file."""

    kind: str
    was: str
    now: str


class Again(Enum):
    """How sure it is that a node runs after a run of the earlier version; the value is its word."""

    RUN = "run"
    DEPENDS = "depends"


@dataclass(frozen=True, slots=True)
class Rerun:
    """A node that the change makes run; `new` says that there was none like it before."""

    node: NodeId
    state: Again
    why: Phrase
    new: bool = False


class Effect(StrEnum):
    """What becomes of a target."""

    SAME = "same"
    DIFFERS = "differs"
    REFUSES = "refuses"
    ACCEPTS = "accepts"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class TargetDifference:
    """What becomes of a target; `documents` are those that differ, `refusals` codes and messages
    of the side that is refused, `reruns` what runs again there and not here."""

    name: str
    kind: str
    effect: Effect
    phrase: Phrase
    documents: tuple[str, ...] = ()
    refusals: tuple[tuple[str, str], ...] = ()
    reruns: tuple[Rerun, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of a pipeline, compared. `tasks` counts the steps that the later one calls;
    `unseen` says what could not be compared; `parameters` are those that either takes."""

    was: str
    name: str
    changes: tuple[Change, ...]
    renames: tuple[Rename, ...]
    reruns: tuple[Rerun, ...]
    targets: tuple[TargetDifference, ...]
    unseen: tuple[Phrase, ...]
    tasks: int
    parameters: frozenset[str] = frozenset()

    @property
    def same(self) -> bool:
        """Whether there is nothing to say."""
        moved = any(target.effect is not Effect.SAME for target in self.targets)
        return not (self.changes or self.renames or self.reruns or moved)

    @property
    def reach(self) -> Category | None:
        """The category of the change that reaches farthest; a name is cosmetic."""
        found = [ORDER.index(change.category) for change in self.changes]
        if not found:
            return None if self.same else Category.COSMETIC
        return ORDER[max(found)]

    @property
    def breaks(self) -> bool:
        return any(change.breaks for change in self.changes)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A side that has errors, and is not compared: `later` says which, `name` how it is called.

    `diagnostics` are as `mlp check --format json` has them, `short` a line for each, `full` as
    they are shown to people.
    """

    later: bool
    name: str
    diagnostics: tuple[Mapping[str, object], ...]
    short: tuple[str, ...]
    full: str


@dataclass(frozen=True, slots=True)
class FileDifference:
    """Two versions of a file: pipelines on both sides, those that are new, and those that are gone.

    `was` and `now` are its paths, None where it is not there.
    """

    was: str | None
    now: str | None
    pipelines: tuple[Difference, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()

    @property
    def path(self) -> str:
        return self.now or self.was or ""

    @property
    def moved(self) -> bool:
        """Whether the file has another name."""
        return self.was is not None and self.now is not None and self.was != self.now

    @property
    def same(self) -> bool:
        """Whether there is nothing to say but that it is so."""
        news = self.added or self.removed or self.refused or self.moved
        return not news and all(each.same for each in self.pipelines)
