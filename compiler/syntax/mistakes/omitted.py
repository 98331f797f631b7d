"""Mistakes of leaving out: `->`, the `:` of a target, the kind of a `run` line."""

from __future__ import annotations

import re

from ...diagnostics.diagnostic import Edit, Fix, error
from ..expected import example, thing
from ..situation import Situation
from ..tokens import KIND
from .mistake import Change, Mistake

_FUNCTION = re.compile(r'"[\w.]+:\w+"')


def _inserted(
    s: Situation, text: str, label: str, changes: tuple[Change, ...], *, ahead: bool = False
) -> Mistake:
    """`text` is missing before the token, or with `ahead` right behind the one before it."""
    smallest = example(s)
    at = s.tokens.span(s.at - 1).at_end() if ahead else s.span.at_start()
    return Mistake(
        error(
            "MLP0101",
            f"expected {thing(s)} here",
            s.span,
            label,
            help=[f"for example: {smallest}"] if smallest else [],
            fixes=[Fix(f"add `{text.strip()}`", (Edit(at, text),), safe=True)],
        ),
        changes,
    )


def arrow(s: Situation) -> Mistake | None:
    """`step fit(rows: Dataset) (model: Model)`."""
    if s.kind == KIND["COLON"] and s.fits("ARROW") and s.kind_at(1) == KIND["NAME"]:
        return Mistake(
            error(
                "MLP0101",
                f"expected {thing(s)} here",
                s.span,
                "outputs follow `->`, in parentheses",
                help=[f"for example: {example(s)}"],
            )
        )
    if s.kind != KIND["LPAR"] or not s.fits("ARROW", "LPAR"):
        return None
    change = Change(s.at, KIND["ARROW"], insert=True)
    return _inserted(s, "-> ", "`->` stands before the outputs", (change,))


def colon_of_target(s: Situation) -> Mistake | None:
    """`target prod argo { … }`."""
    if s.kind != KIND["NAME"] or s.kind_at(-2) != KIND["TARGET"] or not s.fits("COLON", "NAME"):
        return None
    change = Change(s.at, KIND["COLON"], insert=True)
    return _inserted(s, ":", "`:` stands before the kind of a target", (change,), ahead=True)


def body_kind(s: Situation) -> Mistake | None:
    """`run "train:fit"`."""
    if s.kind != KIND["STRING"] or s.kind_at(-1) != KIND["RUN"]:
        return None
    if not _FUNCTION.fullmatch(s.text):
        return None
    return _inserted(s, "python ", "what runs this text?", ())


def quoted_node(s: Situation) -> Mistake | None:
    """`f() after "data"`."""
    if s.kind != KIND["STRING"] or not s.inside("AFTER") or not s.fits("NAME"):
        return None
    name = s.text[1:-1]
    if not name.isidentifier():
        return None
    return Mistake(
        error(
            "MLP0101",
            f"expected {thing(s)} here",
            s.span,
            "a node is named without quotes",
            fixes=[Fix(f"write `{name}`", (Edit(s.span, name),), safe=True)],
        )
    )
