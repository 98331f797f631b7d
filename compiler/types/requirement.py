"""What an entry of `packages` may be: a requirement, and nothing that an installer obeys."""

from __future__ import annotations

import re

EDITABLE = ("-e", "--editable")
_NAMED = re.compile(
    r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?\s*(?:\[[^\]]*\]\s*)?(?:[<>=!~;@(].*|--hash.*)?"
)
_PLACE = re.compile(r"\S*/\S*(?:\s.*)?|\S+\.(?:whl|zip|tar\.\w+)(?:\s.*)?")


def flaw(entry: str) -> str | None:
    """Why an entry is no requirement, in words; None where it is one.

    Installers read every line that begins with a hyphen as an option of theirs: another index,
    another file. The hashes behind a requirement belong to it.
    """
    if not entry.isprintable():
        return "holds a line break or a control character"
    words = entry.split()
    if len(words) == 2 and words[0] in EDITABLE:
        return None
    if any(word.startswith("-") and not word.startswith("--hash") for word in words):
        return "is an option of an installer"
    if not words or words[0].startswith("-") or words[0].startswith("#"):
        return "names no package"
    said = entry.strip()
    return None if _NAMED.fullmatch(said) or _PLACE.fullmatch(said) else "is no requirement"
