"""Draws a graph as SVG: one file without scripts or fonts, for light and dark pages."""

from __future__ import annotations

from unicodedata import east_asian_width
from xml.etree import ElementTree as ET

from .groups import Group, outermost
from .layout import Frame, Frames, Point, layout
from .picture import Arrow, Box, Kind, Picture

_MARGIN = 24.0
_PADDING = 16.0
_TITLE_SIZE, _SIZE = 14.0, 12.0
_LINE = 18.0
_LETTER = 0.61
_LONGEST = 44

_STYLE = """
text { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2733 }
text.title { font-size: 14px; font-weight: 600 }
text.about, text.port { font-size: 12px; fill: #5b6675 }
text.head { font-size: 16px; font-weight: 600 }
.paper { fill: #ffffff }
.box { fill: #f4f7fb; stroke: #8fa3bf; stroke-width: 1.25 }
.gate .box { fill: #fff6e0; stroke: #d9a326 }
.helper .box { fill: #f6f6f6; stroke: #a9a9a9; stroke-dasharray: 4 3 }
.map .box, .branch .box { fill: #efeafb; stroke: #9a86cf }
.frame { fill: #7c8ba1; fill-opacity: 0.07; stroke: #a9b4c4; stroke-dasharray: 2 3 }
.output .box { fill: #e7f6ec; stroke: #55a873 }
.rule { stroke: #d5deea; stroke-width: 1 }
.arrow { fill: none; stroke: #71829b; stroke-width: 1.4 }
.order { stroke-dasharray: 5 4 }
.tip { fill: #71829b }
@media (prefers-color-scheme: dark) {
  text { fill: #e6ebf2 }
  text.about, text.port { fill: #9aa7b8 }
  .paper { fill: #14181f }
  .box { fill: #1e2530; stroke: #55677f }
  .gate .box { fill: #332a12; stroke: #b98a1d }
  .helper .box { fill: #22252a; stroke: #6a6f76 }
  .map .box, .branch .box { fill: #2a2440; stroke: #7f6bb8 }
  .frame { fill: #8fa3bf; stroke: #4d5a6c }
  .output .box { fill: #16301f; stroke: #3f8a5b }
  .rule { stroke: #333f4f }
  .arrow { stroke: #8496ae }
  .tip { fill: #8496ae }
}
"""


def svg(picture: Picture) -> str:
    """The drawing; the same picture gives the same bytes. Raises `NoGraphviz`."""
    index = {box.id: position for position, box in enumerate(picture.boxes)}
    sizes = [_size(box) for box in picture.boxes]
    ends = [(index[arrow.source], index[arrow.target]) for arrow in picture.arrows]
    gates = {index[box.id] for box in picture.boxes if box.kind is Kind.GATE}
    shown = _shown(picture)
    placed = layout(sizes, ends, gates, _frames(shown, index, picture))
    takes = _cut(", ".join(f"{name}: {type_}" for name, type_ in picture.parameters), 2 * _LONGEST)
    top = _MARGIN + (52.0 if takes else 36.0)
    heads = (_width(picture.name, 16.0), _width(takes, _SIZE))
    width = max(placed.width, *heads) + 2 * _MARGIN
    height = placed.height + top + _MARGIN
    root = ET.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        width=_number(width),
        height=_number(height),
        viewBox=f"0 0 {_number(width)} {_number(height)}",
        role="img",
    )
    ET.SubElement(root, "title").text = picture.name
    ET.SubElement(root, "style").text = _STYLE
    _tip(root)
    ET.SubElement(root, "rect", {"class": "paper", "width": "100%", "height": "100%"})
    _text(root, "head", picture.name, (_MARGIN, _MARGIN + 12.0), anchor="start")
    if takes:
        _text(root, "about", takes, (_MARGIN, _MARGIN + 32.0), anchor="start")
    shift = ((width - placed.width) / 2, top)
    for group, frame in zip(shown, placed.frames, strict=True):
        _group(root, group, frame, shift)
    for arrow, curve in zip(picture.arrows, placed.curves, strict=True):
        _arrow(root, arrow, [_moved(point, shift) for point in curve])
    for box, size, centre in zip(picture.boxes, sizes, placed.centres, strict=True):
        _box(root, box, size, _moved(centre, shift))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"


def _shown(picture: Picture) -> list[Group]:
    """The groups that hold a box, themselves or further in."""
    table = {group.id: group for group in picture.groups}
    held = {g for box in picture.boxes if box.inside for g in outermost(box.inside, table)}
    return [group for group in picture.groups if group.id in held]


def _frames(shown: list[Group], index: dict[str, int], picture: Picture) -> list[Frames]:
    at = {group.id: number for number, group in enumerate(shown)}
    return [
        Frames(
            tuple(index[box.id] for box in picture.boxes if box.inside == group.id),
            None if group.inside is None else at[group.inside],
            (_width(_cut(group.title, _LONGEST), _SIZE), _LINE),
        )
        for group in shown
    ]


def _group(root: ET.Element, group: Group, frame: Frame, shift: Point) -> None:
    (left, top), (right, bottom) = _moved(frame[:2], shift), _moved(frame[2:], shift)
    part = ET.SubElement(root, "g", {"class": f"group {group.kind}", "data-group": group.id})
    ET.SubElement(part, "title").text = group.title
    ET.SubElement(
        part,
        "rect",
        {
            "class": "frame",
            "x": _number(left),
            "y": _number(top),
            "width": _number(right - left),
            "height": _number(bottom - top),
            "rx": "10",
        },
    )
    place = (left + 10.0, top + _LINE)
    _text(part, "about", _cut(group.title, _LONGEST), place, anchor="start")


def _moved(point: Point, by: Point) -> Point:
    return point[0] + by[0], point[1] + by[1]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _width(text: str, size: float) -> float:
    """What a line takes in a font of fixed width; wide letters take two places."""
    places = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
    return places * size * _LETTER


def _lines(box: Box) -> list[tuple[str, str, float]]:
    """The lines of a box: class, text, size of letters."""
    ports = [("port", _cut(f"{name}: {type_}"), _SIZE) for name, type_ in box.ports]
    about = [] if box.about == box.id else [("about", _cut(box.about), _SIZE)]
    return [("title", _cut(box.title), _TITLE_SIZE), *about, *ports]


def _size(box: Box) -> Point:
    lines = _lines(box)
    points = 1.5 * _LINE if box.kind in (Kind.GATE, Kind.OUTPUT) else 0.0
    width = max(_width(text, size) for _, text, size in lines) + 2 * _PADDING + points
    rule = 8.0 if box.ports else 0.0
    return round(width), round(len(lines) * _LINE + 16.0 + rule)


def _box(root: ET.Element, box: Box, size: Point, centre: Point) -> None:
    group = ET.SubElement(root, "g", {"class": box.kind.value, "data-id": box.id})
    ET.SubElement(group, "title").text = f"{box.title}\n{box.about}"
    (width, height), (x, y) = size, centre
    left, top = x - width / 2, y - height / 2
    if box.kind is Kind.GATE:
        dent = height / 2.4
        corners = [
            (left + dent, top), (left + width - dent, top), (left + width, y),
            (left + width - dent, top + height), (left + dent, top + height), (left, y),
        ]  # fmt: skip
        points = " ".join(f"{_number(a)},{_number(b)}" for a, b in corners)
        ET.SubElement(group, "polygon", {"class": "box", "points": points})
    else:
        round_ = height / 2 if box.kind is Kind.OUTPUT else 8.0
        ET.SubElement(
            group,
            "rect",
            {
                "class": "box",
                "x": _number(left),
                "y": _number(top),
                "width": _number(width),
                "height": _number(height),
                "rx": _number(round_),
            },
        )
    line = top + 8.0
    before = ""
    for kind, text, letters in _lines(box):
        if kind == "port" and before != "port":
            line += 4.0
            ET.SubElement(
                group,
                "line",
                {
                    "class": "rule",
                    "x1": _number(left + 1),
                    "x2": _number(left + width - 1),
                    "y1": _number(line),
                    "y2": _number(line),
                },
            )
            line += 4.0
        before = kind
        _text(group, kind, text, (x, line + _LINE / 2 + letters * 0.35))
        line += _LINE


def _text(parent: ET.Element, kind: str, text: str, place: Point, anchor: str = "middle") -> None:
    at = {"class": kind, "x": _number(place[0]), "y": _number(place[1]), "text-anchor": anchor}
    ET.SubElement(parent, "text", at).text = text


def _arrow(root: ET.Element, arrow: Arrow, curve: list[Point]) -> None:
    first, *rest = (f"{_number(x)} {_number(y)}" for x, y in curve)
    path = ET.SubElement(
        root,
        "path",
        {
            "class": "arrow" if arrow.ports else "arrow order",
            "d": f"M {first} C {', '.join(rest)}",
            "marker-end": "url(#tip)",
        },
    )
    what = ", ".join(arrow.ports) or "order"
    ET.SubElement(path, "title").text = f"{arrow.source} → {arrow.target}: {what}"


def _tip(root: ET.Element) -> None:
    marker = ET.SubElement(
        ET.SubElement(root, "defs"),
        "marker",
        {
            "id": "tip", "viewBox": "0 0 8 8", "refX": "7.5", "refY": "4",
            "markerWidth": "7", "markerHeight": "7", "orient": "auto",
        },
    )  # fmt: skip
    ET.SubElement(marker, "path", {"class": "tip", "d": "M 0 0.5 L 8 4 L 0 7.5 z"})
