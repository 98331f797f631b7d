"""What lowering needs from the disk; the driver provides it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ...runtime.artifact import Artifact
from ..bodies.body import BodySource
from ..bodies.problem import BodyProblem

if TYPE_CHECKING:
    from ..bodies.distributions import Installed


class Reader(Protocol):
    """Reads for one `.mlp` file; `of` gives the reader of another one."""

    def of(self, module: str) -> Reader:
        """The reader of the file whose source has this name."""
        ...

    def file(self, path: str) -> bytes:
        """A file that the program names, relative to the program's own folder."""
        ...

    def place_of(self, path: str) -> str:
        """Where such a file lies from the folder of the program that is run, whoever names it."""
        ...

    def artifact(self, path: str) -> Artifact:
        """The same file as an input: its digest, and where it lies."""
        ...

    def body(self, reference: str) -> BodySource | BodyProblem:
        """The function that `module:function` names, read and never imported."""
        ...

    def code(self, path: Path) -> bytes:
        """A Python file or script of the project."""
        ...

    def place(self, path: Path) -> str:
        """Where a script lies relative to the program's own folder."""
        ...

    def packages(self, names: tuple[str, ...]) -> Installed:
        """The installed distributions that provide these import names, and what they need."""
        ...
