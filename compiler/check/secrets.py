"""Secrets: texts that look like one, names that want one, and where a secret may stand."""

from __future__ import annotations

import re

from ..source import Span
from .finding import finding
from .scope import FileScope

_SHAPES = re.compile(
    r"""\b(?:AKIA|ASIA)[0-9A-Z]{16}\b
      | \bgh[pousr]_[A-Za-z0-9]{30,}
      | \bgithub_pat_[A-Za-z0-9_]{30,}
      | \bglpat-[A-Za-z0-9_-]{16,}
      | \bsk-[A-Za-z0-9_-]{20,}
      | \bhf_[A-Za-z0-9]{24,}
      | \bxox[abprs]-[A-Za-z0-9-]{10,}
      | \bAIza[0-9A-Za-z_-]{35}\b
      | \beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.
      | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----
      | ://[^/\s:@]+:[^/\s:@$\{]+@""",
    re.VERBOSE,
)
_WORDS = frozenset({"password", "passwd", "secret", "token", "apikey", "credential", "credentials"})


def looks_like_secret(text: str) -> bool:
    """Whether a text has the form of a key that some service hands out."""
    return len(text) >= 12 and _SHAPES.search(text) is not None


def names_a_secret(name: str) -> bool:
    """Whether an environment variable of this name usually holds a secret."""
    words = name.lower().split("_")
    return words[-1] in _WORDS or (
        words[-1] == "key" and len(words) > 1 and words[-2] in ("api", "access", "private")
    )


def report_written_secret(name: str | None, span: Span, scope: FileScope) -> None:
    """A secret stands in the file as text."""
    variable = name or "TOKEN"
    scope.add(
        finding(
            "MLP0507",
            f"{f'`{name}`' if name else 'this text'} looks like a secret written in the file",
            span,
            "everybody who can read the file can read this",
            help=(
                f'name it instead: `secrets {{ {variable} = secret("{variable.lower()}") }}`',
                "whoever has seen the file knows it: give the secret a new value",
            ),
        )
    )


def report_misplaced_secret(span: Span, scope: FileScope) -> None:
    """A secret is used outside `secrets { }`."""
    scope.add(
        finding(
            "MLP0508",
            "a secret may only be used in `secrets { }`",
            span,
            "it would be readable in the compiled pipeline",
            help=('hand it to the step: `secrets { NAME = secret("name") }`',),
        )
    )
