"""The list of `packages`: requirements alone, as whatever else is in it an installer would obey."""

from __future__ import annotations

from ..syntax import ast
from ..types.requirement import flaw
from .finding import finding
from .fold import fold
from .scope import Scope


def check_packages(value: ast.Expr, scope: Scope) -> None:
    """Every entry that is known now, each at its place where the list is written out."""
    places = value.items if isinstance(value, ast.ListOf) else [value]
    for place in places:
        known = fold(place, scope.file)
        said = known.value if known is not None else None
        for entry in said if isinstance(said, list) else [said]:
            wrong = flaw(entry) if isinstance(entry, str) else None
            if wrong is not None:
                scope.file.add(
                    finding(
                        "MLP0503",
                        f"`packages` takes requirements; this {wrong}",
                        place.span,
                        "the installer would read this",
                        help=(
                            'write for example `"pandas==2.2.3"`',
                            "indexes and proxies are settings of the installer itself: its "
                            "variables and its configuration",
                        ),
                    )
                )
