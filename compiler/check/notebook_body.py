"""Notebook bodies: their tagged cells, held against the step's inputs and outputs."""

from __future__ import annotations

from ..bodies.notebook import NotebookBody
from ..bodies.problem import NotebookBroken
from ..diagnostics.diagnostic import Label
from ..source import Span
from ..syntax import ast
from .closest import closest, listed
from .files import check_file
from .finding import finding
from .python_body import report_problem
from .scope import FileScope, Scope
from .values import BodyReader, CheckedStep

_READ = "the notebook was read, not run"
_TAG = "a tag is set in the cell's properties: JupyterLab keeps them behind the two gear wheels"


def check_notebook(
    step: CheckedStep, text: str, run: ast.Run, scope: FileScope, bodies: BodyReader | None
) -> NotebookBody | None:
    """The notebook behind a step, held against the step's signature."""
    if not scope.file_fact(text).exists:
        check_file(run.body, Scope(scope))
        return None
    if bodies is None:
        return None
    body = bodies.notebook(text)
    if isinstance(body, NotebookBroken):
        scope.add(
            finding(
                "MLP0801",
                f"cannot read notebook `{text}`",
                run.body.span,
                body.message,
                notes=(f"found `{body.path}`",),
            )
        )
        return None
    if not isinstance(body, NotebookBody):
        report_problem(body, text, run, scope)
        return None
    _check_parameters(step, body, run, scope)
    _check_outputs(step, body, run, scope)
    return body


def _check_parameters(
    step: CheckedStep, body: NotebookBody, run: ast.Run, scope: FileScope
) -> None:
    if body.parameters is None:
        if step.inputs:
            names = "\n".join(f"{port.name} = …" for port in step.inputs)
            scope.add(
                finding(
                    "MLP0806",
                    f"notebook `{body.reference}` has no parameters cell",
                    run.body.span,
                    f"`{step.name}` passes {listed(port.name for port in step.inputs)}",
                    notes=(_READ, _TAG),
                    help=(f"tag one cell `parameters` and write in it:\n{names}",),
                )
            )
        return
    inputs = {port.name for port in step.inputs}
    outs = {f"out_{port.name}" for port in step.outputs}
    free = [name for name in body.parameters if name not in inputs and name not in outs]
    for port in step.inputs:
        if port.name in body.parameters:
            continue
        near = closest(port.name, free)
        scope.add(
            finding(
                "MLP0803",
                f"`{body.reference}` has no parameter called `{port.name}`",
                _name_span(port.span, port.name),
                "the step passes this to the notebook",
                labels=(Label(run.body.span, "its cell tagged `parameters` does not set it"),),
                notes=(_READ,),
                help=(
                    f"rename the input to `{near}`, or the parameter to `{port.name}`"
                    if near is not None
                    else f"add `{port.name} = …` to the cell, or drop the input",
                ),
            )
        )
    lacking = [name for name in free if body.parameters[name]]
    if lacking:
        scope.add(
            finding(
                "MLP0804",
                f"`{body.reference}` wants {listed(lacking)}, which the step does not pass",
                run.body.span,
                "its cell tagged `parameters` gives no value",
                notes=(_READ,),
                help=(f"add {listed(lacking)} to the step's inputs, or a value to the cell",),
            )
        )


def _check_outputs(step: CheckedStep, body: NotebookBody, run: ast.Run, scope: FileScope) -> None:
    waited = [port for port in step.outputs if not body.takes_path_of(port.name)]
    if not waited:
        return
    names = listed(port.name for port in waited)
    if not body.gives:
        scope.add(
            finding(
                "MLP0802",
                f"notebook `{body.reference}` has no cell tagged `outputs`",
                run.body.span,
                f"`{step.name}` gives {names}",
                notes=(_READ, _TAG),
                help=(f"tag the cell `outputs` that sets {names}",),
            )
        )
        return
    for port in waited:
        if body.outputs is not None and port.name not in body.outputs:
            near = closest(port.name, sorted(body.outputs))
            scope.add(
                finding(
                    "MLP0802",
                    f"notebook `{body.reference}` gives no output `{port.name}`",
                    _name_span(port.span, port.name),
                    f"did you mean `{near}`?" if near else "the step says that it does",
                    labels=(Label(run.body.span, "its cell tagged `outputs` does not name it"),),
                    notes=(_READ,),
                    help=(
                        f"set `{port.name}` in that cell; or take its path as a parameter, "
                        f"`out_{port.name} = None`, and write there",
                    ),
                )
            )


def _name_span(span: Span, name: str) -> Span:
    return Span(span.file, span.start, span.start + len(name))
