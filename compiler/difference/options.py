"""What is different about a pipeline as a whole and its project: schedule, labels, `mlp.toml`."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir.graph import Graph
from ..ir.values import Json
from .phrase import Name, Phrase
from .sight import Sight
from .spelling import became, setting_text
from .values import Category, Change, Version


def option_changes(sight: Sight) -> Iterator[Change]:
    """What is said of the pipeline as a whole, none of which is in a key."""
    was, now = sight.old.variant.graph, sight.new.variant.graph
    places = dict(now.spans)
    options: list[tuple[str, Json, Json]] = [
        ("owner", was.owner, now.owner),
        ("schedule", _schedule(was), _schedule(now)),
        ("timeout", was.timeout, now.timeout),
        ("max_parallel", was.max_parallel, now.max_parallel),
    ]
    labels = dict(was.labels), dict(now.labels)
    options += [
        (f"labels.{name}", labels[0].get(name), labels[1].get(name))
        for name in sorted(labels[0].keys() | labels[1].keys())
    ]
    for name, one, two in options:
        if one != two:
            texts = setting_text(name, one), setting_text(name, two)
            span = places.get(name.partition(".")[0]) or places.get("")
            phrase: Phrase = (Name(name), " of the pipeline", *became(*texts))
            place = None if span is None else sight.new.place(span)
            yield Change(Category.OPERATIONAL, f"pipeline.{name}", phrase, *texts, place)


def _schedule(graph: Graph) -> Json:
    return None if graph.schedule is None else f"{graph.schedule[0]} ({graph.schedule[1]})"


def project_changes(a: Version, b: Version) -> Iterator[Change]:
    """What `mlp.toml` says beside environments, which are in the keys of the steps."""
    for name in sorted(a.project.keys() | b.project.keys()):
        one, two = a.project.get(name), b.project.get(name)
        if one == two:
            continue
        section, _, key = name.partition(".")
        category = Category.OPERATIONAL
        if name == "project.zone" and b.reads_day:
            category = Category.SEMANTIC
        elif name == "project.name":
            category = Category.COSMETIC
        texts = setting_text("", one), setting_text("", two)
        phrase: Phrase = (Name(key), " in ", Name(f"[{section}]"), " of ", Name("mlp.toml"))
        yield Change(category, f"mlp.toml.{name}", (*phrase, *became(*texts)), *texts)
