"""Lowers a pipeline: its statements become nodes in the order written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ...runtime.artifact import Artifact
from ...runtime.dataclass import dataclass, field, replace
from ..bodies import body as sources
from ..check.values import CheckedPipeline, CheckedStep, Program
from ..check.values import Port as CheckedPort
from ..ir import meaning
from ..ir.graph import Graph
from ..ir.values import (
    Apply,
    Body,
    BundledFile,
    ContainerBody,
    Definition,
    Expr,
    Gate,
    Json,
    Literal,
    Node,
    NodeId,
    Output,
    Parameter,
    ParameterRef,
    Port,
    PythonBody,
    ShellBody,
    Task,
)
from ..source import Span
from ..syntax import ast
from ..types.types import STRING, Optional, is_artifact
from .expressions import Expressions, NotBuilt
from .settings import Layers, settings_of


class Reader(Protocol):
    """What lowering needs from the disk; the driver provides it."""

    def file(self, path: str) -> bytes:
        """A file that the program names, relative to the program's own folder."""
        ...

    def artifact(self, path: str) -> Artifact:
        """The same file as an input: its digest, and where it lies."""
        ...

    def code(self, path: Path) -> bytes:
        """A Python file or script of the project."""
        ...

    def place(self, path: Path) -> str:
        """Where a script lies relative to the program's own folder."""
        ...

    def packages(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """`name==version` of the installed distributions that provide these import names."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """A pipeline, the target whose defaults and overrides apply, and the values known now."""

    pipeline: str
    target: ast.Target | None
    kind: str
    values: Mapping[str, Literal] = field(default_factory=dict)
    environment: Mapping[str, Json] = field(default_factory=dict)


def lower(program: Program, choice: Choice, read: Reader) -> Graph:
    """The graph of a checked program without errors; call it on nothing else."""
    return _Lowering(program, choice, read).graph()


class _Lowering(Expressions):
    """One lowering: definitions made once, nodes in the order written."""

    def __init__(self, program: Program, choice: Choice, read: Reader) -> None:
        super().__init__(program, choice.values)
        self.choice = choice
        self.read = read
        self.nodes: list[Node] = []
        self.tasks: set[str] = set()
        self.definitions: dict[str, Definition] = {}
        self.gates = 0
        self.taken: set[str] = set()

    def graph(self) -> Graph:
        checked = self.program.pipelines[self.choice.pipeline]
        parameters = tuple(self.parameter(port) for port in checked.parameters)
        for parameter in parameters:
            self.names[parameter.name] = ParameterRef(parameter.type, parameter.name)
        items = checked.syntax.items
        self.taken = {item.name.text for item in items if isinstance(item, ast.Bind)}
        self.taken.update(self.program.steps)
        barrier: tuple[NodeId, ...] = ()
        outputs: list[Output] = []
        declared = {output.name.text: type_ for output, type_ in checked.outputs}
        for item in items:
            match item:
                case ast.Bind(name=name, value=ast.Compute() as compute, span=span):
                    self.names[name.text] = self.computed(compute, NodeId(name.text), barrier)
                case ast.CallStatement(call=compute):
                    assert isinstance(compute.value, ast.Call)
                    self.computed(compute, NodeId(self.callee(compute.value)), barrier)
                case ast.Expect():
                    gate = self.gate(item, barrier)
                    self.nodes.append(gate)
                    barrier = (*barrier, gate.id)
                case ast.Output(name=name, value=value, span=span):
                    type_ = declared[name.text]
                    whole = self.found(self.expression(value), value)
                    outputs.append(Output(name.text, type_, whole, span))
                case _:
                    raise AssertionError(f"the checker let {type(item).__name__} through")
        return self.finished(checked, parameters, tuple(outputs))

    def finished(
        self,
        checked: CheckedPipeline,
        parameters: tuple[Parameter, ...],
        outputs: tuple[Output, ...],
    ) -> Graph:
        options = self.options(checked.syntax.options)
        schedule = options.get("schedule")
        labels = options.get("labels")
        limit, timeout, owner = (options.get(n) for n in ("max_parallel", "timeout", "owner"))
        return Graph(
            name=checked.name,
            parameters=parameters,
            nodes=tuple(self.nodes),
            outputs=outputs,
            doc=checked.syntax.doc,
            max_parallel=limit if isinstance(limit, int) else None,
            timeout=float(timeout) if isinstance(timeout, int | float) else None,
            schedule=(str(schedule["cron"]), str(schedule["timezone"]))
            if isinstance(schedule, dict)
            else None,
            labels=tuple(sorted((k, str(v)) for k, v in labels.items()))
            if isinstance(labels, dict)
            else (),
            owner=owner if isinstance(owner, str) else None,
            spans=_option_spans(checked.syntax),
        )

    def options(self, clause: ast.WithClause | None) -> dict[str, Json]:
        """The values of a `with` clause, which are all known now."""
        if clause is None:
            return {}
        return {
            argument.name.text: self.known(argument.value)
            for argument in clause.arguments
            if argument.name is not None
        }

    # ---- statements -------------------------------------------------------------------------

    def computed(
        self, compute: ast.Compute, node: NodeId, barrier: tuple[NodeId, ...]
    ) -> Expr | Task:
        value = compute.value
        if not isinstance(value, ast.Call) or self.callee(value) not in self.program.steps:
            return self.expression(value)
        step = self.program.steps[self.callee(value)]
        definition = self.definition(step)
        given = {a.name.text: a.value for a in value.arguments if a.name is not None}
        arguments = tuple(
            (port.name, self.argument(given.get(port.name), port)) for port in definition.inputs
        )
        layers = Layers(
            step=step.syntax,
            call=compute.options,
            target=self.choice.target,
            kind=self.choice.kind,
            node=node,
            project=self.choice.environment,
        )
        task = Task(
            id=node,
            definition=definition,
            arguments=arguments,
            settings=settings_of(layers, self.known, self.read.file),
            after=tuple(dict.fromkeys(self.after(compute.after))),
            gates=barrier,
            span=compute.span,
        )
        self.nodes.append(task)
        self.tasks.add(node)
        return task

    def after(self, refs: tuple[ast.Ref, ...]) -> list[NodeId]:
        """The nodes that are waited for; a bare call is known by its step's name."""
        return [NodeId(ref.parts[0].text) for ref in refs if ref.parts[0].text in self.tasks]

    def argument(self, given: ast.Expr | None, port: Port) -> Expr:
        if given is not None:
            return self.found(self.expression(given), given)
        return port.default or Literal(Optional(port.type), None)

    def found(self, value: Expr, written: ast.Expr) -> Expr:
        """The value with every file that the program names as an artifact found there."""
        match value:
            case Literal(type_, str(path)) if is_artifact(type_):
                if "://" in path:
                    raise NotBuilt("files at a URL are", written)
                return Literal(type_, self.read.artifact(path).to_json())
            case Apply(operands=operands):
                return replace(value, operands=tuple(self.found(o, written) for o in operands))
            case _:
                return value

    def gate(self, item: ast.Expect, barrier: tuple[NodeId, ...]) -> Gate:
        self.gates += 1
        name = f"expect_{self.gates}"
        while name in self.taken:
            name += "_"
        return Gate(
            id=NodeId(name),
            condition=self.expression(item.condition),
            policy=item.policy.text if item.policy is not None else "fail",
            message=None if item.message is None else self.expression(item.message),
            text=" ".join(self.source.slice(item.condition.span).split()),
            after=(),
            gates=barrier,
            span=item.span,
        )

    # ---- definitions ------------------------------------------------------------------------

    def definition(self, step: CheckedStep) -> Definition:
        if step.name not in self.definitions:
            self.definitions[step.name] = Definition(
                name=step.name,
                inputs=tuple(self.port(port) for port in step.inputs),
                outputs=tuple(self.port(port) for port in step.outputs),
                body=self.body(step),
                span=step.syntax.name.span,
            )
        return self.definitions[step.name]

    def port(self, port: CheckedPort) -> Port:
        return Port(port.name, port.type, port.span, self.default(port))

    def default(self, port: CheckedPort) -> Literal | None:
        if port.default is None:
            return None
        folded = meaning.fold(self.expression(port.default), {})
        found = self.found(folded, port.default)
        assert isinstance(found, Literal), "the checker lets only known defaults through"
        return meaning.widened(found, port.type)

    def parameter(self, port: CheckedPort) -> Parameter:
        doc = next(
            (
                p.doc
                for p in self.program.pipelines[self.choice.pipeline].syntax.parameters
                if p.name.text == port.name
            ),
            None,
        )
        return Parameter(port.name, port.type, self.default(port), port.span, doc)

    def body(self, step: CheckedStep) -> Body:
        match step.kind:
            case "python":
                assert isinstance(step.source, sources.PythonBody)
                return _python(step.source, self.read)
            case "shell":
                assert isinstance(step.source, sources.ShellBody)
                return _shell(step.body_text or "", step.source, self.read)
            case "container":
                return self.container(step)
            case _:
                raise AssertionError(f"the checker let a {step.kind} body through")

    def container(self, step: CheckedStep) -> ContainerBody:
        ports = (*step.inputs, *step.outputs)
        before = dict(self.names)
        self.names.update((port.name, ParameterRef(port.type, port.name)) for port in ports)
        run = step.syntax.runs[0]
        command: tuple[Expr, ...] = ()
        for setting in run.settings:
            if isinstance(setting, ast.SetValue) and setting.key.text == "command":
                listed = self.expression(setting.value)
                match listed:
                    case Apply(operator="list", operands=operands):
                        command = operands
                    case Literal(value=list(items)):
                        command = tuple(Literal(STRING, item) for item in items)
                    case _:
                        raise AssertionError("the checker wants a list for `command`")
        self.names = before
        return ContainerBody(str(self.known(step.body)), command)


def _option_spans(pipeline: ast.Pipeline) -> tuple[tuple[str, Span], ...]:
    """Where each option of a pipeline was written, and the pipeline's own name."""
    named = pipeline.options.arguments if pipeline.options is not None else ()
    options = ((a.name.text, a.span) for a in named if a.name is not None)
    return (("", pipeline.name.span), *options)


def _python(source: sources.PythonBody, read: Reader) -> PythonBody:
    module, _, function = source.reference.partition(":")
    return PythonBody(
        module=module,
        function=function,
        digest=source.digest,
        symbols=tuple(sorted(source.code.table.items())),
        files=tuple(
            BundledFile(f"code/{_place(name, path)}", read.code(path))
            for name, path in source.closure.files
        ),
        packages=read.packages(source.closure.third_party),
    )


def _place(module: str, path: Path) -> str:
    """Where a module lies below a folder that is on Python's path."""
    base = module.replace(".", "/")
    return f"{base}/__init__.py" if path.name == "__init__.py" else f"{base}.py"


def _shell(text: str, source: sources.ShellBody, read: Reader) -> ShellBody:
    scripts = source.scripts
    return ShellBody(
        text, tuple(BundledFile(f"code/{read.place(path)}", read.code(path)) for path, _ in scripts)
    )
