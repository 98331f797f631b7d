"""Where boxes and arrows go: Graphviz's `dot` places them, we only read its positions."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TypeAlias

from ...runtime.dataclass import dataclass

Point: TypeAlias = "tuple[float, float]"

_POINTS = 72.0


class NoGraphviz(Exception):  # noqa: N818  (an extra that is not installed)
    """`pygraphviz` is not there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Centres of boxes, and control points of arrows as cubic curves; y grows downwards."""

    width: float
    height: float
    centres: tuple[Point, ...]
    curves: tuple[tuple[Point, ...], ...]


def layout(
    sizes: Sequence[Point], arrows: Sequence[tuple[int, int]], pointed: Container[int] = ()
) -> Layout:
    """Places boxes of given sizes (width, height in pixels); arrows run between their indices.

    Boxes in `pointed` have no corners, so arrows meet them in the middle of a side.
    Raises `NoGraphviz`.
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
    for source, target in arrows:
        ports = {"tailport": "s"} if source in pointed else {}
        if target in pointed:
            ports["headport"] = "n"
        drawn.add_edge(f"n{source}", f"n{target}", **ports)
    plain = drawn.draw(format="plain", prog="dot")
    assert plain is not None, "without a path the drawing is returned"
    return _read(plain.decode("ascii"), len(sizes), arrows)


def _read(plain: str, boxes: int, arrows: Sequence[tuple[int, int]]) -> Layout:
    """The `plain` form: inches, y upwards, one line each."""
    width = height = 0.0
    centres: dict[int, Point] = {}
    curves: dict[tuple[int, int], tuple[Point, ...]] = {}

    def point(x: str, y: str) -> Point:
        return float(x) * _POINTS, height - float(y) * _POINTS

    for line in plain.splitlines():
        words = line.split()
        match words[0]:
            case "graph":
                width, height = (float(word) * _POINTS for word in words[2:4])
            case "node":
                centres[int(words[1][1:])] = point(words[2], words[3])
            case "edge":
                count = int(words[3])
                numbers = words[4 : 4 + 2 * count]
                ends = int(words[1][1:]), int(words[2][1:])
                curves[ends] = tuple(map(point, numbers[::2], numbers[1::2]))
            case _:
                pass
    return Layout(width, height, tuple(centres[i] for i in range(boxes)), _ordered(curves, arrows))


def _ordered(
    curves: Mapping[tuple[int, int], tuple[Point, ...]], arrows: Sequence[tuple[int, int]]
) -> tuple[tuple[Point, ...], ...]:
    return tuple(curves[ends] for ends in arrows)
