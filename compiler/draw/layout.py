"""Where boxes and arrows go: Graphviz's `dot` places them, we only read its positions."""

from __future__ import annotations

import json
from collections.abc import Container, Mapping, Sequence
from typing import Any, TypeAlias

from ...runtime.dataclass import dataclass

Point: TypeAlias = "tuple[float, float]"
Frame: TypeAlias = "tuple[float, float, float, float]"
"""Left, top, right and bottom."""

_POINTS = 72.0


class NoGraphviz(Exception):  # noqa: N818  (an extra that is not installed)
    """`pygraphviz` is not there."""


@dataclass(frozen=True, slots=True)
class Frames:
    """A frame around boxes: their indices, that of the frame around it, and room for a title."""

    boxes: tuple[int, ...]
    inside: int | None
    title: Point


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of boxes, control points of arrows as cubic curves, and frames; y grows downwards."""

    width: float
    height: float
    centres: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]
    frames: tuple[Frame, ...] = ()


def layout(
    sizes: Sequence[Point],
    arrows: Sequence[tuple[int, int]],
    pointed: Container[int] = (),
    frames: Sequence[Frames] = (),
) -> Layout:
    """Places boxes of given sizes (width, height in pixels); arrows run between their indices.

    Boxes in `pointed` have no corners, so arrows meet them in the middle of a side. Every frame
    must hold a box, itself or in a frame inside of it. Raises `NoGraphviz`.
    """
    try:
        import pygraphviz  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise NoGraphviz from None
    drawn = pygraphviz.AGraph(
        directed=True, strict=True, rankdir="TB", nodesep="0.35", ranksep="0.5", dpi="72"
    )
    drawn.node_attr.update(shape="box", fixedsize="true", label="", margin="0")
    drawn.edge_attr.update(arrowhead="none")
    for index, (width, height) in enumerate(sizes):
        drawn.add_node(f"n{index}", width=repr(width / _POINTS), height=repr(height / _POINTS))
    made: list[Any] = []
    for number, frame in enumerate(frames):
        around = drawn if frame.inside is None else made[frame.inside]
        made.append(
            around.add_subgraph(
                # a node can be put into a frame only if the frame around it has it already
                [f"n{index}" for index in _within(number, frames)],
                name=f"cluster_{number}",
                label=_room(frame.title),
                labeljust="l",
                margin="14",
            )
        )
    for source, target in arrows:
        ports = {"tailport": "s"} if source in pointed else {}
        if target in pointed:
            ports["headport"] = "n"
        drawn.add_edge(f"n{source}", f"n{target}", **ports)
    text = drawn.draw(format="json0", prog="dot")
    assert text is not None, "without a path the drawing is returned"
    return _read(json.loads(text), len(sizes), arrows, len(frames))


def _within(number: int, frames: Sequence[Frames]) -> list[int]:
    """The boxes of a frame and of all frames inside of it, which come after it."""
    inside = {number}
    for later, frame in enumerate(frames):
        if frame.inside in inside:
            inside.add(later)
    return [index for each in sorted(inside) for index in frames[each].boxes]


def _room(size: Point) -> str:
    """An empty table of a size: what `dot` leaves free for a title."""
    width, height = (round(part) for part in size)
    cell = f'<td fixedsize="true" width="{width}" height="{height}"></td>'
    return f'<<table border="0" cellborder="0" cellspacing="0"><tr>{cell}</tr></table>>'


def _read(
    data: Mapping[str, Any], boxes: int, arrows: Sequence[tuple[int, int]], frames: int
) -> Layout:
    """Positions are in points, y upwards."""
    _, _, width, height = map(float, data["bb"].split(","))

    def point(text: str) -> Point:
        x, y = text.split(",")
        return float(x), height - float(y)

    objects = {each["name"]: each for each in data.get("objects", ())}
    numbers = {each["_gvid"]: name for name, each in objects.items()}
    curves: dict[tuple[str, str], tuple[Point, ...]] = {}
    for edge in data.get("edges", ()):
        ends = numbers[edge["tail"]], numbers[edge["head"]]
        curves[ends] = tuple(map(point, edge["pos"].split()))
    return Layout(
        width,
        height,
        tuple(point(objects[f"n{index}"]["pos"]) for index in range(boxes)),
        tuple(curves[f"n{source}", f"n{target}"] for source, target in arrows),
        tuple(_frame(objects[f"cluster_{number}"]["bb"], height) for number in range(frames)),
    )


def _frame(bounds: str, height: float) -> Frame:
    left, low, right, high = map(float, bounds.split(","))
    return left, height - high, right, height - low
