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
