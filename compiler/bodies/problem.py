"""What can be wrong with a body's code: a closed union of values; `check` finds the words."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from ...runtime.dataclass import dataclass


class Refusal(Enum):
    """Why a module that exists is not read."""

    OUTSIDE = "it lies outside the project"
    TOO_LARGE = "it is too large"
    UNREADABLE = "it cannot be read"
    TOO_DEEP = "it is nested too deeply"
    TOO_MUCH = "one compile reads at most 5,000 files and 50 MB"


class Unsuitable(Enum):
    """Why a function that exists cannot be the body of a step."""

    ASYNC = "async"
    GENERATOR = "generator"


class Bound(Enum):
    """What a module binds to a name that is not a function."""

    CLASS = "class"
    VALUE = "value"
    FOREIGN = "imported from outside the project"


@dataclass(frozen=True, slots=True)
class ReferenceMalformed:
    """A reference that is not `package.module:function`."""

    reference: str


@dataclass(frozen=True, slots=True)
class ModuleMissing:
    """No root holds the module; `nearest` are existing dotted names, best first."""

    module: str
    searched: tuple[Path, ...]
    nearest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModuleTwice:
    """Two roots hold the module (or one of the packages on the way to it)."""

    module: str
    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ModuleRefused:
    """The module exists and is not read."""

    module: str
    path: Path
    reason: Refusal


@dataclass(frozen=True, slots=True)
class ModuleBroken:
    """The module is not Python; line and column count from 1."""

    module: str
    path: Path
    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class FunctionMissing:
    """The module has no such function; `found` says what else bears the name, at `line`."""

    module: str
    function: str
    path: Path
    nearest: tuple[str, ...]
    found: Bound | None
    line: int | None


@dataclass(frozen=True, slots=True)
class FunctionUnsuitable:
    """The function is a coroutine or a generator, which no step can call."""

    module: str
    function: str
    path: Path
    line: int
    kind: Unsuitable


@dataclass(frozen=True, slots=True)
class NotebookBroken:
    """The file cannot be run as a notebook; `message` completes "cannot read it: …"."""

    path: Path
    message: str


ModuleProblem = ModuleMissing | ModuleTwice | ModuleRefused | ModuleBroken
BodyProblem = ReferenceMalformed | ModuleProblem | FunctionMissing | FunctionUnsuitable
