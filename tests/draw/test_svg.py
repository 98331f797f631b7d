"""The SVG is well-formed, complete, without overlaps, and the same every time."""

from __future__ import annotations

import sys
from xml.etree import ElementTree as ET

import pytest
from draw.graphs import awkward, flights
from draw.test_drawings import LOOPS
from hypothesis import given, settings
from ir.graphs import graphs

from millpond.compiler.draw.groups import outermost
from millpond.compiler.draw.layout import NoGraphviz, layout
from millpond.compiler.draw.picture import picture
from millpond.compiler.draw.svg import svg
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text import from_text

SVG = "{http://www.w3.org/2000/svg}"
BOTH = [
    pytest.param(flights(), id="flights"),
    pytest.param(awkward(), id="awkward"),
    pytest.param(from_text(LOOPS), id="loops"),
]

Frame = tuple[float, float, float, float]


def frames(root: ET.Element) -> dict[str, Frame]:
    """Left, top, right and bottom of every box."""
    found = {}
    for group in root.iter(f"{SVG}g"):
        if "data-id" not in group.attrib:
            continue
        shape = next(child for child in group if child.get("class") == "box")
        if shape.tag == f"{SVG}polygon":
            points = [tuple(map(float, p.split(","))) for p in shape.attrib["points"].split()]
            xs, ys = zip(*points, strict=True)
            frame = min(xs), min(ys), max(xs), max(ys)
        else:
            x, y, width, height = (float(shape.attrib[n]) for n in ("x", "y", "width", "height"))
            frame = x, y, x + width, y + height
        found[group.attrib["data-id"]] = frame
    return found


def group_frames(root: ET.Element) -> dict[str, Frame]:
    """The frame around each group."""
    found = {}
    for group in root.iter(f"{SVG}g"):
        if "data-group" in group.attrib:
            shape = next(child for child in group if child.get("class") == "frame")
            x, y, width, height = (float(shape.attrib[n]) for n in ("x", "y", "width", "height"))
            found[group.attrib["data-group"]] = (x, y, x + width, y + height)
    return found


def around(group: str, graph: Graph) -> set[str]:
    """A group and all that it stands in."""
    table = {each.id: each for each in picture(graph).groups}
    return set(outermost(group, table))


def check(graph: Graph) -> None:
    text = svg(picture(graph))
    assert svg(picture(graph)) == text
    root = ET.fromstring(text)
    places = frames(root)
    boxes = [box.id for box in picture(graph).boxes]
    assert sorted(places) == sorted(boxes)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    for left, top, right, bottom in places.values():
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            a, b = places[one], places[other]
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, f"{one} lies on {other}"
    arrows = [path for path in root.iter(f"{SVG}path") if "arrow" in path.get("class", "")]
    assert len(arrows) == len(picture(graph).arrows)
    groups = group_frames(root)
    for box in picture(graph).boxes:
        for group, outer in groups.items():
            held = box.inside is not None and group in around(box.inside, graph)
            inner = places[box.id]
            inside = outer[0] <= inner[0] and inner[2] <= outer[2]
            inside = inside and outer[1] <= inner[1] and inner[3] <= outer[3]
            apart = inner[2] <= outer[0] or outer[2] <= inner[0]
            apart = apart or inner[3] <= outer[1] or outer[3] <= inner[1]
            assert inside if held else apart, (box.id, group)


@pytest.mark.parametrize("graph", BOTH)
def test_a_drawing_is_whole(graph: Graph) -> None:
    check(graph)


@settings(max_examples=15)
@given(graphs(most=12))
def test_any_drawing_is_whole(graph: Graph) -> None:
    check(graph)


@pytest.mark.parametrize("graph", BOTH)
def test_arrows_join_their_boxes(graph: Graph) -> None:
    root = ET.fromstring(svg(picture(graph)))
    places = frames(root)
    paths = [path for path in root.iter(f"{SVG}path") if "arrow" in path.get("class", "")]
    for arrow, path in zip(picture(graph).arrows, paths, strict=True):
        numbers = [float(n) for n in path.attrib["d"].replace(",", "").split() if n not in "MC"]
        for box, (x, y) in ((arrow.source, numbers[:2]), (arrow.target, numbers[-2:])):
            left, top, right, bottom = places[box]
            assert left - 2 <= x <= right + 2, (box, x, places[box])
            assert top - 2 <= y <= bottom + 2, (box, y, places[box])


def test_texts_fit_into_their_boxes() -> None:
    root = ET.fromstring(svg(picture(flights())))
    for group in root.iter(f"{SVG}g"):
        if "data-id" not in group.attrib:
            continue
        left, _, right, _ = frames(root)[group.attrib["data-id"]]
        for line in group.iter(f"{SVG}text"):
            letter = 8.5 if line.get("class") == "title" else 7.3
            assert line.text
            assert len(line.text) * letter <= right - left


def test_without_graphviz_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)
    with pytest.raises(NoGraphviz):
        layout([(10.0, 10.0)], [])
