"""Writes the page: what ran, how long, what came out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

from ....compiler.contract.runner import NodeResult, NodeState, Request, RunResult
from ....compiler.ir.values import Json, NodeId
from ....runtime.record import Record

_TAIL_LINES = 40
_LARGEST_PICTURE = 2_000_000


def write_report(
    place: Path, result: RunResult, request: Request, records: Mapping[NodeId, Record]
) -> None:
    """Renders the page of a finished run to `place`."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string((files(__package__) / "page.html").read_text("utf-8"))
    longest = max((node.seconds for node in result.nodes), default=0.0)
    page = template.render(
        run=result,
        graph=request.graph,
        program=request.program,
        parameters=dict(request.parameters),
        counts={s.value: sum(n.state is s for n in result.nodes) for s in NodeState},
        outputs=[(name, *_shown(value)) for name, value in result.outputs.items()],
        nodes=[_row(node, longest, records.get(node.id)) for node in result.nodes],
    )
    place.write_text(page, encoding="utf-8")


def _row(node: NodeResult, longest: float, record: Record | None) -> dict[str, object]:
    return {
        "node": node,
        "share": 0 if not longest else round(100 * node.seconds / longest, 1),
        "log": _tail(node.log),
        "outputs": {} if record is None else _values(record),
    }


def _values(record: Record) -> dict[str, str]:
    """What a result says in few words: values as they are, artifacts by name and size."""
    shown: dict[str, str] = {}
    for name, entry in record.outputs.items():
        if "value" in entry:
            text = str(entry["value"])
            shown[name] = text if len(text) <= 200 else text[:199] + "…"
        else:
            shown[name] = f"{entry['name']}, {_size(entry['size'])}"
    return shown


def _size(size: Json) -> str:
    amount = float(size) if isinstance(size, int | float) else 0.0
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes everything")


def _tail(log: Path | None) -> str:
    if log is None or not log.exists():
        return ""
    lines = log.read_text("utf-8", "replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])


def _shown(value: Json) -> tuple[str, str]:
    """The text of an output, and for a picture its data URL."""
    if isinstance(value, dict) and isinstance(value.get("path"), str):
        path = Path(str(value["path"]))
        if path.suffix == ".png" and path.stat().st_size <= _LARGEST_PICTURE:
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            return path.name, f"data:image/png;base64,{data}"
        return f"{path.parent.name}/{path.name}", ""
    return str(value), ""
