"""The page of a run: what ran, when and how long, what came out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from string import Template

from ....compiler.contract.counts import counted
from ....compiler.contract.runner import Request, RunResult
from .nodes import node_tables
from .values import output, text

_FRAME = Path(__file__).with_name("page.html")


def page(folder: Path, result: RunResult, request: Request) -> str:
    """The page of a finished run, as it is to lie in the run's folder."""
    parts = (
        *_head(result, request),
        *_outputs(result, folder),
        *_table("Parameters", {name: text(v) for name, v in request.parameters.items()}),
        *node_tables(result, request),
    )
    title = escape(f"{request.graph.name} · {result.run}")
    frame = Template(_FRAME.read_text("utf-8"))
    return frame.substitute(title=title, body="\n".join(parts))


def _head(result: RunResult, request: Request) -> Iterator[str]:
    name, status = escape(request.graph.name), result.status
    yield f'<h1>{name} <span class="badge {status}">{status}</span></h1>'
    if request.graph.doc:
        yield f"<p>{escape(request.graph.doc)}</p>"
    if result.why is not None:
        yield f'<p class="why">{escape(result.why)}</p>'
    note = getattr(request.store, "note", None)
    if note is not None:
        yield f'<p class="why">{escape(note)}</p>'
    counts = counted((node.kind, node.state.value) for node in result.nodes)
    bars = "".join(
        f'<div class="{state}" style="flex: {count}"></div>'
        for state, count in counts.tasks.items()
        if count
    )
    yield f'<div class="counts">{bars}</div>'
    facts = [request.program, f"run {result.run}", f"{result.seconds:.1f} s", counts.words]
    facts += [f"{name} = {value}" for name, value in request.graph.labels]
    yield f'<p class="soft">{" · ".join(map(escape, facts))}</p>'


def _outputs(result: RunResult, folder: Path) -> Iterator[str]:
    shown = {name: output(value, folder) for name, value in result.outputs.items()}
    yield from _table("Outputs", shown)


def _table(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    """A table of names and what is HTML already; nothing where there are no rows."""
    if rows:
        yield f"<h2>{title}</h2>\n<table>"
        for name, shown in rows.items():
            yield f"<tr><th>{escape(name)}</th><td>{shown}</td></tr>"
        yield "</table>"
