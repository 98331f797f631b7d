"""A file of one side of a comparison after its front stages, and what its errors say."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

from ...runtime.dataclass import dataclass, replace
from ..check.values import Program
from ..check.walk import nodes
from ..diagnostics.diagnostic import Severity
from ..difference.values import Refusal
from ..source import Span
from ..syntax import ast
from .front import Checked, Targets, front
from .kept import Kept, Unpacked
from .sides import Side


@dataclass(frozen=True, slots=True)
class Reading:
    """A file of one side after its front stages."""

    side: Side
    path: str
    checked: Checked
    data: Kept


def read_side(side: Side, path: str, targets: Targets) -> Reading:
    checked = front(side.root / path, targets)
    data = Kept(side)
    if checked.program is not None:
        named = set(_named(checked.program))
        checked.report.diagnostics[:] = [
            d for d in checked.report.diagnostics if not (d.code == "MLP0506" and d.span in named)
        ]
    disk = Unpacked(checked.disk, data)
    return Reading(side, path, replace(checked, disk=disk), data)


def _named(program: Program) -> Iterator[Span]:
    """Where files are named as data: whether they are there is no matter here."""
    for module in program.modules.values():
        needed: set[int] = set()
        for node in nodes(module.file):
            match node:
                case ast.SetValue(key=ast.Name(text="lockfile" | "requirements"), value=value):
                    needed.add(id(value))
                case ast.Call(callee=ast.NameRef(name="file"), arguments=(argument, *_)):
                    if id(node) not in needed:
                        yield argument.value.span
                case _:
                    pass


def refusal_of(side: Reading, *, later: bool) -> Refusal:
    """The errors of a side, its files called as the user calls them."""
    from ..diagnostics.export import diagnostic_to_json
    from ..diagnostics.render import render, render_short

    checked, sources = side.checked, side.checked.sources
    place, name = f"{side.side.root}{os.sep}", _prefix(side.side)

    def called(text: str) -> str:
        return text.replace(place, name)

    found = [d for d in checked.report if d.severity is Severity.ERROR]
    data = json.dumps([diagnostic_to_json(d, sources) for d in found])
    inner = json.dumps(place)[1:-1], json.dumps(name)[1:-1]
    return Refusal(
        later,
        side.side.name,
        tuple(json.loads(data.replace(*inner))),
        tuple(called(render_short(d, sources)) for d in found),
        called("\n\n".join(render(d, sources) for d in found)),
    )


def _prefix(side: Side) -> str:
    """What stands before paths that are relative to the root of a side."""
    match side.kind:
        case "revision":
            return f"{side.name}:"
        case "folder":
            return "" if side.name in (".", "./") else f"{side.name.rstrip('/')}/"
        case _:
            here = os.path.relpath(side.root)
            return "" if here == "." else f"{here}/"
