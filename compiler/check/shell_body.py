"""Shell bodies: variables that nobody sets, and names that would break the shell."""

from __future__ import annotations

from ..bodies.body import BodySource, ShellBody
from ..bodies.shell import Shell, Variable, read_shell
from ..diagnostics.diagnostic import Edit, Fix
from ..source import Span
from ..syntax import ast
from .closest import closest
from .finding import finding
from .scope import FileScope
from .values import BodyReader, CheckedStep

_RESERVED = frozenset(
    "PATH HOME IFS SHELL PWD OLDPWD USER TMPDIR ENV BASH_ENV BASHOPTS SHELLOPTS EUID UID PPID "
    "LC_ALL LANG TZ OMP_NUM_THREADS CDPATH GLOBIGNORE PS4 RANDOM SECONDS LINENO OPTARG OPTIND "
    "REPLY _".split()
)
_RESERVED_STARTS = ("LD_", "DYLD_", "PYTHON", "AWS_", "MLP_", "BASH_")
_GIVEN = _RESERVED | frozenset(("HOSTNAME", "HOSTTYPE", "OSTYPE", "FUNCNAME", "BASH", "LOGNAME"))


def breaks_the_shell(name: str) -> bool:
    """Whether a variable of this name means something to the shell or to a body's environment."""
    return name in _RESERVED or name.startswith(_RESERVED_STARTS)


def check_shell_names(step: CheckedStep, scope: FileScope) -> None:
    """Inputs and outputs become variables: some names are not theirs to take."""
    for port in (*step.inputs, *step.outputs):
        if breaks_the_shell(port.name):
            span = Span(port.span.file, port.span.start, port.span.start + len(port.name))
            scope.add(
                finding(
                    "MLP0202",
                    f"`{port.name}` is already taken",
                    span,
                    f"`${port.name}` has a meaning of its own in a body",
                    help=("give it another name, best in small letters",),
                )
            )


def check_shell(
    step: CheckedStep, text: str, run: ast.Run, scope: FileScope, bodies: BodyReader | None
) -> BodySource | None:
    """Lints the variables of a script; the body as read where there is a reader."""
    body = bodies.script(text) if bodies is not None else None
    shell = body.shell if isinstance(body, ShellBody) else read_shell(text)
    for path in body.outside if isinstance(body, ShellBody) else ():
        scope.add(
            finding(
                "MLP0506",
                f"there is no file `{path}` where the script runs",
                run.body.span,
                "it lies outside of this file's folder",
                notes=("a body runs in a folder of its own, with the files from here below it",),
                help=(f"move `{path}` below the folder of this file, or hand it in as an input",),
            )
        )
    known = _known(step)
    for variable in shell.variables:
        name = variable.name
        if (
            name in known
            or name in shell.assigned
            or name in _GIVEN
            or name.startswith(_RESERVED_STARTS)
            or variable.defaulted
            or (name.endswith("_file") and name.removesuffix("_file") in known)
        ):
            continue
        _report_variable(step, variable, known, run, shell, scope)
    for template in shell.templates:
        word = template.inner.split(".")[0].strip()
        if word in known:
            scope.add(
                finding(
                    "MLP1008",
                    "this text is not interpolated",
                    _span(run, shell, template.start, template.end, scope),
                    f"`{template.text}` stays as it is",
                    help=(f"inputs are variables of the shell: `${word}`",),
                )
            )
    return body


def _known(step: CheckedStep) -> dict[str, None]:
    """Every variable that the step itself sets."""
    names = [port.name for port in (*step.inputs, *step.outputs)]
    for setting in step.syntax.settings:
        if isinstance(setting, ast.SetBlock) and setting.key.text in ("env", "secrets"):
            names += [inner.key.text for inner in setting.settings]
    return dict.fromkeys(names)


def _report_variable(
    step: CheckedStep,
    variable: Variable,
    known: dict[str, None],
    run: ast.Run,
    shell: Shell,
    scope: FileScope,
) -> None:
    name = variable.name
    span = _span(run, shell, variable.start, variable.end, scope)
    near = closest(name, known)
    fixes = []
    written = scope.text(span)
    if near is not None and written in (f"${name}", f"${{{name}}}"):
        text = written.replace(name, near)
        fixes.append(Fix(f"write `{text}`", (Edit(span, text),), safe=False))
    scope.add(
        finding(
            "MLP1009",
            f"`${name}` is not an input, output or env of this step",
            span,
            f"did you mean `${near}`?" if near else f"`{step.name}` does not set it",
            help=() if near else (f"declare it: `env {{ {name} = … }}`, or as an input",),
            fixes=fixes,
        )
    )


def _span(run: ast.Run, shell: Shell, start: int, end: int, scope: FileScope) -> Span:
    """The place in the file of a part of the script, whose indentation was taken away.

    Words are found again in order, so the n-th `$x` of the script is the n-th of the source.
    """
    part = shell.text[start:end]
    nth = shell.text.count(part, 0, start)
    whole = run.body.span
    raw = scope.text(whole)
    at = -1
    for _ in range(nth + 1):
        at = raw.find(part, at + 1)
        if at < 0:
            return whole
    return Span(whole.file, whole.start + at, whole.start + at + len(part))
