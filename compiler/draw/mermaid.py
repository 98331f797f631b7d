"""Draws a graph as a Mermaid flowchart, for readmes and wikis."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .picture import Arrow, Box, Kind, Picture

_SHAPES = {
    Kind.TASK: ('["', '"]'),
    Kind.GATE: ('{"', '"}'),
    Kind.HELPER: ('[["', '"]]'),
    Kind.MAP: ('[/"', '"/]'),
    Kind.BRANCH: ('{{"', '"}}'),
    Kind.OUTPUT: ('(["', '"])'),
}
_ENTITIES = {
    "#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;",
    "\\": "#92;", "\n": " ",
}  # fmt: skip


def mermaid(picture: Picture) -> str:
    """The flowchart's text; the same graph gives the same text."""
    boxes = {box.id: box for box in picture.boxes}
    lines = ["flowchart TB", *_inside(None, picture, "  ")]
    lines += [_arrow(arrow, boxes[arrow.source]) for arrow in picture.arrows]
    return "".join(f"{line}\n" for line in lines)


def _inside(group: str | None, picture: Picture, indent: str) -> Iterator[str]:
    """The boxes that stand in a group, and the groups in it."""
    for box in picture.boxes:
        if box.inside == group:
            yield f"{indent}{_id(box.id)}{_shape(box)}"
    for inner in picture.groups:
        if inner.inside == group:
            yield f'{indent}subgraph g{_id(inner.id)}["{_escaped(inner.title)}"]'
            yield from _inside(inner.id, picture, indent + "  ")
            yield f"{indent}end"


def _id(name: str) -> str:
    """A word that Mermaid takes for no keyword; different for different names."""
    return "n_" + re.sub(r"[^A-Za-z0-9]", _hidden, name)


def _hidden(found: re.Match[str]) -> str:
    return "__" if found[0] == "_" else f"_{ord(found[0]):x}_"


def _shape(box: Box) -> str:
    left, right = _SHAPES[box.kind]
    if box.kind is Kind.GATE:
        word, _, otherwise = box.about.partition(", ")
        lines = [f"{word} {box.title}", otherwise]
    elif box.kind is Kind.OUTPUT or box.about == box.id:
        lines = [box.title]
    else:
        lines = [box.title, box.about]
    return left + "<br/>".join(map(_escaped, lines)) + right


def _arrow(arrow: Arrow, source: Box) -> str:
    ends = _id(arrow.source), _id(arrow.target)
    if not arrow.ports:
        return f"  {ends[0]} -.-> {ends[1]}"
    types = dict(source.ports)
    label = "<br/>".join(_escaped(f"{port}: {types[port]}") for port in arrow.ports)
    return f'  {ends[0]} -->|"{label}"| {ends[1]}'


def _escaped(text: str) -> str:
    return "".join(_ENTITIES.get(character, character) for character in text)
