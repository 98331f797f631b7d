"""Container bodies: a command whose words are texts, values and paths."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from ..types.relate import in_text, may_be_missing
from ..types.settings import Stage
from ..types.types import STRING, ListOf, Row, is_artifact, show
from .assign import Place, fits
from .closest import an
from .finding import finding
from .missing import report_missing
from .origin import shortened
from .scope import FileScope, Scope
from .stages import in_time
from .values import CheckedStep


def check_both_ways(step: CheckedStep, scope: FileScope) -> None:
    for port in step.outputs:
        twin = step.input(port.name)
        if twin is not None:
            scope.add(
                finding(
                    "MLP0514",
                    f"`{port.name}` is both an input and an output of a {step.kind} step",
                    port.span,
                    f"both would be `${port.name}`"
                    if step.kind == "shell"
                    else f"`{port.name}` in the command could be either",
                    labels=(Label(twin.span, "the input"),),
                    help=(f"rename one of them, for example `{port.name}_out`",),
                )
            )


def check_command(step: CheckedStep, run: ast.Run, inner: Scope) -> None:
    """`command = [...]`: texts, values and paths."""
    command = next((s for s in run.settings if s.key.text == "command"), None)
    if command is None:
        inner.file.add(
            finding(
                "MLP0210",
                "`run container` also needs `command`",
                run.kind.span,
                "which program of the image?",
                help=('write `{ command = ["program", "--in", …] }` behind the image',),
            )
        )
        return
    if not isinstance(command, ast.SetValue):
        return
    if not isinstance(command.value, ast.ListOf):
        type_ = inner.file.typing.of(command.value)
        if in_time(command.value, Stage.COMPILE, "a `command` that is not written out", inner):
            fits(command.value, type_, ListOf(STRING), Place("command"), inner)
        return
    for word in command.value.items:
        type_ = inner.file.typing.of(word)
        if may_be_missing(type_):
            report_missing(word, type_, "a word of a command cannot be missing", inner)
        elif isinstance(type_, ListOf | Row) or not (in_text(type_) or is_artifact(type_)):
            text = inner.file.text(word.span)
            inner.file.add(
                finding(
                    "MLP0405",
                    f"{an(show(type_).partition('[')[0])} cannot be put into text",
                    word.span,
                    shortened(f"`{text}` is {an(show(type_))}", 60),
                    help=("a word of a command is a value or a path",),
                )
            )
