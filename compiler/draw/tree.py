"""Draws a graph for a terminal: the nodes by depth, each with what it gives and to whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from .picture import Arrow, Box, Kind, Picture

_MARKS = {
    Kind.TASK: "●",
    Kind.GATE: "◆",
    Kind.HELPER: "○",
    Kind.MAP: "▣",
    Kind.BRANCH: "◇",
    Kind.OUTPUT: "■",
}

_GROUPS = {"map": "▣", "branch": "◇", "pipeline": "▤"}

Branch: TypeAlias = "tuple[str, list[Branch]]"
"""A line, and the branches below it."""


def tree(picture: Picture) -> str:
    """The drawing, one line after the other, without colours."""
    parameters = ", ".join(f"{name}: {type_}" for name, type_ in picture.parameters)
    head = f"{picture.name}({parameters})"
    leaving: dict[str, list[Arrow]] = {}
    for arrow in picture.arrows:
        leaving.setdefault(arrow.source, []).append(arrow)
    boxes = {box.id: box for box in picture.boxes}
    branches: list[Branch] = []
    for number, layer in enumerate(picture.layers, start=1):
        items = [_item(id_, picture, leaving, boxes) for id_ in layer]
        hooks = any(group.kind == "hook" for group in picture.groups if group.id in layer)
        branches.append(("at the end" if hooks else str(number), items))
    outputs = [box for box in picture.boxes if box.kind is Kind.OUTPUT]
    if outputs:
        found: list[Branch] = [(_line(box, box.id), []) for box in outputs]
        branches.append(("outputs", found))
    return "".join(f"{line}\n" for line in [head, *_drawn(branches)])


def _item(
    id_: str, picture: Picture, leaving: dict[str, list[Arrow]], boxes: dict[str, Box]
) -> Branch:
    """A box, or a group with all that stands in it; what a block gives comes last."""
    groups = {group.id: group for group in picture.groups}
    if id_ not in groups:
        box = boxes[id_]
        own = id_ if box.inside is None else id_.removeprefix(groups[box.inside].prefix)
        return _line(box, own), _leaves(box, leaving, boxes)
    group, block = groups[id_], boxes.get(id_)
    mark = "" if group.kind in ("hook", "arm") else f"{_GROUPS[group.kind]} "
    below = [
        _item(item, picture, leaving, boxes)
        for item in (
            *(box.id for box in picture.boxes if box.inside == id_ and box.id != id_),
            *(inner.id for inner in picture.groups if inner.inside == id_),
        )
    ]
    ends = [] if block is None else _leaves(block, leaving, boxes)
    return f"{mark}{group.title}", [*below, *ends]


def _line(box: Box, own: str) -> str:
    mark = _MARKS[box.kind]
    if box.kind is Kind.GATE:
        title = box.title if box.about.startswith("expect") else f"approve {box.title}"
        return f"{mark} {own}: {title}, {box.about.partition(', ')[2]}"
    return f"{mark} {box.title}" if box.about == box.id else f"{mark} {box.title} = {box.about}"


def _leaves(box: Box, leaving: dict[str, list[Arrow]], boxes: dict[str, Box]) -> list[Branch]:
    arrows = leaving.get(box.id, [])
    lines = []
    for name, type_ in box.ports:
        readers = [boxes[a.target] for a in arrows if name in a.ports]
        lines.append(f"{name}: {type_}{_to(readers)}")
    waiting = [boxes[arrow.target] for arrow in arrows if not arrow.ports]
    if waiting:
        word = "holds back" if box.kind is Kind.GATE else "before"
        lines.append(f"{word}{_to(waiting)}")
    return [(line, []) for line in lines]


def _to(readers: Iterable[Box]) -> str:
    names = [_name(box) for box in readers]
    return f" ──▶ {', '.join(names)}" if names else ""


def _name(box: Box) -> str:
    match box.kind:
        case Kind.OUTPUT:
            return f"{_MARKS[box.kind]} {box.title.partition(':')[0]}"
        case Kind.GATE:
            return f"{_MARKS[box.kind]} {box.id}"
        case _:
            return box.id


def _drawn(branches: Sequence[Branch], indent: str = "") -> Iterator[str]:
    for position, (line, below) in enumerate(branches, start=1):
        last = position == len(branches)
        yield f"{indent}{'└' if last else '├'}─ {line}"
        yield from _drawn(below, indent + ("   " if last else "│  "))
