"""Whether a name is free: bindings are unique and hide nothing of the file."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..syntax import ast
from .closest import listed
from .fields import RUN_FIELDS
from .finding import finding
from .ports import report_taken
from .scope import Scope
from .values import Kind


def check_bindable(name: ast.Name, scope: Scope) -> None:
    """Whether a name is free: bindings are unique and hide nothing of the file."""
    file = scope.file
    text = name.text
    if text in scope.taken:
        binding = scope.taken[text]
        report_taken(name, binding.span, f"`{text}` is {binding.kind.value}", file)
    elif text in file.steps:
        # Parameters are looked at before there is a pipeline around them.
        word = "result" if scope.in_pipeline else "value"
        file.add(
            finding(
                "MLP0202",
                f"`{text}` is already taken",
                name.span,
                f"this would hide the step `{text}`",
                labels=(Label(file.steps[text].syntax.name.span, f"the step `{text}`"),),
                help=(f"give it a name of its own, for example `{text}_{word}`",),
            )
        )
    elif text in file.pipelines:
        report_taken(name, file.pipelines[text].name.span, f"the pipeline `{text}`", file)
    elif text in file.checked:
        there = file.checked[text].syntax.name.span
        report_taken(name, there, f"the pipeline `{text}`", file)
    elif text in file.constants:
        report_taken(name, file.constants[text].span, f"the constant `{text}`", file)
    elif text in file.modules:
        report_taken(name, file.modules[text].span, f"the module `{text}`", file)
    elif text == "run":
        file.add(
            finding(
                "MLP0202",
                "`run` is already taken",
                name.span,
                "this would hide the run itself",
                help=(f"`run` has the fields {listed(f'run.{f}' for f in RUN_FIELDS)}",),
            )
        )
    else:
        return
    # Whether anybody uses it is no question while it has a name that it cannot have.
    file.used.add(text)


def check_variable(name: ast.Name, scope: Scope) -> None:
    """Whether the variable of a block has a free name; blocks side by side may use the same."""
    taken = scope.taken.get(name.text)
    beside = taken is not None and scope.names.get(name.text) is not taken
    if beside and taken is not None and taken.kind in (Kind.VARIABLE, Kind.PARTITION):
        del scope.taken[name.text]
        # Who has read the one before does not read this one.
        scope.file.used.discard(name.text)
    check_bindable(name, scope)
