"""A comparison as plain data for machines: the object of `mlp diff --format json`, version 1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from .phrase import plain
from .values import (
    ORDER,
    Again,
    Change,
    Difference,
    FileDifference,
    Place,
    Refusal,
    Rename,
    Rerun,
    TargetDifference,
)

Object = dict[str, object]


class Named(Protocol):
    """One side of a comparison: what it is, and how the user calls it."""

    @property
    def name(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def commit(self) -> str | None: ...


def comparison_to_json(a: Named, b: Named, found: Sequence[FileDifference]) -> Object:
    """Keys are only ever added. Paths are from the root of each side, lines and columns from 1."""
    pipelines = [one for each in found for one in each.pipelines]
    changes = Counter(c.category.value for one in pipelines for c in one.changes)
    again = Counter(rerun.state.value for one in pipelines for rerun in one.reruns)
    return {
        "version": 1,
        "a": _side(a),
        "b": _side(b),
        "files": [_file(each) for each in found],
        "totals": {
            **{category.value: changes[category.value] for category in ORDER},
            "breaking": sum(c.breaks for one in pipelines for c in one.changes),
            "steps": sum(one.tasks for one in pipelines),
            **{state.value: again[state.value] for state in Again},
        },
    }


def _side(side: Named) -> Object:
    return {"name": side.name, "kind": side.kind, "commit": side.commit}


def _file(each: FileDifference) -> Object:
    return {
        "file": each.now,
        "was": each.was,
        "same": each.same,
        "pipelines": [_pipeline(one) for one in each.pipelines],
        "added": list(each.added),
        "removed": list(each.removed),
        "refused": [_refusal(one) for one in each.refused],
    }


def _refusal(one: Refusal) -> Object:
    return {
        "side": "b" if one.later else "a",
        "name": one.name,
        "diagnostics": [dict(diagnostic) for diagnostic in one.diagnostics],
    }


def _pipeline(one: Difference) -> Object:
    return {
        "name": one.name,
        "was": one.was,
        "category": None if one.reach is None else one.reach.value,
        "breaking": one.breaks,
        "changes": [_change(change) for change in one.changes],
        "renames": [_rename(rename) for rename in one.renames],
        "steps": one.tasks,
        "reruns": [_rerun(rerun) for rerun in one.reruns],
        "targets": [_target(target) for target in one.targets],
        "not_compared": [plain(phrase) for phrase in one.unseen],
    }


def _change(change: Change) -> Object:
    return {
        "category": change.category.value,
        "breaking": change.breaks,
        "part": change.part,
        "text": plain(change.phrase),
        "was": change.was,
        "now": change.now,
        "nodes": list(change.nodes),
        "targets": list(change.targets),
        "file": None if change.place is None else change.place.file,
        "span": None if change.place is None else span_to_json(change.place),
    }


def span_to_json(place: Place) -> Mapping[str, object]:
    """Where something stands; of a line without columns all of it, to the start of the next."""
    if place.column is None or place.end_line is None or place.end_column is None:
        return {
            "start": {"line": place.line, "column": 1},
            "end": {"line": place.line + 1, "column": 1},
        }
    return {
        "start": {"line": place.line, "column": place.column},
        "end": {"line": place.end_line, "column": place.end_column},
    }


def _rename(rename: Rename) -> Object:
    return {"kind": rename.kind, "was": rename.was, "now": rename.now}


def _rerun(rerun: Rerun) -> Object:
    return {
        "id": rerun.node,
        "state": rerun.state.value,
        "new": rerun.new,
        "text": plain(rerun.why),
    }


def _target(target: TargetDifference) -> Object:
    return {
        "name": target.name,
        "kind": target.kind,
        "effect": target.effect.value,
        "text": plain(target.phrase),
        "documents": list(target.documents),
        "reruns": [_rerun(rerun) for rerun in target.reruns],
        "refusals": [{"code": code, "message": text} for code, text in target.refusals],
    }
