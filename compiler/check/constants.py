"""Constants: order-free, known when compiling, and never made of themselves."""

from __future__ import annotations

from collections.abc import Mapping

from ..syntax import ast
from ..types.relate import widen
from ..types.settings import Stage
from ..types.types import SECRET, UNKNOWN, Type
from .finding import finding
from .fold import check_has_value, fold
from .infer import infer
from .scope import FileScope, Scope
from .secrets import (
    looks_like_secret,
    names_a_secret,
    report_misplaced_secret,
    report_written_secret,
)
from .values import Binding, CheckedConstant, Kind, Known
from .walk import names_in


def declare_constants(constants: Mapping[str, ast.Constant], scope: FileScope) -> None:
    """Types every constant into `scope.constants`, those first that others need."""
    done: set[str] = set()
    for name in constants:
        _declare(name, constants, done, [], scope)


def _declare(
    name: str,
    constants: Mapping[str, ast.Constant],
    done: set[str],
    path: list[str],
    scope: FileScope,
) -> None:
    if name in done:
        return
    path.append(name)
    constant = constants[name]
    circular = False
    for reference in names_in(constant.value):
        if reference.name in path:
            circular = True
            _report_circle(reference, path, scope)
            # The others of the circle are part of the same mistake.
            for other in path[path.index(reference.name) :]:
                _bind(constants[other], scope, known=False)
                done.add(other)
        elif reference.name in constants:
            _declare(reference.name, constants, done, path, scope)
    path.pop()
    if name in done or circular:
        return
    done.add(name)
    _bind(constant, scope, known=True)


def _bind(constant: ast.Constant, scope: FileScope, *, known: bool) -> None:
    type_: Type = UNKNOWN
    if known:
        inside = Scope(scope)
        type_ = infer(constant.value, inside)
        known = check_has_value(constant.value, type_, inside)
        if type_ == SECRET:
            report_misplaced_secret(constant.value.span, scope)
            type_ = UNKNOWN
        if not known:
            type_ = UNKNOWN
        elif (value := fold(constant.value, scope)) is not None:
            scope.values[constant.name.text] = value.value
        _lint_secret(constant, scope)
    name = constant.name.text
    stage = scope.typing.stage(constant.value) if known else Stage.COMPILE
    if stage is Stage.RUN:
        stage = Stage.COMPILE
    scope.constants[name] = Binding(name, constant.name.span, Kind.CONSTANT, widen(type_), stage)


def checked_constant(constant: ast.Constant, scope: FileScope) -> CheckedConstant:
    """A declared constant as other files may use it."""
    name = constant.name.text
    binding = scope.constants[name]
    known = Known(scope.values[name]) if name in scope.values else None
    return CheckedConstant(scope.source.name, constant, binding.type, binding.stage, known)


def _lint_secret(constant: ast.Constant, scope: FileScope) -> None:
    value = constant.value.value if isinstance(constant.value, ast.Literal) else None
    if (
        isinstance(value, str)
        and names_a_secret(constant.name.text)
        and len(value) >= 8
        and not looks_like_secret(value)
        and not any(mark in value for mark in (" ", "/", "$"))
    ):
        report_written_secret(constant.name.text, constant.value.span, scope)


def _report_circle(reference: ast.NameRef, path: list[str], scope: FileScope) -> None:
    circle = path[path.index(reference.name) :]
    trail = f"`{reference.name}` would need itself"
    if len(circle) > 1:
        trail = f"`{circle[0]}` needs `{circle[1]}`, which needs `{circle[0]}`"
    scope.used.update(circle)
    scope.add(
        finding(
            "MLP0205",
            f"`{reference.name}` is used before it is defined",
            reference.span,
            trail if len(trail) <= 60 else f"`{reference.name}` would need itself",
            help=("a constant cannot be made of itself",),
        )
    )
