"""Writes the page: what ran, when and how long, what came out."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template

from ....compiler.contract.runner import NodeResult, NodeState, Request, RunResult
from ....compiler.ir.values import Gate, Json, NodeId
from ....runtime.artifact import Artifact
from ....runtime.record import Record
from ....runtime.store import Store

_FRAME = Path(__file__).with_name("page.html")
_TAIL_BYTES = 16_000
_TAIL_LINES = 40
_LARGEST_PICTURE = 2_000_000
_LONGEST_VALUE = 200
_PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}


def write_report(
    place: Path, result: RunResult, request: Request, records: Mapping[NodeId, Record]
) -> None:
    """Renders the page of a finished run to `place`."""
    parts = (
        *_head(result, request),
        *_outputs(result, place.parent),
        *_table("Parameters", {name: _text(v) for name, v in request.parameters.items()}),
        *_nodes(result, request, records),
    )
    title = escape(f"{request.graph.name} · {result.run}")
    frame = Template(_FRAME.read_text("utf-8"))
    place.write_text(frame.substitute(title=title, body="\n".join(parts)), encoding="utf-8")


def _head(result: RunResult, request: Request) -> Iterator[str]:
    name, status = escape(request.graph.name), result.status
    yield f'<h1>{name} <span class="badge {status}">{status}</span></h1>'
    if request.graph.doc:
        yield f"<p>{escape(request.graph.doc)}</p>"
    tasks = [node for node in result.nodes if node.kind == "task"]
    counts = {s.value: sum(n.state is s for n in tasks) for s in NodeState}
    bars = "".join(
        f'<div class="{state}" style="flex: {count}"></div>'
        for state, count in counts.items()
        if count
    )
    yield f'<div class="counts">{bars}</div>'
    said = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    facts = [request.program, f"run {result.run}", f"{result.seconds:.1f} s", said]
    facts += [f"{name} = {value}" for name, value in request.graph.labels]
    yield f'<p class="soft">{" · ".join(map(escape, facts))}</p>'


def _outputs(result: RunResult, folder: Path) -> Iterator[str]:
    shown = {name: _output(value, folder) for name, value in result.outputs.items()}
    yield from _table("Outputs", shown)


def _output(value: Json, folder: Path) -> str:
    """A value as text; a file as a link beside the page, a picture as itself."""
    if not isinstance(value, dict) or not isinstance(value.get("path"), str):
        return f"<code>{_text(value)}</code>"
    path = Path(str(value["path"]))
    link = escape(os.path.relpath(path, folder), quote=True)
    return f'{_picture(path, path.suffix)}<a href="{link}">{escape(path.name)}</a>'


def _picture(path: Path, suffix: str) -> str:
    """A picture as part of the page; nothing for other files, large ones, and those far away."""
    kind = _PICTURES.get(suffix)
    if kind is None or not path.is_file() or path.stat().st_size > _LARGEST_PICTURE:
        return ""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<img src="data:{kind};base64,{data}" alt="">'


def _table(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    """A table of names and what is HTML already; nothing where there are no rows."""
    if rows:
        yield f"<h2>{title}</h2>\n<table>"
        for name, shown in rows.items():
            yield f"<tr><th>{escape(name)}</th><td>{shown}</td></tr>"
        yield "</table>"


def _nodes(result: RunResult, request: Request, records: Mapping[NodeId, Record]) -> Iterator[str]:
    gates = {node.id: node.text for node in request.graph.nodes if isinstance(node, Gate)}
    yield "<h2>Nodes</h2>\n<table>"
    for node in result.nodes:
        quiet = "" if node.state is NodeState.FAILED else ' class="quiet"'
        passed = node.id in gates and node.state is NodeState.RAN
        word = "passed" if passed else node.state.value
        about = [*_about(node, gates.get(node.id)), *_results(records.get(node.id), request.store)]
        yield f"<tr{quiet}><td>{''.join(about)}{_log(node)}</td>"
        yield f'<td class="state"><span class="badge {word}">{word}</span></td>'
        yield f'<td class="time">{_time(node, result.seconds)}</td></tr>'
    yield "</table>"


def _about(node: NodeResult, gate: str | None) -> Iterator[str]:
    yield f"<strong>{escape(node.id)}</strong>"
    if node.step and node.step != node.id:
        yield f' <span class="soft">{escape(node.step)}</span>'
    if gate is not None:
        yield f' <code class="soft">{escape(gate)}</code>'
    if node.why:
        yield f'<div class="why">{escape(node.why)}</div>'


def _results(record: Record | None, store: Store) -> Iterator[str]:
    if record is None:
        return
    for name, entry in record.outputs.items():
        yield f'<div class="soft values">{escape(name)} = {_kept(entry)}</div>'
        if "value" not in entry:
            artifact = Artifact.from_json(entry)
            picture = _picture(Path(store.address(artifact)), artifact.suffix)
            if picture:
                yield f"<details><summary>{escape(artifact.name)}</summary>{picture}</details>"


def _log(node: NodeResult) -> str:
    log = _tail(node.log)
    if not log:
        return ""
    is_open = " open" if node.state is NodeState.FAILED else ""
    return f"<details{is_open}><summary>log</summary><pre>{escape(log)}</pre></details>"


def _kept(entry: Mapping[str, Json]) -> str:
    """What a record says of an output: a value as it is, an artifact by name and size."""
    if "value" in entry:
        return _text(entry["value"])
    return escape(f"{entry['name']}, {_size(entry['size'])}")


def _text(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…")


def _time(node: NodeResult, whole: float) -> str:
    """How long it took and, as a bar, when in the run that was."""
    if not node.seconds or not whole:
        return ""
    left, width = 100 * node.began / whole, 100 * node.seconds / whole
    again = f" · {node.attempts} attempts" if node.attempts > 1 else ""
    bar = f'<div class="bar {node.state}" style="left: {left:.1f}%; width: {width:.1f}%"></div>'
    return f'{node.seconds:.2f} s<span class="soft">{again}</span><div class="track">{bar}</div>'


def _size(size: Json) -> str:
    amount = float(size) if isinstance(size, int | float) else 0.0
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _tail(log: Path | None) -> str:
    """The end of a log."""
    if log is None or not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-_TAIL_LINES:])
