"""Container images: what names one, and that one without tag or digest is another every day."""

from __future__ import annotations

from ..syntax import ast
from ..types.image import flaw, has_tag
from .finding import finding
from .fold import folded_text
from .scope import Scope


def check_image(value: ast.Expr, scope: Scope) -> None:
    """Refuses what names no image, and lints what has neither a tag nor a digest."""
    image = folded_text(value, scope.file)
    if image is None:
        return
    name, at, _ = image.partition("@")
    wrong = flaw(image)
    if wrong is None:
        if not at and not has_tag(image):
            scope.file.add(
                finding(
                    "MLP0509",
                    f"image `{image}` has no tag or digest",
                    value.span,
                    "today it is another image than tomorrow",
                    help=(f'write for example `"{image}:1.0"`, or a digest',),
                )
            )
    elif flaw(name) is None:
        tagged = name if has_tag(name) else f"{name}:1.0"
        scope.file.add(
            finding(
                "MLP0503",
                wrong,
                value.span,
                "which content is this?",
                notes=("a digest is `sha256:` and 64 digits of 0-9 and a-f",),
                help=(f'write `"{tagged}"`, and `mlp lock` finds out the digest',),
            )
        )
    else:
        scope.file.add(
            finding(
                "MLP0503",
                wrong,
                value.span,
                "this would be an option" if image.startswith("-") else "what shall run?",
                notes=(
                    "a name is `host/path:tag` in small letters; `host/` and `:tag` may be absent",
                ),
                help=('write for example `"ghcr.io/acme/train:1.4"`',),
            )
        )
