"""What names a container image: `ghcr.io/acme/train:1.4`, for good with a digest behind it."""

from __future__ import annotations

import re

_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"{_HOST}{_PART}(?:/{_PART})*(?::[A-Za-z0-9_][\w.-]{{0,127}})?",
    re.ASCII,
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)


def flaw(image: str) -> str | None:
    """Why a text names no image, as a sentence; None where it names one."""
    name, at, digest = image.partition("@")
    if _NAME.fullmatch(name) is None:
        return (
            f"`{image}` is no name of an image" if _shown(image) else "this is no name of an image"
        )
    if at and _DIGEST.fullmatch(digest) is None:
        if _shown(digest):
            return f"`{digest}` is no digest of an image"
        return "there is no digest behind the `@`"
    return None


def digest_of(image: str) -> str | None:
    """`sha256:…` of a reference that pins one, else None: a tag says nothing for sure."""
    digest = image.partition("@")[2]
    return digest if _DIGEST.fullmatch(digest) else None


def has_tag(image: str) -> bool:
    return ":" in image.partition("@")[0].rpartition("/")[2]


def _shown(text: str) -> bool:
    return bool(text) and text.isprintable()
