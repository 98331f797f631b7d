"""Container images: what names one, and that one without tag or digest is another every day."""

from __future__ import annotations

import re

from ..syntax import ast
from .finding import finding
from .fold import folded_text
from .scope import Scope

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"{_HOST}{_PART}(?:/{_PART})*(?::[A-Za-z0-9_][\w.-]{{0,127}})?(?:@[A-Za-z0-9+._-]+:[0-9a-f]+)?",
    re.ASCII,
)


def check_image(value: ast.Expr, scope: Scope) -> None:
    """Refuses what names no image, and lints what has neither a tag nor a digest."""
    image = folded_text(value, scope.file)
    if image is None:
        return
    if _REFERENCE.fullmatch(image) is None:
        scope.file.add(
            finding(
                "MLP0503",
                f"`{image}` is no name of an image"
                if image and image.isprintable()
                else "this is no name of an image",
                value.span,
                "this would be an option" if image.startswith("-") else "what shall run?",
                notes=(
                    "a name is `host/path:tag` in small letters; `host/` and `:tag` may be absent",
                ),
                help=('write for example `"ghcr.io/acme/train:1.4"`',),
            )
        )
    elif "@" not in image and ":" not in image.rpartition("/")[2]:
        scope.file.add(
            finding(
                "MLP0509",
                f"image `{image}` has no tag or digest",
                value.span,
                "today it is another image than tomorrow",
                help=(f'write for example `"{image}:1.0"`, or a digest',),
            )
        )
