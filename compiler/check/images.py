"""Container images: one without tag or digest means another thing every day."""

from __future__ import annotations

from ..syntax import ast
from .finding import finding
from .fold import folded_text
from .scope import Scope


def lint_image(value: ast.Expr, scope: Scope) -> None:
    """Lints an image that is known now and has neither a tag nor a digest."""
    image = folded_text(value, scope.file)
    if not image or "@sha256:" in image or ":" in image.rpartition("/")[2]:
        return
    scope.file.add(
        finding(
            "MLP0509",
            f"image `{image}` has no tag or digest",
            value.span,
            "today it is another image than tomorrow",
            help=(f'write for example `"{image}:1.0"`, or a digest',),
        )
    )
