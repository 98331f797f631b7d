"""Reads the files of this folder: cases with a title, a graph before and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Case:
    """`word` is what stands behind the dashes: `after`, `unchanged`, `same`, `other`."""

    title: str
    before: str
    word: str
    after: str

    def __str__(self) -> str:
        return self.title.replace(" ", "-")


def cases(name: str) -> list[Case]:
    """The cases of a file, divided by `=== TITLE` and `--- WORD` lines."""
    text = (HERE / name).read_text(encoding="utf-8")
    found = []
    for block in text.split("=== ")[1:]:
        title, _, rest = block.partition("\n")
        before, _, tail = rest.partition("--- ")
        word, _, after = tail.partition("\n")
        found.append(Case(title, before.strip() + "\n", word, after.strip() + "\n"))
    return found
