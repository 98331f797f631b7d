"""Files and folders that the source names with `file("…")`."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import present
from ..types.types import DIR, FILE, MODEL, UNKNOWN, Dataset, Type
from .finding import finding
from .fold import folded_text
from .scope import Scope


def file_type(path: ast.Expr, wanted: Type, scope: Scope) -> Type:
    """What `file("…")` gives where `wanted` is: a `Dir` for the folder that it names, else a
    `File`, which tests may give for a model or dataset, in a folder or not."""
    text = folded_text(path, scope.file)
    if text is None:
        return FILE
    fact = scope.file.file_fact(text)
    inner = present(wanted)
    if fact.folder and (inner in (DIR, MODEL) or isinstance(inner, Dataset)):
        return DIR if inner == DIR else FILE
    check_file(path, scope)
    return UNKNOWN if inner == DIR and not fact.exists else FILE


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
    label = f"did you mean `{fact.nearest}`?" if fact.nearest else "nothing is there"
    help_: tuple[str, ...] = ()
    if fact.outside:
        label = "this leaves the project"
        help_ = ("make it a parameter, and say where it lies when you run: `name=PATH`",)
    elif set("*?") & set(text):
        help_ = ('patterns are for `dataset("…")`',)
    scope.file.add(
        finding(
            "MLP0506",
            f"there is no file `{text}`",
            path.span,
            "this is a folder" if fact.folder else label,
            notes=(f"looked for `{fact.tried}`",),
            help=help_,
            fixes=fixes,
        )
    )
