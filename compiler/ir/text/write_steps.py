"""Writes the steps of a graph: each once, with its body and the checks of its schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ...types.types import schemas_of, show
from ..definitions import (
    BundledFile,
    Check,
    ContainerBody,
    Definition,
    NotebookBody,
    Pickled,
    Port,
    PythonBody,
    ShellBody,
)
from ..graph import Graph
from ..nodes import Parameter, Task
from ..values import Json
from .facts import facts
from .leaves import content_digest
from .spell import Speller, spell_json, spell_literal, spell_word

_WORDS = frozenset({"expect", "approve", "for", "when", "join"})
"""What nodes begin with that are no calls: a step of such a name is quoted."""


def spell_port(port: Port | Parameter) -> str:
    """`rounds: Int = 100`"""
    given = "" if port.default is None else f" = {spell_literal(port.default)}"
    return f"{spell_word(port.name)}: {show(port.type)}{given}"


class Definitions:
    """The step definitions of a graph in order of first use; equal ones are one."""

    def __init__(self, graph: Graph) -> None:
        self.known: list[Definition] = []
        self.labels: dict[int, str] = {}
        for node in graph.everything():
            if isinstance(node, Task) and id(node.definition) not in self.labels:
                self.labels[id(node.definition)] = self._new_label(node.definition)

    def _new_label(self, definition: Definition) -> str:
        if definition in self.known:
            return self.label(self.known[self.known.index(definition)])
        same = sum(known.name == definition.name for known in self.known)
        self.known.append(definition)
        bare = definition.name not in _WORDS
        name = spell_word(definition.name) if bare else spell_json(definition.name)
        return name + (f"#{same + 1}" if same else "")

    def lines(self) -> Iterator[str]:
        """A line for each step, and below it those of its checks."""
        for definition in self.known:
            yield f"  step {self.label(definition)} {_spelled(definition)}"
            for line in _checks(definition):
                yield f"    {line}"

    def label(self, definition: Definition) -> str:
        """The name, with a number behind it where several steps bear it."""
        return self.labels[id(definition)]


def _pickled(named: Pickled | None) -> Json:
    return {} if named is None else {"digest": named.digest, "modules": [*named.modules]}


def _spelled(definition: Definition) -> str:
    inputs = ", ".join(spell_port(port) for port in definition.inputs)
    outputs = ", ".join(spell_port(port) for port in definition.outputs)
    ports = f"({inputs}) -> ({outputs})"
    match definition.body:
        case PythonBody() as body:
            given: dict[str, Json] = {
                "digest": body.digest,
                "symbols": dict(body.symbols),
                "files": _files(body.files),
                "packages": [*body.packages],
                "needs": dict(body.needs),
                "pickled": _pickled(body.pickled),
                "unseen": body.unseen or "",
            }
            reference = spell_json(f"{body.module}:{body.function}")
            return f"python {reference} {ports}{facts(given)}"
        case NotebookBody() as body:
            given = {
                "cells": [[cell.kind, cell.source, [*cell.tags]] for cell in body.cells],
                "paths": [*body.paths],
                "digest": body.digest,
                "symbols": dict(body.symbols),
                "files": _files(body.files),
                "packages": [*body.packages],
                "needs": dict(body.needs),
                "pickled": _pickled(body.pickled),
                "unseen": body.unseen or "",
            }
            return f"notebook {spell_json(body.path)} {ports}{facts(given)}"
        case ShellBody(text, files):
            return f"shell {spell_json(text)} {ports}{facts({'files': _files(files)})}"
        case ContainerBody(image, command):
            own = (*definition.inputs, *definition.outputs)
            speller = Speller({f"${port.name}": port.type for port in own})
            words = ", ".join(speller.spell(part) for part in command)
            return f"container {spell_json(image)} {ports} [{words}]"
        case _:
            assert_never(definition.body)


def _files(files: tuple[BundledFile, ...]) -> Json:
    return {file.path: content_digest(file.content) for file in files}


def _checks(definition: Definition) -> Iterator[str]:
    """A line for each check of a schema; its columns are parameters."""
    rows = {
        (row.source, row.name): row
        for port in (*definition.inputs, *definition.outputs)
        for row in schemas_of(port.type)
    }
    for schema, checks in definition.checks:
        types = {f"${column.name}": column.type for column in rows[schema].columns}
        for check in checks:
            yield f"check {spell_word(schema[1])} {_check(check, Speller(types))}"


def _check(check: Check, speller: Speller) -> str:
    message = "" if check.message is None else f" {speller.spell(check.message, inner=True)}"
    condition = f"{speller.spell(check.condition)} else {check.policy}{message}"
    return f"{condition} as {spell_json(check.text)}"
