"""Stubs of a test: which node each one stands for, and whether it gives what the node gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias, assert_never

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..syntax.unnamed import numbered
from ..types.relate import may_be_missing, present
from ..types.types import BOOL, DIR, FILE, Artifact, Dataset, ListOf, Per, Row, Type, Unknown
from .assign import Place, fits
from .closest import closest, listed
from .finding import finding
from .infer import infer
from .scope import Scope
from .values import Binding, Callee, CheckedPipeline, Kind


@dataclass(frozen=True, slots=True)
class Question:
    """An `approve`, which a stub answers with yes or no."""


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a step or pipeline, whose outputs a stub gives."""

    callee: Callee
    call: ast.Expr | None


@dataclass(frozen=True, slots=True)
class Yielding:
    """A block with a name, whose value a stub gives."""

    type: Type


_HOOK_OF = {"failure": "on_failure", "success": "on_success", "finally": "finally"}
HOOKS = frozenset(_HOOK_OF.values())
"""What the id of a node in a hook begins with, where it has no name of its own."""

Stubbed: TypeAlias = "Called | Yielding | Question"
"""What a name stands for that a stub may replace."""


def node_names(pipeline: CheckedPipeline, calls: Mapping[int, Callee]) -> dict[str, Stubbed]:
    """The names by which a test speaks of nodes: bindings, and what calls without a name run.

    Whatever a called pipeline holds stands behind its name and a dot; what a hook holds may stand
    behind the hook's, which tells apart what several hooks call.
    """
    found: dict[str, Stubbed] = {}
    numbers = numbered(pipeline.syntax)
    for hook, statement in _statements(pipeline.syntax.items):
        match statement:
            case ast.Bind(name=name, value=value):
                binding = pipeline.bindings.get(name.text)
                if binding is not None and binding.step is not None:
                    call = value.value if isinstance(value, ast.Compute) else None
                    _add(hook, name.text, Called(binding.step, call), calls, found)
                elif binding is not None and binding.kind is Kind.BLOCK:
                    found[name.text] = Yielding(binding.type)
            case ast.CallStatement(call=value):
                callee = calls.get(id(value.value))
                if callee is not None:
                    _add(hook, callee.name, Called(callee, value.value), calls, found)
            case ast.Approve():
                found[numbers[id(statement)]] = Question()
            case _:
                pass
    return found


def _add(
    hook: str, name: str, called: Called, calls: Mapping[int, Callee], found: dict[str, Stubbed]
) -> None:
    named: dict[str, Stubbed] = {name: called}
    if isinstance(called.callee, CheckedPipeline):
        inside = node_names(called.callee, calls)
        named.update((f"{name}.{inner}", stubbed) for inner, stubbed in inside.items())
    found.update(named)
    if hook:
        found.update((f"{hook}.{name}", stubbed) for name, stubbed in named.items())


def _statements(
    items: Sequence[ast.PipelineItem], hook: str = ""
) -> Iterator[tuple[str, ast.PipelineItem]]:
    """Every statement of a pipeline with the hook that it stands in, those in blocks too, in the
    order written."""
    for item in items:
        yield hook, item
        value = item.value if isinstance(item, ast.Bind) else item
        match value:
            case ast.ForBlock(body=body) | ast.PartitionBlock(body=body):
                yield from _statements(body.statements, hook)
            case ast.Hook(event=event, body=body):
                yield from _statements(body.statements, _HOOK_OF.get(event.text, ""))
            case ast.WhenBlock():
                arm: ast.WhenBlock | ast.Block | None = value
                while isinstance(arm, ast.WhenBlock):
                    yield from _statements(arm.body.statements, hook)
                    arm = arm.otherwise
                if arm is not None:
                    yield from _statements(arm.statements, hook)
            case _:
                pass


def check_stub(
    stub: ast.Stub, names: Mapping[str, Stubbed], bindings: Mapping[str, Binding], scope: Scope
) -> None:
    """Holds one stub against what its node gives; what is wrong with the call of a binding has
    been said."""
    stubbed = names.get(stub.ref.text)
    match stubbed:
        case None:
            infer(stub.value, scope)
            binding = bindings.get(stub.ref.text.partition(".")[0])
            if binding is None or not isinstance(binding.type, Unknown):
                _report_unknown(stub, names, scope)
        case Question():
            give(stub.value, BOOL, stub.ref.text, scope)
        case Called(callee):
            _check_outputs(stub, callee, scope)
        case Yielding(Per()):
            infer(stub.value, scope)
            _report_partition(stub, scope)
        case Yielding(type_):
            give(stub.value, type_, stub.ref.text, scope)
        case _:
            assert_never(stubbed)


def give(expr: ast.Expr, wanted: Type, name: str, scope: Scope) -> None:
    """A value that a test gives: of the type, or `file("…")` for anything that lies there."""
    given = _as_artifact(expr, infer(expr, scope, wanted), wanted, scope)
    fits(expr, given, wanted, Place(name), scope)


def _as_artifact(expr: ast.Expr, given: Type, wanted: Type, scope: Scope) -> Type:
    """The type of a given value, where a file counts as the artifact that is wanted."""
    inner = present(wanted)
    if given == FILE and inner != DIR and isinstance(inner, Artifact | Dataset):
        given = inner
    elif isinstance(expr, ast.ListOf) and isinstance(inner, ListOf):
        typing = scope.file.typing
        items = [_as_artifact(i, typing.of(i), inner.item, scope) for i in expr.items]
        given = inner if items and all(item == inner.item for item in items) else given
    scope.file.typing.types[id(expr)] = given
    return given


def _check_outputs(stub: ast.Stub, callee: Callee, scope: Scope) -> None:
    ports = {port.name: port for port in callee.ports}
    row = Row(None, ())
    if not isinstance(stub.value, ast.Record):
        given = infer(stub.value, scope)
        if not isinstance(given, Unknown):
            _report_no_record(stub, callee, scope)
        return
    seen: dict[str, ast.Name] = {}
    for entry in stub.value.entries:
        name = entry.key.text
        if name in seen:
            text = f"`{name}` is set twice"
            scope.file.add(finding("MLP0504", text, entry.key.span, "again here"))
        elif name in ports:
            give(entry.value, ports[name].type, name, scope)
        else:
            infer(entry.value, scope)
            _report_no_output(entry.key, callee, scope)
        seen[name] = entry.key
    missing = [p.name for p in callee.ports if p.name not in seen and not may_be_missing(p.type)]
    if missing and seen.keys() <= ports.keys():
        _report_missing(stub, callee, missing, scope)
    scope.file.typing.types[id(stub.value)] = row


def report_step(
    name: str, span: Span, label: str, names: Mapping[str, Stubbed], scope: Scope
) -> bool:
    """Reports a name that is no node's but of the step or pipeline that nodes run; False for
    others."""
    steps = {
        node: stubbed.callee
        for node, stubbed in names.items()
        if isinstance(stubbed, Called) and stubbed.callee.name == name
    }
    if not steps:
        return False
    # What a hook holds has two names.
    firsts = {id(names[node]): node for node in reversed(steps)}
    nodes = [node for node in steps if firsts[id(names[node])] == node]
    fixes = [Fix(f"write `{nodes[0]}`", (Edit(span, nodes[0]),), safe=True)]
    scope.file.add(
        finding(
            "MLP0721",
            f"the node is called `{nodes[0]}`; `{name}` is its {steps[nodes[0]].noun}"
            if len(nodes) == 1
            else f"`{name}` is a {steps[nodes[0]].noun}, which several nodes run",
            span,
            label,
            help=() if len(nodes) == 1 else (f"write {listed(nodes, 'or')}",),
            fixes=fixes if len(nodes) == 1 else (),
        )
    )
    return True


def nearest_node(name: str, names: Mapping[str, Stubbed]) -> str | None:
    """The node that was meant: the only one of this name in a called pipeline, or one whose name
    is nearly the same."""
    inside = [node for node in names if node.endswith(f".{name}")]
    only = len({id(names[node]) for node in inside}) == 1
    return inside[0] if only else closest(name, names)


def _report_unknown(stub: ast.Stub, names: Mapping[str, Stubbed], scope: Scope) -> None:
    name = stub.ref.text
    if report_step(name, stub.ref.span, "stubs go by the names of nodes", names, scope):
        return
    near = nearest_node(name, names)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(stub.ref.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0201",
            f"no node here is called `{name}`",
            stub.ref.span,
            f"did you mean `{near}`?" if near else "there is nothing to stub",
            notes=(f"the nodes are {listed(list(names)[:12])}",) if names and not near else (),
            fixes=fixes,
        )
    )


def _report_partition(stub: ast.Stub, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0301",
            f"`{stub.ref.text}` is a whole `partition`; its nodes are stubbed one by one",
            stub.ref.span,
            "a stub of a node inside counts for every partition",
        )
    )


def _outputs(callee: Callee) -> str:
    names = listed([port.name for port in callee.ports])
    return f"`{callee.name}` has {names}" if names else f"`{callee.name}` has no outputs"


def _report_no_record(stub: ast.Stub, callee: Callee, scope: Scope) -> None:
    shown = ", ".join(f"{port.name} = …" for port in callee.ports)
    scope.file.add(
        finding(
            "MLP0301",
            f"a stub gives the outputs of `{stub.ref.text}` by name",
            stub.value.span,
            "write them in braces",
            labels=(Label(callee.syntax.name.span, f"the {callee.noun} `{callee.name}`"),),
            help=(f"write `stub {stub.ref.text} = {{ {shown} }}`".replace("{  }", "{ }"),),
        )
    )


def _report_no_output(name: ast.Name, callee: Callee, scope: Scope) -> None:
    near = closest(name.text, [port.name for port in callee.ports])
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(name.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0204",
            f"the {callee.noun} `{callee.name}` has no output called `{name.text}`",
            name.span,
            f"did you mean `{near}`?" if near else "it gives nothing of this name",
            notes=(_outputs(callee),),
            fixes=fixes,
        )
    )


def _report_missing(stub: ast.Stub, callee: Callee, names: list[str], scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0210",
            f"the stub of `{stub.ref.text}` also needs {listed(names)}",
            stub.ref.span,
            "a stub gives every output of its node",
            labels=(Label(callee.syntax.name.span, f"the {callee.noun} `{callee.name}`"),),
            notes=(_outputs(callee),),
        )
    )
