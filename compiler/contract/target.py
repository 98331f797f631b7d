"""The protocol that every target keeps: a table of features, rules for settings, emit, validate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ...runtime.dataclass import dataclass, field

if TYPE_CHECKING:  # `check` asks a target for its settings alone, and must not load the middle
    from ..diagnostics.diagnostic import Diagnostic
    from ..types.settings import SettingRule
    from .feature import Feature, Support
    from .job import Pipeline


@dataclass(frozen=True, slots=True)
class Size:
    """How large something came out, and how large the engine takes it (None: no limit known)."""

    what: str
    actual: int
    limit: int | None
    unit: str = "bytes"


@dataclass(frozen=True, slots=True)
class Emission:
    """What `compile` writes for one target: documents by file name, advice, and sizes.

    `files` hold the documents only; code archives, manifest and README are the driver's business.
    `next_steps` is Markdown: the commands that submit what was written. `machines` has what was
    chosen for each job, where the engine has kinds of machines to choose from.
    """

    files: dict[str, bytes]
    next_steps: str
    sizes: tuple[Size, ...]
    notes: tuple[str, ...] = ()
    machines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in an emitted document: where (a path inside it) and what."""

    file: str
    where: str
    what: str


class Target(Protocol):
    """One engine. `kind` is the word after `target NAME:`; `title` is the engine's own name."""

    @property
    def kind(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def features(self) -> Mapping[Feature, Support]:
        """The capability table, total over `Feature`."""
        ...

    @property
    def settings(self) -> Sequence[SettingRule]:
        """The keys that a `target` block of this kind takes besides params, defaults, override."""
        ...

    @property
    def step_settings(self) -> Sequence[SettingRule]:
        """The engine's own keys inside a step's `target KIND { }` and inside `override`."""
        ...

    def emit(self, pipeline: Pipeline) -> tuple[Emission | None, list[Diagnostic]]:
        """The documents, byte for byte the same for the same pipeline; None after an error."""
        ...

    def validate(self, files: Mapping[str, bytes]) -> list[Finding]:
        """Holds written documents against the vendor's models and our reference checks."""
        ...
