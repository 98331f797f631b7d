"""Names of nodes in tests: a binding says enough, whatever blocks and hooks are around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from ..check.stubs import HOOKS, Called, Stubbed
from ..check.values import CheckedPipeline
from ..ir.values import NodeId

_BRACKETS = re.compile(r"\[[^\]]*\]")
_WORD = re.compile(r"(?:\[[^\]]*\]|[^.\[])+")


class Names:
    """What a test may call the nodes of a pipeline, by name."""

    def __init__(self, known: Mapping[str, Stubbed]) -> None:
        self.known = known
        self._called: dict[NodeId, tuple[str, ...]] = {}

    def of(self, node: NodeId) -> tuple[str, ...]:
        """Every name of a node, the narrowest first: `m` for `trials[2].m`, `sub.fit` as it is,
        `on_failure.log` and `log` for what a hook holds."""
        if node not in self._called:
            words = self._without_blocks(node)
            wide = ".".join(word for word in words if word not in HOOKS)
            hooked = (name for name, kept in self._hooked.get(wide, ()) if _within(kept, words))
            self._called[node] = (*hooked, wide)
        return self._called[node]

    def calls(self, node: NodeId) -> Iterator[tuple[str, str]]:
        """The calls of pipelines around a node: the name of each, and which one it is."""
        wide = ""
        for found in list(_WORD.finditer(node))[:-1]:
            name = wide + _BRACKETS.sub("", found[0])
            if self._is_pipeline(name):
                yield name, node[: found.end()]
                wide = f"{name}."

    def _without_blocks(self, node: NodeId) -> tuple[str, ...]:
        *around, own = _WORD.findall(_BRACKETS.sub("", node))
        wide, kept = "", []
        for word in around:
            if self._is_pipeline(wide + word):
                wide += f"{word}."
                kept.append(word)
            elif word in HOOKS:
                kept.append(word)
        return (*kept, own)

    def _is_pipeline(self, name: str) -> bool:
        found = self.known.get(name)
        return isinstance(found, Called) and isinstance(found.callee, CheckedPipeline)

    @cached_property
    def _hooked(self) -> Mapping[str, Sequence[tuple[str, tuple[str, ...]]]]:
        """By the name without hooks: the names with them, and what of each is in the node's id."""
        found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for name in self.known:
            words = name.split(".")
            wide = ".".join(word for word in words if word not in HOOKS)
            if wide != name:
                found.setdefault(wide, []).append((name, tuple(self._in_id(words))))
        for names in found.values():
            names.sort(key=lambda entry: -entry[0].count("."))
        return found

    def _in_id(self, words: Sequence[str]) -> Iterator[str]:
        """A binding is known by its name alone; what has none, by its hook and its step."""
        for place, word in enumerate(words):
            if word in HOOKS:
                called = self.known.get(".".join(words[: place + 2]))
                if not isinstance(called, Called) or called.callee.name != words[place + 1]:
                    continue
            yield word


def _within(some: Sequence[str], all_: Sequence[str]) -> bool:
    """Whether words stand among others in the same order."""
    rest = iter(all_)
    return all(word in rest for word in some)
