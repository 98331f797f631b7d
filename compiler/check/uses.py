"""What `use` brings into a file: modules under a name, and the public names inside of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, assert_never

from ..diagnostics.diagnostic import Edit, Fix
from ..source import Span
from ..syntax import ast
from ..syntax.tokens import can_name
from .finding import finding
from .members import Member, excused, report_no_member, type_member, value_member
from .scope import FileScope, Module
from .unused import whole_lines
from .values import Binding, CheckedConstant, CheckedPipeline, CheckedStep, Kind, Program

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
    if not can_name(name.text):
        _report_word(name, use, scope)
        return
    if not free(name):
        return
    module = Module(name.text, name.span, program)
    scope.modules[name.text] = module
    if program is None:
        scope.used.add(name.text)
    for constant in program.values.values() if program is not None else ():
        if constant.known is not None:
            scope.values[f"{name.text}.{constant.syntax.name.text}"] = constant.known.value


def _report_word(name: ast.Name, use: ast.UseModule | ast.UseFile, scope: FileScope) -> None:
    """`use std.partition`: nobody could write `partition.by_hash(…)`."""
    edit = Edit(Span(use.span.file, use.span.end, use.span.end), f" as {name.text}s")
    scope.add(
        finding(
            "MLP0108",
            f"`{name.text}` is a word of the language and cannot name a module",
            name.span,
            "it needs another name here",
            fixes=(Fix(f"call it `{name.text}s`", (edit,), safe=True),),
        )
    )


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
