"""Noise: marks the nodes of a run whose results are not the only ones that their work has given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...compiler.contract.runner import Made, NodeResult
from ...compiler.ir.values import NodeId
from ...runtime.folder import FolderStore


def marked(
    nodes: tuple[NodeResult, ...], made: Mapping[NodeId, Made], store: FolderStore
) -> tuple[NodeResult, ...]:
    """The nodes, each with the outputs that came out otherwise when its key was computed again."""
    keys = {name: each.key for name, each in made.items() if each.key}
    found = store.noisy(dict.fromkeys(keys.values()))
    if not found:
        return nodes
    noisy = {name: found[key] for name, key in keys.items() if key in found}
    return tuple(replace(node, noisy=noisy.get(node.id, ())) for node in nodes)
