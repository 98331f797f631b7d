"""Reads the steps of a graph: ports, bodies and the checks of schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from ...types.types import Row
from ..definitions import (
    Body,
    BundledFile,
    Check,
    ContainerBody,
    Definition,
    NotebookBody,
    NotebookCell,
    Pickled,
    Port,
    PythonBody,
    ShellBody,
)
from ..values import Json
from .parse_expression import Expressions
from .parse_type import parse_type
from .scan import NOWHERE, Scanner

_NUMBER = re.compile(r"#\d+")


class Steps:
    """Reads steps; `definitions` has those that it has passed, by their labels."""

    def __init__(
        self, scanner: Scanner, schemas: Mapping[str, Row], files: Mapping[str, bytes]
    ) -> None:
        self.scanner = scanner
        self.schemas = schemas
        self.files = files
        self.literals = Expressions(scanner, schemas)
        self.definitions: dict[str, Definition] = {}

    def port(self) -> Port:
        name = self.scanner.word()
        self.scanner.needs(":")
        type_ = parse_type(self.scanner, self.schemas)
        default = self.literals.literal() if self.scanner.takes("=") else None
        return Port(name, type_, NOWHERE, default)

    def label(self) -> str:
        """A step's name, with a number where several bear it."""
        return self.scanner.word() + (self.scanner.pattern(_NUMBER) or "")

    def step(self) -> None:
        """One step with its checks."""
        label, scanner = self.label(), self.scanner
        kind = scanner.needs("python", "shell", "container", "notebook")
        text = scanner.string()
        scanner.needs("(")
        inputs = tuple(scanner.listed(self.port, ")"))
        scanner.needs("->")
        scanner.needs("(")
        outputs = tuple(scanner.listed(self.port, ")"))
        body = self._body(kind, text, (*inputs, *outputs))
        checks: dict[tuple[str, str], tuple[Check, ...]] = {}
        while scanner.takes("check"):
            schema = ("", scanner.word())
            checks[schema] = (*checks.get(schema, ()), self._check(self.schemas[schema[1]]))
        name = _NUMBER.sub("", label)
        self.definitions[label] = Definition(
            name, inputs, outputs, body, NOWHERE, tuple(checks.items())
        )

    def _check(self, row: Row) -> Check:
        scanner = self.scanner
        columns = Expressions(scanner, self.schemas, {f"${c.name}": c.type for c in row.columns})
        condition = columns.expression()
        scanner.needs("else")
        policy = scanner.needs("fail", "warn")
        message = None if scanner.sees("as") else columns.expression()
        scanner.needs("as")
        return Check(scanner.string(), condition, policy, message)

    def _body(self, kind: str, text: str, ports: tuple[Port, ...]) -> Body:
        scanner = self.scanner
        if kind == "container":
            own = Expressions(scanner, self.schemas, {f"${p.name}": p.type for p in ports})
            scanner.needs("[")
            return ContainerBody(text, tuple(scanner.listed(own.expression, "]")))
        facts = scanner.block()
        files = tuple(
            BundledFile(path, self.files[cast(str, digest)])
            for path, digest in object_of(facts, "files").items()
        )
        if kind == "shell":
            return ShellBody(text, files)
        digest = cast(str, facts.get("digest", ""))
        symbols = tuple(cast("dict[str, str]", object_of(facts, "symbols")).items())
        packages = tuple(cast("list[str]", facts.get("packages", [])))
        needs = tuple(cast("dict[str, str]", object_of(facts, "needs")).items())
        pickled = _pickled(object_of(facts, "pickled"))
        unseen = cast("str | None", facts.get("unseen")) or None
        if kind == "notebook":
            rows = cast("list[tuple[str, str, list[str]]]", facts.get("cells", []))
            cells = tuple(NotebookCell(what, source, tuple(tags)) for what, source, tags in rows)
            paths = tuple(cast("list[str]", facts.get("paths", [])))
            return NotebookBody(
                text, cells, paths, digest, symbols, files, packages, needs, pickled, unseen
            )
        module, _, function = text.partition(":")
        return PythonBody(
            module, function, digest, symbols, files, packages, needs, pickled, unseen
        )


def _pickled(said: Mapping[str, Json]) -> Pickled | None:
    if not said:
        return None
    return Pickled(cast(str, said["digest"]), tuple(cast("list[str]", said["modules"])))


def object_of(facts: Mapping[str, Json], name: str) -> dict[str, Json]:
    """The object that stands under a name, empty where none does."""
    return cast("dict[str, Json]", facts.get(name, {}))
