"""Files that the source names with `file("…")`."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from .finding import finding
from .fold import folded_text
from .scope import Scope


def check_file(path: ast.Expr, scope: Scope) -> None:
    """Whether a file that the source names is there."""
    text = folded_text(path, scope.file)
    if text is None:
        return
    fact = scope.file.file_fact(text)
    if fact.exists:
        return
    fixes = []
    if fact.nearest is not None and isinstance(path, ast.Literal):
        edit = Edit(path.span, f'"{fact.nearest}"')
        fixes.append(Fix(f"write `{fact.nearest}`", (edit,), safe=False))
    scope.file.add(
        finding(
            "MLP0506",
            f"there is no file `{text}`",
            path.span,
            f"did you mean `{fact.nearest}`?" if fact.nearest else "nothing is there",
            notes=(f"looked for `{fact.tried}`",),
            fixes=fixes,
        )
    )
