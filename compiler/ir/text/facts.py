"""Spells what stands in braces and lists of nodes, the same for steps, nodes and pipelines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..values import Json, NodeId
from .spell import spell_json, spell_word


def block(pairs: Iterable[tuple[str, Json]]) -> str:
    """` { timeout = 900.0 }`, or nothing."""
    given = [f"{name} = {spell_json(value)}" for name, value in pairs]
    return f" {{ {', '.join(given)} }}" if given else ""


def facts(given: Mapping[str, Json]) -> str:
    """A block of those that say something."""
    return block((name, value) for name, value in given.items() if value not in (None, {}, [], ""))


def listed(title: str, nodes: tuple[NodeId, ...]) -> str:
    """` after %a, %b`, or nothing."""
    return f" {title} " + ", ".join(f"%{spell_word(node)}" for node in nodes) if nodes else ""
