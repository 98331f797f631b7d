"""The members of a module: what a path like `steps.fit` stands for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.types import UNKNOWN, Row, Type
from .closest import closest, listed
from .finding import finding
from .scope import FileScope, Module, Scope
from .values import CheckedConstant, CheckedPipeline, CheckedStep

Member: TypeAlias = CheckedStep | CheckedPipeline | CheckedConstant

STANDARD = ("data", "deploy", "monitor", "notify", "partition", "registry")
"""What the standard library has, for those who forget to `use` it."""


def value_member(module: Module, name: str) -> Member | None:
    """A public step, pipeline or constant of a module."""
    program = module.program
    if program is None or name.startswith("_"):
        return None
    return program.steps.get(name) or program.pipelines.get(name) or program.values.get(name)


def type_member(module: Module, name: str) -> Row | None:
    """A public schema of a module."""
    if module.program is None or name.startswith("_"):
        return None
    return module.program.schemas.get(name)


def excused(module: Module, name: str) -> bool:
    """Whether nothing can be said of a name: its module or its declaration could not be read."""
    program = module.program
    return program is None or any(broken.text == name for broken in program.file.broken)


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def report_no_member(module: Module, name: ast.Name, kind: str, scope: FileScope) -> None:
    """A name that a module does not have, or keeps to itself; `kind` is what was wanted."""
    program = module.program
    assert program is not None, "nothing is said of a module that could not be read"
    text = name.text
    values: Mapping[str, object] = {**program.steps, **program.pipelines, **program.constants}
    if text.startswith("_"):
        there = text in values or text in program.schemas
        way_out = f"call it `{text.lstrip('_')}` in `{program.source.name}`"
        scope.add(
            finding(
                "MLP0212",
                f"`{module.name}` does not export `{text}`",
                name.span,
                "a name that starts with `_` is private to its file",
                help=(way_out,) if there else (),
            )
        )
        return
    known = _public(program.schemas if kind == "schema" else values)
    near = closest(text, known)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(name.span, near),), safe=True))
    scope.add(
        finding(
            "MLP0203",
            f"`{module.name}` has no {kind} called `{text}`",
            name.span,
            f"did you mean `{near}`?" if near else "there is nothing of this name",
            notes=(f"`{module.name}` has {listed(known)}",) if known else (),
            fixes=fixes,
        )
    )


def report_module(module: Module, span: Span, scope: FileScope) -> None:
    """A module where a value is wanted."""
    scope.used.add(module.name)
    if module.program is None:
        return
    steps = _public(module.program.steps)
    scope.add(
        finding(
            "MLP0201",
            f"nothing here is called `{module.name}`",
            span,
            f"`{module.name}` is a module, not a value",
            labels=(Label(module.span, "it is used here"),),
            help=(f"call one of its steps: `{module.name}.{steps[0]}(…)`",) if steps else (),
        )
    )


def module_constant(expr: ast.FieldOf, module: Module, scope: FileScope) -> Type:
    """The type of `steps.image`: a constant of a module, and nothing else of it, is a value."""
    scope.used.add(module.name)
    name = expr.field
    member = value_member(module, name.text)
    if isinstance(member, CheckedConstant):
        scope.typing.constants[id(expr)] = member
        return member.type
    if excused(module, name.text):
        return UNKNOWN
    if member is not None:
        kind = "step" if isinstance(member, CheckedStep) else "pipeline"
        text = scope.text(expr.span)
        scope.add(
            finding(
                "MLP0214",
                f"`{text}` is a {kind}; it must be called",
                expr.span,
                f"`{name.text}(…)` makes a node of it",
                labels=(Label(member.syntax.name.span, f"the {kind} `{name.text}`"),),
                help=(f"write `x = {text}(…)` on a line above, and use `x` here",),
            )
        )
    else:
        report_no_member(module, name, "constant", scope)
    return UNKNOWN


def report_no_step(callee: ast.Expr, scope: Scope) -> None:
    """A call of a path that leads to no step."""
    modules = scope.file.modules
    match callee:
        case ast.FieldOf(base=ast.NameRef(name=name)) if name in modules:
            _report_uncallable(callee, modules[name], scope.file)
        case ast.FieldOf(base=ast.NameRef(name=name) as base) if _is_stranger(name, scope):
            _report_unknown_module(base, scope)
        case ast.FieldOf(base=ast.FieldOf(base=ast.NameRef(name=name))) if name in modules:
            _report_handed_on(callee, modules[name], scope.file)
        case _:
            scope.file.add(
                finding(
                    "MLP0201",
                    f"no step here is called `{scope.file.text(callee.span)}`",
                    callee.span,
                    "only steps are called",
                )
            )


def _report_uncallable(callee: ast.FieldOf, module: Module, scope: FileScope) -> None:
    """A call of what a module does not have, or has as a value."""
    scope.used.add(module.name)
    name = callee.field
    member = value_member(module, name.text)
    if isinstance(member, CheckedConstant):
        scope.add(
            finding(
                "MLP0201",
                f"no step here is called `{scope.text(callee.span)}`",
                callee.span,
                f"`{name.text}` is a constant; only steps are called",
                labels=(Label(member.syntax.name.span, f"the constant `{name.text}`"),),
            )
        )
    elif member is None and not excused(module, name.text):
        report_no_member(module, name, "step", scope)


def _report_handed_on(callee: ast.FieldOf, module: Module, scope: FileScope) -> None:
    """`steps.deep.describe(…)`: a module gives on what it declares, not what it uses."""
    scope.used.add(module.name)
    if module.program is None:
        return
    scope.add(
        finding(
            "MLP0201",
            f"no step here is called `{scope.text(callee.span)}`",
            callee.span,
            f"what `{module.name}` uses itself it does not pass on",
            help=("`use` the file that declares it",),
        )
    )


def _is_stranger(name: str, scope: Scope) -> bool:
    """Whether a name stands for nothing, here or further down."""
    file = scope.file
    elsewhere = name in scope.later or name in file.callables or name in file.rows
    return not (scope.knows(name) or elsewhere or name in file.broken or name == "run")


def _report_unknown_module(base: ast.NameRef, scope: Scope) -> None:
    """`slak.post(…)`: a step of something that nothing here is called."""
    file, name = scope.file, base.name
    near = closest(name, file.modules)
    label, help_, fixes = "no module has this name", "", []
    if near is not None:
        file.used.add(near)
        label = f"did you mean `{near}`?"
        fixes.append(Fix(f"rename it to `{near}`", (Edit(base.span, near),), safe=True))
    elif name in STANDARD:
        help_ = f"the standard library has it: write `use std.{name}` at the top"
    else:
        help_ = f'a file is brought in at the top: `use "{name}.mlp" as {name}`'
    file.add(
        finding(
            "MLP0201",
            f"nothing here is called `{name}`",
            base.span,
            label,
            help=(help_,) if help_ else (),
            fixes=fixes,
        )
    )


def owners(name: str, scope: FileScope) -> Iterator[str]:
    """The modules that have a step or pipeline of this name."""
    for module in scope.modules.values():
        if isinstance(value_member(module, name), CheckedStep | CheckedPipeline):
            yield module.name


def qualified_schemas(scope: FileScope) -> Iterable[str]:
    """The schemas of all modules, as a type names them: `steps.Flights`."""
    for module in scope.modules.values():
        for name in module.program.schemas if module.program is not None else ():
            if not name.startswith("_"):
                yield f"{module.name}.{name}"
