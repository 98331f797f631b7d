"""Tests: what each one is for, what it gives and stubs, and what it expects."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.settings import Stage
from ..types.types import BOOL, DATE, INT, STRING, Column, ListOf, Per, Row, Type, Unknown
from .closest import closest, listed
from .conditions import check_condition
from .finding import finding
from .infer import infer
from .members import value_member
from .scope import FileScope, Function, Scope
from .stubs import Stubbed, check_stub, give, nearest_node, node_names, report_step
from .values import Binding, Callee, CheckedPipeline, CheckedStep, Kind, names_of

RUN_GIVEN: dict[str, Type] = {"day": DATE, "id": STRING, "url": STRING, "hooks": BOOL}
"""What a test may say about its run."""


def check_tests(tests: Iterable[ast.Test], file: FileScope) -> None:
    """Checks every test; what each is for is kept with what calls run."""
    titles: dict[str, ast.Test] = {}
    for test in tests:
        title = str(test.title.value)
        if title in titles:
            _report_title(test, titles[title], file)
        titles.setdefault(title, test)
        subject = _subject(test.subject, file)
        if subject is None:
            continue
        file.typing.calls[id(test)] = subject
        _check_test(test, subject, Scope(file, in_pipeline=True, in_test=True))


def _subject(ref: ast.Ref, file: FileScope) -> Callee | None:
    """What a test is for: a step or pipeline of this file, or of a module."""
    name = ref.parts[0].text
    found: object = None
    if len(ref.parts) == 1:
        found = file.steps.get(name) or file.checked.get(name)
    elif len(ref.parts) == 2 and name in file.modules:
        found = value_member(file.modules[name], ref.parts[1].text)
    if isinstance(found, CheckedStep | CheckedPipeline):
        file.used.add(name)
        return found
    if name not in file.broken:
        _report_subject(ref, file)
    return None


def _check_test(test: ast.Test, subject: Callee, scope: Scope) -> None:
    nodes = _nodes(subject, scope.file) if isinstance(subject, CheckedPipeline) else {}
    seeing = replace(scope, names=_visible(subject), functions=_functions(nodes, subject))
    given: dict[str, ast.Given] = {}
    stubs: dict[str, ast.Stub] = {}
    expects = 0
    for item in test.items:
        match item:
            case ast.Given(ref=ref):
                if ref.text in given:
                    _report_twice(ref, given[ref.text].ref, scope)
                given.setdefault(ref.text, item)
                _check_given(item, subject, scope)
            case ast.Stub(ref=ref):
                if ref.text in stubs:
                    _report_twice(ref, stubs[ref.text].ref, scope)
                stubs.setdefault(ref.text, item)
                if isinstance(subject, CheckedStep):
                    infer(item.value, scope)
                    _report_step_stub(item, subject, scope)
                else:
                    check_stub(item, nodes, seeing.names, scope)
            case ast.Expect():
                expects += 1
                _check_expect(item, seeing)
    missing = [port.name for port in subject.inputs if port.wanted and port.name not in given]
    if missing:
        _report_missing(test, subject, missing, scope)


def _nodes(subject: CheckedPipeline, file: FileScope) -> dict[str, Stubbed]:
    """The names of nodes; those of pipelines in other files are known to their own typing."""
    programs = [m.program for m in file.modules.values() if m.program is not None]
    others = [p.typing.calls for program in programs for p in program.modules.values()]
    return node_names(subject, ChainMap(file.typing.calls, *others))


def _visible(subject: Callee) -> dict[str, Binding]:
    """What an `expect` may read: nodes, values and blocks of the pipeline, and its outputs."""
    ports = names_of(
        Binding(port.name, port.span, Kind.OUTPUT, port.type, Stage.RUN) for port in subject.ports
    )
    inputs = names_of(
        Binding(port.name, port.span, Kind.PARAMETER, port.type, Stage.SUBMIT)
        for port in subject.inputs
    )
    if isinstance(subject, CheckedStep):
        return {**inputs, **ports}
    top = {item.name.text for item in subject.syntax.items if isinstance(item, ast.Bind)}
    bound = {
        name: replace(binding, type=_listed(binding.type), partition=None)
        for name, binding in subject.bindings.items()
        if binding.step is not None or binding.kind is Kind.BLOCK or name in top
    }
    return {**inputs, **ports, **bound}


def _listed(type_: Type) -> Type:
    """What a partition yields, seen from outside: a list of keys and values."""
    if not isinstance(type_, Per):
        return type_
    return ListOf(Row(None, (Column("key", STRING), Column("value", type_.item))))


def _functions(nodes: Mapping[str, Stubbed], subject: Callee) -> dict[str, Function]:
    """`ran(node)` and `runs(node)`: whether a node ran, and how many times."""

    def asked(call: ast.Call, scope: Scope, result: Type) -> Type:
        argument = call.arguments[0].value if len(call.arguments) == 1 else None
        text = scope.file.text(argument.span) if argument is not None else ""
        name = text.replace(" ", "")
        span = call.span if argument is None else argument.span
        label = f"`{scope.file.text(call.callee.span)}` goes by the names of nodes"
        binding = scope.names.get(name.partition(".")[0])
        broken = binding is not None and isinstance(binding.type, Unknown)
        if name in nodes or broken:
            return result
        if not report_step(name, span, label, nodes, scope):
            near = nearest_node(name, nodes)
            fixes = []
            if near is not None and argument is not None:
                fixes.append(Fix(f"write `{near}`", (Edit(argument.span, near),), safe=True))
            scope.file.add(
                finding(
                    "MLP0201",
                    f"`{subject.name}` has no node called `{text}`",
                    span,
                    f"did you mean `{near}`?" if near else "it goes by the name of a node",
                    notes=(f"the nodes are {listed(list(nodes)[:12])}",)
                    if nodes and not near
                    else (),
                    fixes=fixes,
                )
            )
        return result

    return {
        "ran": lambda call, scope: asked(call, scope, BOOL),
        "runs": lambda call, scope: asked(call, scope, INT),
    }


def _check_given(item: ast.Given, subject: Callee, scope: Scope) -> None:
    name = item.ref.text
    port = next((port for port in subject.inputs if port.name == name), None)
    if port is not None:
        give(item.value, port.type, name, scope)
        return
    field = name.removeprefix("run.")
    if field != name and field in RUN_GIVEN:
        give(item.value, RUN_GIVEN[field], name, scope)
        return
    infer(item.value, scope)
    noun = "input" if isinstance(subject, CheckedStep) else "parameter"
    known = [*(port.name for port in subject.inputs), *(f"run.{f}" for f in RUN_GIVEN)]
    near = closest(name, known)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(item.ref.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0208",
            f"`{subject.name}` has no {noun} called `{name}`",
            item.ref.span,
            f"did you mean `{near}`?" if near else "there is nothing to give this to",
            notes=() if near else (f"a test gives {listed(known, 'or')}",),
            fixes=fixes,
        )
    )


def _check_expect(item: ast.Expect, scope: Scope) -> None:
    check_condition("expect", item.condition, infer(item.condition, scope), scope)
    if item.message is not None:
        infer(item.message, scope)
    if item.policy is not None and item.policy.text != "fail":
        scope.file.add(
            finding(
                "MLP0101",
                "a test holds or fails; it has no other way",
                item.policy.span,
                f"`{item.policy.text}` is for the gates of a pipeline",
                help=("leave `else` out",),
            )
        )


def _report_title(test: ast.Test, first: ast.Test, file: FileScope) -> None:
    file.add(
        finding(
            "MLP0504",
            f"the test `{test.title.value}` is written twice",
            test.title.span,
            "again here",
            labels=(Label(first.title.span, "first here"),),
            help=("give each test its own title",),
        )
    )


def _report_subject(ref: ast.Ref, file: FileScope) -> None:
    known = [*file.checked, *file.steps]
    near = closest(ref.text, known)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(ref.span, near),), safe=True))
    file.add(
        finding(
            "MLP0201",
            f"no pipeline or step here is called `{ref.text}`",
            ref.span,
            f"did you mean `{near}`?" if near else "a test is for a pipeline or a step",
            notes=(f"there are {listed(known[:12])}",) if known and not near else (),
            fixes=fixes,
        )
    )


def _report_twice(ref: ast.Ref, first: ast.Ref, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0504",
            f"`{ref.text}` is set twice",
            ref.span,
            "again here",
            labels=(Label(first.span, "first here"),),
        )
    )


def _report_step_stub(item: ast.Stub, subject: CheckedStep, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0201",
            f"`{subject.name}` is a step, which has no nodes to stub",
            item.ref.span,
            "the test runs the step itself",
            help=("leave the stub out, or test the pipeline",),
        )
    )


def _report_missing(test: ast.Test, subject: Callee, missing: list[str], scope: Scope) -> None:
    lines = "; ".join(f"given {name} = …" for name in missing)
    scope.file.add(
        finding(
            "MLP0210",
            f"`{subject.name}` also needs {listed(missing)}",
            test.subject.span,
            "the test does not give it" if len(missing) == 1 else "the test does not give them",
            help=(f"write `{lines}`",),
        )
    )
