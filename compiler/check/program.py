"""Checks a file: names, types, stages and settings, in an order that needs no second look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Report
from ..source import Source
from ..syntax import ast
from ..syntax.parse import parse
from .constants import checked_constant, declare_constants
from .declared import collect
from .edition import check_edition
from .modules import NO_MODULES, Finder, Found, Loaded, load
from .pipelines import check_pipelines
from .quantities import lint_mixed_sizes
from .schemas import declare_schemas
from .scope import FileScope
from .steps import check_step, declare_step
from .suppress import apply_suppressions
from .targets import check_target
from .tests import check_tests
from .unused import lint_unused_declarations
from .uses import lint_unused_uses
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
from .walk import nodes
from .wanted import wanted_steps

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
    modules: Finder = NO_MODULES,
) -> Program:
    """The checked program; every mistake goes to `report`, and never an exception.

    Without `bodies` the functions behind python steps are not looked at. What is wrong with the
    files that this one uses is in `report` too, lints included.
    """
    main = Loaded(Found(source, bodies, file_fact), file, report)
    known: dict[str, Loaded] = {}
    programs: dict[str, Program] = {}

    order = load(main, modules, known)
    wanted = wanted_steps(order)

    def checked(loaded: Loaded) -> Program:
        return _checked(loaded, targets, programs, wanted.get(loaded.name))

    def proved(loaded: Loaded) -> None:
        """Says of the fixes which of them are safe."""

        def again(other: Source) -> Report:
            found = Report()
            text = Loaded(replace(loaded.found, source=other), parse(other, found), found)
            load(text, modules, known)
            checked(text)
            return found

        if loaded.report.has_errors:
            from .guard import prove_fixes

            prove_fixes(loaded.found.source, loaded.report, again)

    for loaded in order:
        programs[loaded.name] = checked(loaded)
        proved(loaded)
        if loaded is not main:
            report.extend(loaded.report)
    return programs[source.name]


def _checked(
    loaded: Loaded,
    targets: Mapping[str, TargetFacts],
    programs: Mapping[str, Program],
    wanted: Collection[str] | None,
) -> Program:
    """The program of one file. The bodies of steps that are not `wanted` are not looked at."""
    source, file, report = loaded.found.source, loaded.file, loaded.report
    broken = frozenset(name.text for name in file.broken)
    scope = FileScope(source, report, loaded.found.file_fact, broken=broken)
    check_edition(source, file, scope)
    declared = collect(file, lambda use: programs.get(loaded.uses[id(use)] or ""), scope)
    scope.pipelines.update(declared.pipelines)
    scope.target_names.update(declared.targets)
    declare_constants(declared.constants, scope)
    declare_schemas(declared.schemas, scope)
    for name, syntax in declared.steps.items():
        scope.steps[name] = declare_step(syntax, scope)
    for name in declared.steps:
        bodies = loaded.found.bodies if wanted is None or name in wanted else None
        scope.steps[name] = check_step(scope.steps[name], scope, targets, bodies)
    pipelines = check_pipelines(declared.pipelines, scope)
    for target in declared.targets.values():
        check_target(target, pipelines, targets, scope)
    check_tests(file.of(ast.Test), scope)
    # What could not be read, or has the name of another one, may use anything.
    whole = not file.broken and declared.is_whole(file)
    if whole:
        lint_unused_uses(file, scope)
    if pipelines and whole:
        lint_unused_declarations(declared.constants, declared.steps, declared.schemas, scope)
    if "iB" in source.text:
        lint_mixed_sizes([n for n in nodes(file) if isinstance(n, ast.Quantity)], scope)
    apply_suppressions(source, report)
    return Program(
        source,
        file,
        declared.constants,
        {name: scope.rows[name] for name in declared.schemas},
        {name: scope.steps[name] for name in declared.steps},
        pipelines,
        declared.targets,
        scope.typing,
        {name: checked_constant(constant, scope) for name, constant in declared.constants.items()},
        scope.checks,
        programs,
    )
