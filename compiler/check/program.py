"""Checks a file: names, types, stages and settings, in an order that needs no second look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..diagnostics.diagnostic import Report
from ..source import Source, Span
from ..syntax import ast
from ..syntax.parse import parse
from .constants import declare_constants
from .declared import collect
from .edition import check_edition
from .finding import unbuilt
from .pipelines import check_pipelines
from .quantities import lint_mixed_sizes
from .schemas import declare_schemas
from .scope import FileScope
from .steps import check_step, declare_step
from .suppress import apply_suppressions
from .targets import check_target
from .unused import lint_unused_declarations
from .values import (
    BodyReader,
    CheckedPipeline,
    CheckedStep,
    FileFact,
    Port,
    Program,
    TargetFacts,
    Typing,
)
from .walk import mentions, nodes

__all__ = [
    "BodyReader",
    "CheckedPipeline",
    "CheckedStep",
    "FileFact",
    "Port",
    "Program",
    "TargetFacts",
    "Typing",
    "check",
]


def _every_file_exists(path: str) -> FileFact:
    return FileFact(exists=True, tried=path)


def check(
    source: Source,
    file: ast.File,
    *,
    targets: Mapping[str, TargetFacts],
    bodies: BodyReader | None,
    report: Report,
    file_fact: Callable[[str], FileFact] = _every_file_exists,
) -> Program:
    """The checked program; every mistake goes to `report`, and never an exception.

    Without `bodies` the functions behind python steps are not looked at.
    """
    program = _checked(source, file, targets, bodies, report, file_fact)

    def again(other: Source) -> Report:
        found = Report()
        _checked(other, parse(other, found), targets, bodies, found, file_fact)
        return found

    if report.has_errors:
        from .guard import prove_fixes

        prove_fixes(source, report, again)
    return program


def _checked(
    source: Source,
    file: ast.File,
    targets: Mapping[str, TargetFacts],
    bodies: BodyReader | None,
    report: Report,
    file_fact: Callable[[str], FileFact],
) -> Program:
    scope = FileScope(
        source, report, file_fact, broken=frozenset(name.text for name in file.broken)
    )
    check_edition(source, file, scope)
    declared = collect(file, scope)
    scope.pipelines.update(declared.pipelines)
    scope.target_names.update(declared.targets)
    declare_constants(declared.constants, scope)
    declare_schemas(declared.schemas, scope)
    for name, syntax in declared.steps.items():
        scope.steps[name] = declare_step(syntax, scope)
    for name, step in scope.steps.items():
        scope.steps[name] = check_step(step, scope, targets, bodies)
    pipelines = check_pipelines(declared.pipelines, scope)
    for target in declared.targets.values():
        check_target(target, pipelines, targets, scope)
    for test in file.of(ast.Test):
        scope.used.update(mentions(test))
        keyword = Span(test.span.file, test.span.start, test.span.start + len("test"))
        scope.add(unbuilt("`test` blocks are", keyword))
    # What could not be read may use anything.
    if pipelines and not file.broken:
        lint_unused_declarations(declared.constants, declared.steps, declared.schemas, scope)
    if "iB" in source.text:
        lint_mixed_sizes([n for n in nodes(file) if isinstance(n, ast.Quantity)], scope)
    apply_suppressions(source, report)
    return Program(
        source,
        file,
        declared.constants,
        scope.rows,
        scope.steps,
        pipelines,
        declared.targets,
        scope.typing,
    )
