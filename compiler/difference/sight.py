"""What a comparison of two variants sees: both versions, and what expressions come to on each."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...runtime.dataclass import dataclass
from ..ir.settings import Settings
from ..ir.values import NodeId
from .forms import Forms
from .matching import Matching, stem
from .phrase import Name, moved
from .values import Category, Change, Place, Version

_WORD = re.compile(r"(?<![.\w])[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Sight:
    """`forms` are equal for expressions that come to the same once their nodes do, `outlines` also
    where only more or fewer branches or partitions are gathered.

    `constants` are those that have another value now, `widened` the partitioned blocks that have
    other keys, `relisted` the loops that go through another list.
    """

    old: Version
    new: Version
    matching: Matching
    forms: tuple[Forms, Forms]
    outlines: tuple[Forms, Forms]
    constants: Mapping[str, Place]
    widened: frozenset[str]
    relisted: frozenset[str]

    def is_inside(self, node: NodeId, blocks: frozenset[str]) -> bool:
        """Whether a node stands in one of some blocks."""
        words = stem(node).split(".")
        return any(".".join(words[:depth]) in blocks for depth in range(1, len(words)))

    def cause(self, text: str) -> Change | None:
        """The name behind a text, or behind what it mentions, that stands for something else."""
        old, new = self.old.bindings, self.new.bindings
        todo, seen = _WORD.findall(text), set[str]()
        while todo:
            word = todo.pop(0)
            if word in seen or word not in new:
                continue
            seen.add(word)
            now, was = new[word], old.get(word)
            if was is not None and was.text.split() != now.text.split():
                phrase = (Name(word), " changed", *moved(was.text, now.text))
                place = self.new.place(now.span)
                part = f"bindings.{word}"
                return Change(Category.SEMANTIC, part, phrase, was.text, now.text, place)
            todo += _WORD.findall(now.text)
        return None

    def line(self, place: Place, written: str) -> Place:
        """The first line below a place in its file that reads so; the place itself without one."""
        for surface in self.new.surfaces:
            if place.file == surface.path or place.file.endswith(f"/{surface.path}"):
                for number, line in enumerate(surface.text.splitlines()[place.line - 1 :]):
                    if written in line:
                        return Place(place.file, place.line + number)
        return place

    def said_at(self, settings: Settings, name: str) -> Place | None:
        """Where a setting was written: it, or what holds it."""
        while name:
            span = settings.span(name)
            if span is not None:
                return self.new.place(span)
            name = name.rpartition(".")[0]
        return None
