"""What `use` brings into a file: modules under a name, and the public names inside of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, assert_never

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.types import UNKNOWN, Row, Type
from .closest import closest, listed
from .finding import finding
from .scope import FileScope, Module
from .unused import whole_lines
from .values import Binding, CheckedConstant, CheckedPipeline, CheckedStep, Kind, Program

Member: TypeAlias = CheckedStep | CheckedPipeline | CheckedConstant

# Whether a name is free among the values, or among the types, of the file that takes it.
Free: TypeAlias = Callable[[ast.Name], bool]


def module_name(use: ast.UseModule | ast.UseFile) -> ast.Name:
    """The name that a whole module goes by: `slack` of `use std.notify.slack`."""
    if use.alias is not None:
        return use.alias
    assert isinstance(use, ast.UseModule), "the grammar wants a name for a file"
    path = use.path
    last = path.text.rpartition(".")[2]
    return ast.Name(last, Span(path.span.file, path.span.end - len(last), path.span.end))


def use_module(
    use: ast.UseModule | ast.UseFile, program: Program | None, free: Free, scope: FileScope
) -> None:
    """Enters a module under its name. Without a program nothing is said of what is taken of it."""
    name = module_name(use)
    if not free(name):
        return
    module = Module(name.text, name.span, program)
    scope.modules[name.text] = module
    if program is None:
        scope.used.add(name.text)
    for constant in program.values.values() if program is not None else ():
        if constant.known is not None:
            scope.values[f"{name.text}.{constant.syntax.name.text}"] = constant.known.value


def use_names(
    use: ast.UseNames, program: Program | None, free_value: Free, free_type: Free, scope: FileScope
) -> None:
    """Enters single names of a module, as if they were declared here."""
    module = Module(use.path.text, use.path.span, program)
    for name in use.names:
        value = value_member(module, name.text)
        row = type_member(module, name.text)
        if value is None and row is None:
            if not excused(module, name.text):
                report_no_member(module, name, "step", scope)
            scope.used.add(name.text)
            if free_value(name):
                scope.broken |= {name.text}
        if row is not None and free_type(name):
            scope.rows[name.text] = row
        if value is not None and free_value(name):
            _enter(name, value, scope)


def _enter(name: ast.Name, member: Member, scope: FileScope) -> None:
    text = name.text
    match member:
        case CheckedStep():
            scope.steps[text] = member
            scope.callables[text] = "step"
        case CheckedPipeline():
            scope.checked[text] = member
            scope.callables[text] = "pipeline"
        case CheckedConstant(type=type_, stage=stage, known=known):
            scope.constants[text] = Binding(text, name.span, Kind.CONSTANT, type_, stage)
            scope.foreign[text] = member
            if known is not None:
                scope.values[text] = known.value
        case _:
            assert_never(member)


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
    if text.startswith("_") and (text in values or text in program.schemas):
        scope.add(
            finding(
                "MLP0212",
                f"`{module.name}` does not export `{text}`",
                name.span,
                "a name that starts with `_` is private to its file",
                help=(f"call it `{text.lstrip('_')}` in `{program.source.name}`",),
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


def report_uncallable(callee: ast.FieldOf, module: Module, scope: FileScope) -> None:
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


def lint_unused_uses(file: ast.File, scope: FileScope) -> None:
    """Modules and names that a `use` brings in and nobody takes."""
    for use in file.declarations:
        match use:
            case ast.UseModule() | ast.UseFile():
                name = module_name(use)
                if name.text in scope.modules and name.text not in scope.used:
                    _report_unused(name, use, use.span, scope)
            case ast.UseNames(names=names):
                for name in names:
                    if name.text not in scope.used and name.text not in scope.used_types:
                        _report_unused(name, use, _without(name, names, use), scope)
            case _:
                pass


def _without(name: ast.Name, names: tuple[ast.Name, ...], use: ast.UseNames) -> Span:
    """What to delete so that a name is no longer taken."""
    if len(names) == 1:
        return use.span
    index = names.index(name)
    if index == 0:
        return Span(name.span.file, name.span.start, names[1].span.start)
    return Span(name.span.file, names[index - 1].span.end, name.span.end)


def _report_unused(name: ast.Name, use: object, cut: Span, scope: FileScope) -> None:
    what = "nothing takes anything from this module"
    if isinstance(use, ast.UseNames):
        what = "nothing here uses it"
    fix = Fix("delete it", (Edit(whole_lines(cut, scope), ""),), safe=False)
    scope.add(finding("MLP1001", f"`{name.text}` is never used", name.span, what, fixes=(fix,)))
