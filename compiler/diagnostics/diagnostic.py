"""Diagnostics as values: a code, a message, labels on spans, notes, help and fixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from ...runtime.dataclass import dataclass, field, replace
from ..source import Span


class Severity(StrEnum):
    """How much a diagnostic weighs: only an error stops a command."""

    ERROR = "error"
    WARNING = "warning"
    LINT = "lint"


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a span: what is wrong there, or what the other end is."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text at `span` by `text` (an empty span inserts)."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that mend a mistake; `safe` ones never change what the user meant.

    `why` says what makes one unsafe. A title "write `…`" stands for its own preview.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake. `span` is None only where no file could be read.

    A note that begins with `why: ` is a reason; the others are facts.
    """

    code: str
    severity: Severity
    message: str
    span: Span | None
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()

    def also(self, span: Span, text: str) -> Diagnostic:
        """The same diagnostic with a second label."""
        return replace(self, labels=(*self.labels, Label(span, text)))


def error(
    code: str,
    message: str,
    span: Span | None,
    label: str = "",
    *,
    labels: Iterable[Label] = (),
    notes: Iterable[str] = (),
    help: Iterable[str] = (),
    fixes: Iterable[Fix] = (),
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A diagnostic of severity error unless said otherwise."""
    return Diagnostic(
        code, severity, message, span, label, tuple(labels), tuple(notes), tuple(help), tuple(fixes)
    )


@dataclass(slots=True)
class Report:
    """The diagnostics gathered by one run of the compiler, in the order found."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    _seen: set[Diagnostic] = field(default_factory=set, repr=False, compare=False)

    def add(self, diagnostic: Diagnostic) -> None:
        if diagnostic not in self._seen:
            self._seen.add(diagnostic)
            self.diagnostics.append(diagnostic)

    def extend(self, others: Iterable[Diagnostic]) -> None:
        for diagnostic in others:
            self.add(diagnostic)

    @property
    def has_errors(self) -> bool:
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def sorted(self) -> list[Diagnostic]:
        """By file and place, so that a report reads from top to bottom."""
        return sorted(
            self.diagnostics,
            key=lambda d: (
                (d.span.file, d.span.start, d.span.end) if d.span else ("", -1, -1),
                d.code,
                d.message,
            ),
        )

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.sorted())

    def __len__(self) -> int:
        return len(self.diagnostics)
