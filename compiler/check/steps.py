"""Step declarations: signature, the one `run` line, settings, and the blocks for single targets."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ...runtime.dataclass import replace
from ..bodies.body import BodySource
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import present
from ..types.settings import Stage
from ..types.types import STRING, Secret, Unknown
from .assign import Place, fits
from .blocks import check_settings
from .closest import closest, listed
from .container_body import check_both_ways, check_command
from .finding import finding
from .fold import folded_text
from .images import check_image
from .infer import infer
from .keys import COMMANDS, Owner
from .notebook_body import check_notebook
from .patches import check_patch
from .ports import parameter_ports, report_taken
from .python_body import check_python
from .scope import FileScope, Scope
from .secrets import report_misplaced_secret
from .settings import CONTAINER_OPTIONS, STEP_SETTINGS
from .shell_body import check_shell, check_shell_names
from .stages import in_time
from .typenames import resolve
from .values import Binding, BodyReader, CheckedStep, Kind, Port, TargetFacts, names_of

KINDS = ("python", "shell", "notebook", "container")
_KINDS_ELSEWHERE = {
    "bash": "shell", "sh": "shell", "cmd": "shell", "command": "shell", "script": "shell",
    "py": "python", "python3": "python", "function": "python", "docker": "container",
    "image": "container", "jupyter": "notebook", "ipynb": "notebook",
}  # fmt: skip
_METHOD = re.compile(r"[\w.]+:\w+(\.\w+)+")
_REFERENCE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def declare_step(step: ast.Step, scope: FileScope) -> CheckedStep:
    """The signature of a step, and whether it has the one `run` line."""
    inputs = parameter_ports(step.parameters, scope)
    outputs = []
    seen: dict[str, Span] = {}
    for output in step.outputs:
        name = output.name
        if name.text in seen:
            report_taken(name, seen[name.text], "the first output of this name", scope)
            continue
        seen[name.text] = name.span
        type_ = resolve(output.type, scope)
        if isinstance(present(type_), Secret):
            report_misplaced_secret(output.type.span, scope)
            type_ = Unknown()
        outputs.append(Port(name.text, type_, output.span, None, output.type.span))
    if not step.runs:
        # `command = "…"` is reported where it stands, and its message says the same.
        if not any(setting.key.text in COMMANDS for setting in step.settings):
            _report_no_run(step, scope)
        return _unusable(step, inputs, tuple(outputs), scope)
    for second in step.runs[1:]:
        scope.add(
            finding(
                "MLP0501",
                f"step `{step.name.text}` has two `run` lines",
                second.span,
                "again here",
                labels=(Label(step.runs[0].span, "first here"),),
                help=("make two steps of it",),
            )
        )
    run = step.runs[0]
    return CheckedStep(
        scope.source.name,
        step,
        step.name.text,
        inputs,
        tuple(outputs),
        run.kind.text,
        run.body,
        None,
        None,
    )


def _report_no_run(step: ast.Step, scope: FileScope) -> None:
    scope.add(
        finding(
            "MLP0501",
            f"step `{step.name.text}` has no `run` line",
            step.name.span,
            "nothing says what it runs",
            help=(
                'write for example `run python "package.module:function"`',
                'or `run shell """…"""`',
            ),
        )
    )


def _unusable(
    step: ast.Step, inputs: tuple[Port, ...], outputs: tuple[Port, ...], scope: FileScope
) -> CheckedStep:
    """A step without a body, so that calls of it are still checked."""
    nothing = ast.Literal(step.name.span, "", "")
    return CheckedStep(
        scope.source.name, step, step.name.text, inputs, outputs, "", nothing, None, None
    )


def check_step(
    step: CheckedStep,
    scope: FileScope,
    targets: Mapping[str, TargetFacts],
    bodies: BodyReader | None,
) -> CheckedStep:
    """Checks body and settings of a declared step; answers with what the body is."""
    syntax = step.syntax
    inner = _inside(step, scope)
    check_settings(syntax.settings, STEP_SETTINGS, Owner(f"step {step.name}"), inner)
    _lint_effects(syntax, scope)
    for patch in syntax.patches:
        check_patch(patch, inner, targets)
    if not syntax.runs:
        return step
    text, source = _check_run(step, syntax.runs[0], inner, bodies)
    return replace(step, body_text=text, source=source)


def _inside(step: CheckedStep, scope: FileScope) -> Scope:
    """What a step's settings and command see: its inputs, and the paths of its outputs."""
    outputs = (
        Binding(port.name, port.span, Kind.OUTPUT, STRING, Stage.RUN) for port in step.outputs
    )
    inputs = (
        Binding(port.name, port.span, Kind.INPUT, port.type, Stage.RUN) for port in step.inputs
    )
    return Scope(scope, {**names_of(outputs), **names_of(inputs)})


def _check_run(
    step: CheckedStep, run: ast.Run, inner: Scope, bodies: BodyReader | None
) -> tuple[str | None, BodySource | None]:
    scope = inner.file
    kind = run.kind.text
    if kind not in KINDS:
        near = _KINDS_ELSEWHERE.get(kind) or closest(kind, KINDS)
        fixes = []
        if near is not None:
            fixes.append(Fix(f"write `{near}`", (Edit(run.kind.span, near),), safe=True))
        scope.add(
            finding(
                "MLP0101",
                f"expected {listed(KINDS, 'or')} here",
                run.kind.span,
                f"did you mean `{near}`?" if near else "there is no such body",
                fixes=fixes,
            )
        )
        return None, None
    rules = CONTAINER_OPTIONS if kind == "container" else ()
    check_settings(run.settings, rules, Owner(f"run {kind}"), inner)
    text = _body_text(run, inner)
    if kind == "notebook":
        _check_output_names(step, scope)
        return text, None if text is None else check_notebook(step, text, run, scope, bodies)
    if kind == "python":
        _check_output_names(step, scope)
        if text is not None and _is_reference(text, run, scope):
            return text, check_python(step, text, run, scope, bodies)
        return text, None
    check_both_ways(step, scope)
    check_shell_names(step, scope)
    if kind == "container":
        check_command(step, run, inner)
        if text is not None:
            check_image(run.body, inner)
        return text, None
    return text, None if text is None else check_shell(step, text, run, scope, bodies)


def _body_text(run: ast.Run, inner: Scope) -> str | None:
    """The text of the run line, None after saying why it is not known when compiling."""
    body = run.body
    if isinstance(body, ast.Literal) and isinstance(body.value, str):
        inner.file.typing.types[id(body)] = STRING
        return body.value
    plain = Scope(inner.file)
    type_ = infer(body, plain)
    if isinstance(type_, Unknown):
        return None
    if not fits(body, type_, STRING, Place(f"run {run.kind.text}"), plain):
        return None
    if not in_time(body, Stage.COMPILE, "what a step runs", plain):
        return None
    return folded_text(body, inner.file)


def _is_reference(text: str, run: ast.Run, scope: FileScope) -> bool:
    if _REFERENCE.fullmatch(text):
        return True
    fixes = []
    head, dot, tail = text.rpartition(".")
    if dot and _REFERENCE.fullmatch(f"{head}:{tail}") and isinstance(run.body, ast.Literal):
        edit = Edit(run.body.span, f'"{head}:{tail}"')
        fixes.append(Fix(f"write `{head}:{tail}`", (edit,), safe=False))
    label = "a colon stands between module and function"
    help_: tuple[str, ...] = ()
    if _METHOD.fullmatch(text):
        label = "a body is a function at the top of its module"
        help_ = ("write a function there that calls the method",)
    scope.add(
        finding(
            "MLP0101",
            "expected `package.module:function` here",
            run.body.span,
            label,
            help=help_,
            fixes=fixes,
        )
    )
    return False


def _check_output_names(step: CheckedStep, scope: FileScope) -> None:
    for parameter in step.syntax.parameters:
        if parameter.name.text.startswith("out_"):
            scope.add(
                finding(
                    "MLP0202",
                    f"`{parameter.name.text}` is already taken",
                    parameter.name.span,
                    "`out_…` parameters are the paths of outputs",
                    help=("give the input another name",),
                )
            )


def _lint_effects(step: ast.Step, scope: FileScope) -> None:
    """A step that changes the outside world and is run again after a failure."""
    effects = next((s for s in step.settings if s.key.text == "effects"), None)
    retry = next((s for s in step.settings if s.key.text == "retry"), None)
    if not isinstance(effects, ast.SetValue) or retry is None:
        return
    if not isinstance(effects.value, ast.Literal) or effects.value.value is not True:
        return
    scope.add(
        finding(
            "MLP1011",
            f"`{step.name.text}` has effects but may be retried",
            retry.key.span,
            "its effect may happen twice",
            labels=(Label(effects.key.span, "it changes the outside world"),),
            help=("the body can tell by the environment variable `MLP_IDEMPOTENCY_KEY`",),
        )
    )
