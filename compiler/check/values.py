"""What checking makes of a file: steps, pipelines and the type of every expression."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Protocol, TypeAlias

from ...runtime.dataclass import dataclass, field
from ..bodies.body import BodySource, PythonBody, ShellBody
from ..bodies.notebook import NotebookBody
from ..bodies.problem import BodyProblem, ModuleProblem, NotebookBroken
from ..source import Source, Span
from ..syntax import ast
from ..types.relate import may_be_missing
from ..types.settings import SettingRule, Stage
from ..types.types import UNKNOWN, Partitioning, Row, Type


class BodyReader(Protocol):
    """Reads the code of step bodies; the driver's, since it looks at files. Never runs any."""

    def body(self, reference: str) -> PythonBody | BodyProblem:
        """The function that `module:function` names."""
        ...

    def script(self, text: str) -> ShellBody:
        """A script and the files it runs."""
        ...

    def notebook(self, path: str) -> NotebookBody | NotebookBroken | ModuleProblem:
        """A notebook that is there, by its path as written."""
        ...


@dataclass(frozen=True, slots=True)
class FileFact:
    """Whether a file that the source names is there; `tried` is where it was looked for.

    `folder` says that a folder is what is there, `outside` that nobody looked: the path leaves the
    project.
    """

    exists: bool
    tried: str
    nearest: str | None = None
    folder: bool = False
    outside: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a step, or a parameter of a pipeline; `span` covers all of it."""

    name: str
    type: Type
    span: Span
    default: ast.Expr | None
    type_span: Span

    @property
    def wanted(self) -> bool:
        """Whether a call must say it."""
        return self.default is None and not may_be_missing(self.type)


@dataclass(frozen=True, slots=True)
class CheckedStep:
    """A step whose signature is resolved. `body_text` is None where the text is not known now.

    `module` is the source that declares it: what its defaults and settings mention stands there.
    """

    module: str
    syntax: ast.Step
    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    kind: str
    body: ast.Expr
    body_text: str | None
    source: BodySource | None

    @property
    def noun(self) -> str:
        return "step"

    @property
    def ports(self) -> tuple[Port, ...]:
        """What a call hands out."""
        return self.outputs

    def input(self, name: str) -> Port | None:
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str) -> Port | None:
        return next((port for port in self.outputs if port.name == name), None)


@dataclass(frozen=True, slots=True)
class CheckedPipeline:
    """A pipeline whose signature is resolved; `module` is the source that declares it.

    `ports` are its outputs as a caller sees them. `bindings` has every name bound in it, those in
    blocks too. `holds` says where its first gate, `for`, hook … stands, by that word, and counts
    those of pipelines that it calls.
    """

    module: str
    syntax: ast.Pipeline
    name: str
    parameters: tuple[Port, ...]
    outputs: tuple[tuple[ast.Output, Type], ...]
    ports: tuple[Port, ...] = ()
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    holds: Mapping[str, Span] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return "pipeline"

    @property
    def inputs(self) -> tuple[Port, ...]:
        return self.parameters

    def output(self, name: str) -> Port | None:
        return next((port for port in self.ports if port.name == name), None)


Callee: TypeAlias = "CheckedStep | CheckedPipeline"


class Kind(Enum):
    """What a name stands for; the value completes "`x` is …"."""

    PARAMETER = "a parameter"
    CONSTANT = "a constant"
    INPUT = "an input"
    OUTPUT = "an output"
    COLUMN = "a column"
    NODE = "a node"
    VALUE = "a value"
    BLOCK = "a block"
    VARIABLE = "a loop variable"
    PARTITION = "a partition"


@dataclass(frozen=True, slots=True)
class Binding:
    """A name that has a value.

    `step` is what a node runs. `made` is the expression behind a value or a loop variable, and
    `partition` how the block is divided in which the name is bound.
    """

    name: str
    span: Span
    kind: Kind
    type: Type
    stage: Stage
    step: CheckedStep | CheckedPipeline | None = None
    made: ast.Expr | None = None
    partition: Partitioning | None = None


def names_of(bindings: Iterable[Binding]) -> dict[str, Binding]:
    return {binding.name: binding for binding in bindings}


@dataclass(frozen=True, slots=True)
class Known:
    """A value of the language, as `runtime/values.py` holds it."""

    value: object


@dataclass(frozen=True, slots=True)
class CheckedConstant:
    """A constant with its type; `known` is None where it has no value yet, as `dataset(…)` has not.

    What it is made of stands in `module`, the source that declares it.
    """

    module: str
    syntax: ast.Constant
    type: Type
    stage: Stage
    known: Known | None


@dataclass(slots=True)
class Typing:
    """The type and stage of every checked expression, by the node's identity.

    `types` also has the value of every block that yields; `calls` what each call runs; `constants`
    what a name or a path stands for that is a constant of another file; `overrides` the step that
    an override names.
    """

    types: dict[int, Type] = field(default_factory=dict)
    stages: dict[int, Stage] = field(default_factory=dict)
    calls: dict[int, CheckedStep | CheckedPipeline] = field(default_factory=dict)
    constants: dict[int, CheckedConstant] = field(default_factory=dict)
    overrides: dict[int, CheckedStep] = field(default_factory=dict)

    def of(self, expr: ast.Expr) -> Type:
        """The expression's type; unknown after a mistake and in parts that were not checked."""
        return self.types.get(id(expr), UNKNOWN)

    def stage(self, expr: ast.Expr) -> Stage:
        """When the expression's value is known."""
        return self.stages.get(id(expr), Stage.COMPILE)

    def latest(self, expressions: Iterable[ast.Expr]) -> Stage:
        return max((self.stage(e) for e in expressions), default=Stage.COMPILE)


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What a target block of one kind may say: its own keys and those inside steps."""

    kind: str
    title: str
    settings: Sequence[SettingRule]
    step_settings: Sequence[SettingRule]


@dataclass(frozen=True, slots=True)
class Program:
    """A checked file. Complete only where the report has no errors.

    Its declarations are its own: what it takes from other files is in `typing`. `modules` are all
    files that were loaded with it, itself included, by the name of their source; `checks` are those
    of each schema that has some.
    """

    source: Source
    file: ast.File
    constants: Mapping[str, ast.Constant]
    schemas: Mapping[str, Row]
    steps: Mapping[str, CheckedStep]
    pipelines: Mapping[str, CheckedPipeline]
    targets: Mapping[str, ast.Target]
    typing: Typing
    values: Mapping[str, CheckedConstant] = field(default_factory=dict)
    checks: Mapping[str, tuple[ast.Check, ...]] = field(default_factory=dict)
    modules: Mapping[str, Program] = field(default_factory=dict, repr=False, compare=False)
