"""Random projects with a model that knows their results, and random edits of them.

Every step computes `(sum of its inputs + shift) % modulus`, in Python or in shell, so that the
model can say what each node gives, which keys an edit can touch, and where it is cut off early.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from hypothesis import strategies as st

Names: TypeAlias = dict[str, str]


@dataclass(frozen=True)
class Step:
    """Inputs are called `a`, `b`, ...; the last one may have a default. Not all matters to keys."""

    name: str
    inputs: int
    shift: int
    modulus: int
    shell: bool
    default: int | None = None
    env: int | None = None
    version: int | None = None
    optional: bool = False
    noise: tuple[str, ...] = ()
    docs: int = 0

    @property
    def ports(self) -> list[str]:
        return [chr(ord("a") + n) for n in range(self.inputs)]


@dataclass(frozen=True)
class Node:
    """One call. An argument is a number, the name of an earlier node, `p`, or None: the default."""

    name: str
    step: int
    arguments: tuple[int | str | None, ...]


@dataclass(frozen=True)
class Project:
    """A `.mlp` file and its module."""

    steps: tuple[Step, ...]
    nodes: tuple[Node, ...]
    parameter: int
    pipeline: str = "main"
    module: str = "work"
    layout: int = 0
    comments: int = 0
    options: str = ""
    backwards: bool = False
    spare: bool = False
    functions: Names = field(default_factory=dict)

    def values(self) -> dict[str, int]:
        """What every node gives."""
        found: dict[str, int] = {}
        for node in self.nodes:
            step = self.steps[node.step]
            found[node.name] = (sum(self.given(node, found)) + step.shift) % step.modulus
        return found

    def given(self, node: Node, values: dict[str, int]) -> list[int]:
        """The arguments of a node as numbers."""
        return [self._number(node, value, values) for value in node.arguments]

    def _number(self, node: Node, value: int | str | None, values: dict[str, int]) -> int:
        if value is None:
            default = self.steps[node.step].default
            assert default is not None
            return default
        if isinstance(value, int):
            return value
        return self.parameter if value == "p" else values[value]

    def identity(self, node: Node, values: dict[str, int]) -> tuple[object, ...]:
        """All that the key of a node may depend on; equal identities have equal keys."""
        step = self.steps[node.step]
        return (
            node.step, step.shift, step.modulus, step.env, step.version, step.optional,
            *self.given(node, values),
        )  # fmt: skip

    def write(self, folder: Path) -> Path:
        """Puts the project into a folder; the `.mlp` file."""
        for old in folder.glob("*.py"):
            old.unlink()
        (folder / f"{self.module}.py").write_text(self._python(), "utf-8")
        file = folder / "project.mlp"
        file.write_text(self._text(), "utf-8")
        return file

    def _python(self) -> str:
        parts = [f"# comment {self.comments}\n"] if self.comments else []
        for number, step in enumerate(self.steps):
            names = ", ".join(f"{port}: int" for port in step.ports)
            doc = f'    """Said {step.docs} times."""\n' if step.docs else ""
            trailing = "  # why" if self.comments else ""
            parts.append(
                f"SHIFT_{number} = {step.shift}\n\n\n"
                f"def step_{number}({names}) -> int:{trailing}\n{doc}"
                f"    total = {' + '.join(step.ports)}\n{chr(10) * self.layout}"
                f"    return (total + SHIFT_{number}) % {step.modulus}\n"
            )
        return "\n\n".join(parts)

    def _text(self) -> str:
        order = range(len(self.steps))
        steps = [self._step(n) for n in (reversed(order) if self.backwards else order)]
        if self.spare:
            steps.append('step _spare(x: Int) -> (y: Int) { run shell "echo $x > $y" }\n')
        comment = f"# comment {self.comments}\n" if self.comments else ""
        sinks = "\n".join(f"  output of_{node.name} = {node.name}.y" for node in self.nodes)
        options = f" with ({self.options})" if self.options else ""
        calls = "\n".join(self._call(node) for node in self.nodes)
        return (
            f"edition 2026\n{comment}\n" + "\n".join(steps) + f"\n{comment}"
            f"pipeline {self.pipeline}(p: Int = {self.parameter}){options} {{\n"
            f"{calls}\n{comment}\n{sinks}\n}}\n"
        )

    def _step(self, number: int) -> str:
        step = self.steps[number]
        ports = [f"{port}: Int" for port in step.ports]
        if step.default is not None:
            ports[-1] += f" = {step.default}"
        total = " + ".join(f"${port}" for port in step.ports)
        run = (
            f'run shell "echo $(( ({total} + {step.shift}) % {step.modulus} )) > $y"'
            if step.shell
            else f'run python "{self.module}:step_{number}"'
        )
        settings = [run, *step.noise]
        if step.env is not None:
            settings.append(f'env {{ MARK = "{step.env}" }}')
        if step.version is not None:
            settings.append(f'cache {{ version = "{step.version}" }}')
        doc = "## Documented.\n" * step.docs
        space = "\n" * self.layout + "  " * (self.layout + 1)
        body = f"\n{space}".join(settings)
        kind = "Int?" if step.optional else "Int"
        return f"{doc}step {step.name}({', '.join(ports)}) -> (y: {kind}) {{\n{space}{body}\n}}\n"

    def _call(self, node: Node) -> str:
        step = self.steps[node.step]
        given = ", ".join(
            f"{port} = {value if not isinstance(value, str) or value == 'p' else value + '.y'}"
            for port, value in zip(step.ports, node.arguments, strict=True)
            if value is not None
        )
        return f"  {node.name} = {step.name}({given})"


def read_by_others(project: Project, number: int) -> bool:
    """Whether a later node reads what this step gives."""
    makers = {node.name for node in project.nodes if node.step == number}
    return any(value in makers for node in project.nodes for value in node.arguments)


@st.composite
def projects(draw: st.DrawFn) -> Project:
    small = st.integers(0, 4)
    steps = []
    for number in range(draw(st.integers(1, 3))):
        inputs = draw(st.integers(1, 2))
        steps.append(
            Step(
                f"step_{number}",
                inputs,
                draw(small),
                draw(st.integers(1, 4)),
                draw(st.booleans()),
                draw(st.none() | small),
            )
        )
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 5))):
        chosen = draw(st.integers(0, len(steps) - 1))
        arguments: list[int | str | None] = []
        for place in range(steps[chosen].inputs):
            choices: list[st.SearchStrategy[int | str | None]] = [small, st.just("p")]
            if nodes:
                choices.append(st.sampled_from([node.name for node in nodes]))
            if place == steps[chosen].inputs - 1 and steps[chosen].default is not None:
                choices.append(st.none())
            arguments.append(draw(st.one_of(choices)))
        nodes.append(Node(f"node_{number}", chosen, tuple(arguments)))
    return Project(tuple(steps), tuple(nodes), draw(small))


@dataclass(frozen=True)
class Edit:
    """A project after one change, and the new names of its nodes."""

    what: str
    project: Project
    names: Names = field(default_factory=dict)

    def name(self, old: str) -> str:
        return self.names.get(old, old)


NOISE = (
    "resources { cpu = 0.5, memory = 10MB }",
    "retry { attempts = 2, backoff = linear(1ms) }",
    "timeout = 5m",
)


def _with_step(project: Project, number: int, **changed: object) -> Project:
    steps = list(project.steps)
    steps[number] = replace(steps[number], **changed)  # type: ignore[arg-type]
    return replace(project, steps=tuple(steps))


def _renamed(project: Project, old: str, new: str) -> Project:
    nodes = (
        replace(
            node,
            name=new if node.name == old else node.name,
            arguments=tuple(new if value == old else value for value in node.arguments),
        )
        for node in project.nodes
    )
    return replace(project, nodes=tuple(nodes))


def free_edits(project: Project) -> st.SearchStrategy[Edit]:
    """Edits that may change no key."""
    node = st.sampled_from(project.nodes)
    step = st.integers(0, len(project.steps) - 1)
    return st.one_of(
        node.map(
            lambda n: Edit(
                "rename a binding", _renamed(project, n.name, "other"), {n.name: "other"}
            )
        ),
        step.map(lambda n: Edit("rename a step", _with_step(project, n, name="renamed"))),
        step.map(lambda n: Edit("document a step", _with_step(project, n, docs=2))),
        st.tuples(step, st.sampled_from(NOISE)).map(
            lambda pair: Edit(pair[1], _with_step(project, pair[0], noise=(pair[1],)))
        ),
        st.sampled_from(
            [
                Edit("rename the pipeline", replace(project, pipeline="other")),
                Edit("rename the module", replace(project, module="other")),
                Edit("comment", replace(project, comments=1)),
                Edit("format", replace(project, layout=2)),
                Edit("label the pipeline", replace(project, options='labels = { team = "x" }')),
                Edit("limit the pipeline", replace(project, options="max_parallel = 1")),
                Edit("declare in another order", replace(project, backwards=True)),
                Edit("declare more", replace(project, spare=True)),
            ]
        ),
    )


def telling_edits(project: Project) -> st.SearchStrategy[Edit]:
    """Edits of one field that a key is made of."""
    step = st.integers(0, len(project.steps) - 1)
    number = st.integers(5, 9)
    edits: list[st.SearchStrategy[Edit]] = [
        number.map(lambda v: Edit("parameter", replace(project, parameter=v))),
        st.tuples(step, number).map(lambda p: Edit("code", _with_step(project, p[0], shift=p[1]))),
        st.tuples(step, number).map(
            lambda p: Edit("code below", _with_step(project, p[0], modulus=p[1]))
        ),
        st.tuples(step, number).map(lambda p: Edit("env", _with_step(project, p[0], env=p[1]))),
        st.tuples(step, number).map(
            lambda p: Edit("cache.version", _with_step(project, p[0], version=p[1]))
        ),
    ]
    defaults = [n for n, s in enumerate(project.steps) if s.default is not None]
    if defaults:
        edits.append(
            st.tuples(st.sampled_from(defaults), number).map(
                lambda p: Edit("default", _with_step(project, p[0], default=p[1]))
            )
        )
    alone = [n for n in range(len(project.steps)) if not read_by_others(project, n)]
    if alone:
        edits.append(
            st.sampled_from(alone).map(
                lambda n: Edit("output type", _with_step(project, n, optional=True))
            )
        )
    literals = [
        (at, place)
        for at, node in enumerate(project.nodes)
        for place, value in enumerate(node.arguments)
        if isinstance(value, int)
    ]
    if literals:
        edits.append(
            st.tuples(st.sampled_from(literals), number).map(
                lambda p: Edit("argument", _with_argument(project, *p[0], p[1]))
            )
        )
    return st.one_of(edits)


def _with_argument(project: Project, at: int, place: int, value: int) -> Project:
    nodes = list(project.nodes)
    arguments = list(nodes[at].arguments)
    arguments[place] = value
    nodes[at] = replace(nodes[at], arguments=tuple(arguments))
    return replace(project, nodes=tuple(nodes))
