"""Typed parameters of steps and pipelines, with their defaults."""

from __future__ import annotations

from ..diagnostics.diagnostic import Label
from ..source import Span
from ..syntax import ast
from ..types.relate import present
from ..types.settings import Stage
from ..types.types import Secret, Type, Unknown
from .assign import Place, fits
from .finding import finding
from .fold import check_has_value
from .infer import infer
from .scope import FileScope, Scope
from .secrets import report_misplaced_secret
from .stages import in_time
from .typenames import resolve
from .values import Binding, Kind, Port, names_of
from .walk import names_in


def parameter_ports(parameters: tuple[ast.Parameter, ...], scope: FileScope) -> tuple[Port, ...]:
    """Typed parameters of a step or pipeline; defaults are checked here too."""
    ports: dict[str, Port] = {}
    place = Scope(scope, in_pipeline=True)
    for parameter in parameters:
        name = parameter.name
        type_ = resolve(parameter.type, scope)
        if isinstance(present(type_), Secret):
            report_misplaced_secret(parameter.type.span, scope)
            type_ = Unknown()
        if parameter.default is not None:
            _check_default(parameter, parameter.default, type_, parameters, place)
        if name.text in ports:
            report_taken(name, ports[name.text].span, "the first of this name", scope)
            continue
        ports[name.text] = Port(
            name.text, type_, parameter.span, parameter.default, parameter.type.span
        )
    return tuple(ports.values())


def _check_default(
    parameter: ast.Parameter,
    default: ast.Expr,
    type_: Type,
    parameters: tuple[ast.Parameter, ...],
    place: Scope,
) -> None:
    others = names_of(
        Binding(p.name.text, p.span, Kind.VALUE, Unknown(), Stage.SUBMIT) for p in parameters
    )
    scope = Scope(place.file, others, in_pipeline=True)
    given = infer(default, scope, type_)
    position = f"the default of `{parameter.name.text}`"
    for name in names_in(default):
        if name.name == "run" or name.name in others:
            # `dataset(…)` is as late, but its text is known: only names make a default late.
            in_time(default, Stage.COMPILE, position, scope)
            return
    if fits(default, given, type_, Place(parameter.name.text, parameter.type.span), scope):
        check_has_value(default, given, scope)


def report_taken(name: ast.Name, first: Span, label: str, scope: FileScope) -> None:
    """A name that is given a second time."""
    scope.add(
        finding(
            "MLP0202",
            f"`{name.text}` is already taken",
            name.span,
            "this needs another name",
            labels=(Label(first, label),),
            help=("names are given once and never change",),
        )
    )
