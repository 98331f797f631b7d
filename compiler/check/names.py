"""Names that stand for nothing here: what was meant, or where the name does exist."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import present
from ..types.types import UNKNOWN, EnumOf, Type
from .builtins import BUILTINS, ELSEWHERE, PARTITIONED
from .closest import closest, listed
from .finding import finding
from .members import owners
from .scope import Scope
from .surroundings import Later
from .walk import mentions

_SPELT = {
    "True": "true", "TRUE": "true", "False": "false", "FALSE": "false",
    "None": "none", "null": "none", "Null": "none", "NULL": "none", "nil": "none",
}  # fmt: skip
_FOREIGN_CALLS = {
    "print": "what a step prints is in its log; `output name = …` hands a value out",
    "log": "what a step prints is in its log; `output name = …` hands a value out",
    "str": 'a value is put into text with `f"{value}"`',
    "format": 'a value is put into text with `f"{value}"`',
    "open": 'a file is named with `file("path")`; steps open it',
    "read_csv": 'rows are named with `dataset("path")`; steps read them',
    "getenv": "what changes from run to run is a parameter of the pipeline",
    "env": "what changes from run to run is a parameter of the pipeline",
    "input": "what changes from run to run is a parameter of the pipeline",
    "sum": "values are computed in steps",
    "now": "a pipeline reads no clock: `run.day` is the day that the run is for",
    "today": "a pipeline reads no clock: `run.day` is the day that the run is for",
    "float": "where a Float is wanted an Int may stand: `x * 1.0` is one",
    "enumerate": "count with `range(len(list))`, or `zip(i = range(len(list)), x = list)`",
    "sorted": "lists are put in order in steps",
    "filter": "`when` inside of a `for` decides what runs; lists are cut in steps",
    "map": "go through a list: `for x in list { … yield … }`; of its fields: `list[*].field`",
    "any": "values are computed in steps",
    "abs": "values are computed in steps: here `max(x, -x)`",
    "int": "numbers are made in steps; `round(x)` makes an Int of a Float",
}


def report_unknown_value(name: str, span: Span, scope: Scope, wanted: Type = UNKNOWN) -> None:
    """A name used as a value that is not bound here; `wanted` is the type of its place."""
    file = scope.file
    if name in file.broken:
        return
    if name in file.callables:
        file.used.add(name)
        _report_uncalled(name, span, scope, file.callables[name])
    elif name in scope.later:
        _report_later(name, span, scope.later[name], scope)
    elif name in file.rows:
        file.used_types.add(name)
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{name}`",
                span,
                f"`{name}` is a schema, not a value",
            )
        )
    elif isinstance(words := present(wanted), EnumOf) and name in words.values:
        fix = Fix(f'write `"{name}"`', (Edit(span, f'"{name}"'),), safe=True)
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{name}`",
                span,
                "this word stands in quotes",
                fixes=(fix,),
            )
        )
    elif name in BUILTINS or name in PARTITIONED:
        text = BUILTINS[name].text if name in BUILTINS else f"{name}(…)"
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{name}`",
                span,
                f"`{name}` is a function; it must be called",
                notes=(f"`{text}`",),
            )
        )
    elif name == "run":
        file.add(
            finding(
                "MLP0201",
                "nothing here is called `run`",
                span,
                "`run` alone is no value; it has fields",
                help=("write `run.day`, `run.id` or `run.url`",),
            )
        )
    elif name in _SPELT:
        word = _SPELT[name]
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{name}`",
                span,
                f"it is spelt `{word}` here",
                fixes=(Fix(f"write `{word}`", (Edit(span, word),), safe=True),),
            )
        )
    elif scope.schema is not None:
        _report_column(name, span, scope.schema, scope)
    else:
        _report_unknown(name, span, scope, [*scope.visible()])


def report_unknown_callee(name: str, span: Span, scope: Scope) -> None:
    """A name that is called and is neither a step nor a function."""
    file = scope.file
    if name in file.broken:
        return
    binding = scope.lookup(name)
    if binding is not None:
        label = f"`{name}` is {binding.kind.value}; only steps are called"
        file.add(
            finding(
                "MLP0201",
                f"no step here is called `{name}`",
                span,
                label,
                labels=(Label(binding.span, f"`{name}` comes from here"),),
            )
        )
    elif name in ELSEWHERE:
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{name}`",
                span,
                f"`{name}` belongs in {ELSEWHERE[name]}",
            )
        )
    else:
        candidates = [*file.callables, *BUILTINS]
        inside = next(owners(name, file), None)
        way_out = _FOREIGN_CALLS.get(name)
        if inside is not None:
            report_inside(name, span, inside, scope)
            return
        if way_out is None:
            _report_unknown(name, span, scope, candidates)
            return
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{name}`",
                span,
                "only steps and built-in functions are called",
                help=(way_out,),
            )
        )


def report_inside(name: str, span: Span, module: str, scope: Scope) -> None:
    """A step that is named without the module that it is of; `span` is all that names it."""
    scope.file.used.add(module)
    whole = f"{module}.{name}"
    fix = Fix(f"write `{whole}`", (Edit(span, whole),), safe=True)
    scope.file.add(
        finding(
            "MLP0201",
            f"nothing here is called `{name}`",
            span,
            f"did you mean `{whole}`?",
            labels=(Label(scope.file.modules[module].span, f"`{module}` has it"),),
            fixes=(fix,),
        )
    )


def _report_unknown(name: str, span: Span, scope: Scope, candidates: list[str]) -> None:
    near = closest(name, [*candidates, *scope.file.broken])
    if near is None and name in scope.file.unknown:
        return
    scope.file.unknown.add(name)
    fixes, labels = [], []
    if near is not None:
        scope.file.used.add(near)
        fixes.append(Fix(f"rename it to `{near}`", (Edit(span, near),), safe=True))
        found = scope.names.get(near) or scope.file.constants.get(near)
        if found is not None:
            labels.append(Label(found.span, f"`{near}` is {found.kind.value}"))
    scope.file.add(
        finding(
            "MLP0201",
            f"nothing here is called `{name}`",
            span,
            f"did you mean `{near}`?" if near else "this name has no meaning here",
            labels=labels,
            fixes=fixes,
        )
    )


def _report_column(name: str, span: Span, schema: str, scope: Scope) -> None:
    """A name in the `check` of a schema that is no column of it."""
    near = closest(name, scope.visible())
    fixes = []
    if near is not None:
        scope.file.used.add(near)
        fixes.append(Fix(f"rename it to `{near}`", (Edit(span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0308",
            f"schema `{schema}` has no column `{name}`",
            span,
            f"did you mean `{near}`?" if near else "there is nothing of this name",
            notes=(f"`{schema}` has {listed(scope.names) or 'no columns'}",),
            fixes=fixes,
        )
    )


def _report_uncalled(name: str, span: Span, scope: Scope, kind: str) -> None:
    help = f"write `x = {name}(…)` on a line above, and use `x` here"
    if scope.in_test:
        subject = scope.file.steps.get(name) or scope.file.checked.get(name)
        ports = [f"`{port.name}`" for port in subject.ports] if subject is not None else []
        help = f"in its test, the outputs of a {kind} go by their own names"
        help += f": {', '.join(ports)}" if ports else ""
    scope.file.add(
        finding(
            "MLP0214",
            f"`{name}` is a {kind}; it must be called",
            span,
            f"`{name}(…)` makes a node of it",
            help=(help,),
        )
    )


def _report_later(name: str, span: Span, later: Later, scope: Scope) -> None:
    line = scope.file.line(later.span)
    scope.file.used.add(name)
    around = {block.body for block in scope.enclosing()}
    if later.block is not None and later.body not in around:
        keyword, _ = later.block
        scope.file.add(
            finding(
                "MLP0206",
                f"`{name}` only exists inside the `{keyword}` at line"
                f" {scope.file.line(later.block[1])}",
                span,
                "this stands outside of it",
                labels=(Label(later.span, f"`{name}` is made here"),),
                help=("what a hook makes stays in it",)
                if keyword not in ("for", "when", "partition")
                else (f"let the block hand it out: `r = {keyword} … {{ … yield {name} }}`",),
            )
        )
        return
    if later.statement is not None and later.statement.name.text == scope.defining:
        _report_itself(name, span, later, scope)
        return
    fix = _move_up(later, scope)
    scope.file.add(
        finding(
            "MLP0205",
            f"`{name}` is used before it is defined",
            span,
            f"it is defined at line {line}",
            labels=(Label(later.span, f"`{name}` is defined here"),),
            help=("names are defined above the lines that use them",),
            fixes=(fix,) if fix is not None else (),
        )
    )


def _report_itself(name: str, span: Span, later: Later, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0205",
            f"`{name}` is used before it is defined",
            span,
            "it would have to be there before it is made",
            labels=(Label(later.span, f"`{name}` is made here"),),
            help=("nothing is made of itself; give one of the two another name",),
        )
    )


def _move_up(later: Later, scope: Scope) -> Fix | None:
    """Moves the definition above its use, where all that it needs is defined there."""
    if later.statement is None or not scope.items or later.index <= scope.at:
        return None
    if later.index >= len(scope.items) or scope.items[later.index] is not later.statement:
        return None
    source = scope.file.source
    here = scope.items[scope.at]
    for word in mentions(later.statement.value):
        if word in scope.later and word not in scope.names:
            return None
    first = source.position(later.statement.span.start).line
    last = source.position(max(later.statement.span.end - 1, later.statement.span.start)).line
    start = source.line_starts[first - 1]
    end = source.line_starts[last] if last < source.line_count else len(source.text)
    moved = source.text[start:end]
    if moved.strip() != source.slice(source.trimmed(later.statement.span)):
        return None
    target = source.line_starts[source.position(here.span.start).line - 1]
    between = scope.items[scope.at : later.index]
    gate = any(isinstance(item, ast.Expect | ast.Approve) for item in between)
    if not moved.endswith("\n"):
        moved += "\n"
    edits = (Edit(source.span(target, target), moved), Edit(source.span(start, end), ""))
    return Fix(f"move line {first} up", edits, safe=not gate)
