"""What a step is as declared: its ports, its body and the files that travel with it."""

from __future__ import annotations

from typing import TypeAlias

from ...runtime.dataclass import dataclass
from ..source import Span
from ..types.types import Type
from .values import Expr, Literal


@dataclass(frozen=True, slots=True)
class Port:
    """A typed input or output of a step, with its place in the source."""

    name: str
    type: Type
    span: Span
    default: Literal | None = None


@dataclass(frozen=True, slots=True)
class BundledFile:
    """A file that travels in a step's bundle, at `path` inside it."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Pickled:
    """What pickled objects that a body gives may name: a digest of what that is called and does,
    and the project's modules in which it lies."""

    digest: str
    modules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PythonBody:
    """A function, the digest of all it reaches, and the files that it needs.

    `symbols` maps `file:name` to the digest of that symbol's normal form, for explanations.
    `packages` holds `name==version` of the distributions in the import closure; `needs` says of
    those that the code does not import itself which other one needs them. `pickled` is None where
    no output can hold pickled objects. `unseen` says where the code finds files or modules of
    which nobody can tell which they are.
    """

    module: str
    function: str
    digest: str
    symbols: tuple[tuple[str, str], ...]
    files: tuple[BundledFile, ...]
    packages: tuple[str, ...]
    needs: tuple[tuple[str, str], ...] = ()
    pickled: Pickled | None = None
    unseen: str | None = None


@dataclass(frozen=True, slots=True)
class ShellBody:
    """A script, dedented, and the files that it refers to."""

    text: str
    files: tuple[BundledFile, ...]


@dataclass(frozen=True, slots=True)
class ContainerBody:
    """An image and its command; operands may read the step's inputs and outputs by name."""

    image: str
    command: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class NotebookCell:
    """A cell of a notebook: `kind` is `code`, `markdown` or `raw`."""

    kind: str
    source: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotebookBody:
    """A notebook: its cells, the digest of all that their code reaches, and the files it needs.

    `path` is where it was read; `paths` are the outputs that it writes to a path it is given.
    The rest is as for a function.
    """

    path: str
    cells: tuple[NotebookCell, ...]
    paths: tuple[str, ...]
    digest: str
    symbols: tuple[tuple[str, str], ...]
    files: tuple[BundledFile, ...]
    packages: tuple[str, ...]
    needs: tuple[tuple[str, str], ...] = ()
    pickled: Pickled | None = None
    unseen: str | None = None


Body: TypeAlias = PythonBody | ShellBody | ContainerBody | NotebookBody


@dataclass(frozen=True, slots=True)
class Check:
    """`check` of a schema: a condition whose parameters are columns, and its text as written.
    `policy` is `fail` or `warn`."""

    text: str
    condition: Expr
    policy: str
    message: Expr | None


@dataclass(frozen=True, slots=True)
class Definition:
    """A step as declared: what a call of it runs.

    `checks` has those of every schema in its ports, by the file and the name of the schema.
    """

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    body: Body
    span: Span
    checks: tuple[tuple[tuple[str, str], tuple[Check, ...]], ...] = ()

    def input(self, name: str) -> Port:
        return next(port for port in self.inputs if port.name == name)

    def output(self, name: str) -> Port:
        return next(port for port in self.outputs if port.name == name)
