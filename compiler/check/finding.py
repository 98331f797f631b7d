"""A diagnostic of the severity that its code usually has."""

from __future__ import annotations

from collections.abc import Iterable

from ..diagnostics.codes import CODES
from ..diagnostics.diagnostic import Diagnostic, Fix, Label, error
from ..source import Span


def finding(
    code: str,
    message: str,
    span: Span,
    label: str = "",
    *,
    labels: Iterable[Label] = (),
    notes: Iterable[str] = (),
    help: Iterable[str] = (),
    fixes: Iterable[Fix] = (),
) -> Diagnostic:
    """What is wrong at `span`: the message, a label there, the other end, and the way out."""
    return error(
        code,
        message,
        span,
        label,
        labels=labels,
        notes=notes,
        help=help,
        fixes=fixes,
        severity=CODES[code].severity,
    )


def unbuilt(construct: str, span: Span, *help_: str) -> Diagnostic:
    """A construct that the grammar knows and this version does not: `construct` with its verb."""
    label = "this version cannot compile it"
    return finding("MLP0910", f"{construct} not built yet", span, label, help=help_)
