"""Whether a value fits where it is put, and the message where it does not."""

from __future__ import annotations

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.relate import assignable, column_fits, may_be_missing, present, widen
from ..types.types import (
    DATE,
    DURATION,
    FLOAT,
    INT,
    SIZE,
    STRING,
    Dataset,
    EnumOf,
    ListOf,
    Optional,
    Row,
    Scalar,
    Secret,
    Type,
    show,
)
from .amounts import is_text, unquoted
from .closest import an, closest
from .finding import finding
from .missing import report_missing
from .origin import origin, root, shortened
from .scope import Scope
from .secrets import report_misplaced_secret

# What makes a value of these types of the path in a text.
_OPENERS = {"File": "file", "Dataset": "dataset"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a value is put into: its name, where its type is written, and the step that has it."""

    name: str
    declared: Span | None = None
    owner: str | None = None


def fits(expr: ast.Expr, given: Type, wanted: Type, place: Place, scope: Scope) -> bool:
    """Whether the value may stand there; if not, one diagnostic at the part that does not fit."""
    if assignable(given, wanted):
        return True
    inner = present(wanted)
    match expr, inner:
        case (ast.ListOf(items=items), ListOf(item)):
            return _all_fit(items, item, place, scope)
        case (ast.IfExpr(then=then, otherwise=otherwise), _) if not may_be_missing(given):
            return _all_fit((then, otherwise), wanted, place, scope)
        case (ast.Record(entries=entries), Row() as row) if not _lacking(given, row):
            return _entries_fit(entries, row, scope)
        case _:
            _report(expr, given, wanted, place, scope)
            return False


def _all_fit(parts: tuple[ast.Expr, ...], wanted: Type, place: Place, scope: Scope) -> bool:
    """Whether all parts fit; every one that does not is reported."""
    verdicts = [fits(part, _own_type(part, scope), wanted, place, scope) for part in parts]
    return all(verdicts)


def _entries_fit(entries: tuple[ast.Entry, ...], row: Row, scope: Scope) -> bool:
    """Whether every field of a record that is written in place fits its column."""
    verdicts = []
    for entry in entries:
        column = row.column(entry.key.text)
        if column is not None:
            type_ = _own_type(entry.value, scope)
            verdicts.append(fits(entry.value, type_, column, Place(entry.key.text), scope))
    return all(verdicts)


def _lacking(given: Type, wanted: Row) -> list[str]:
    """The columns that are wanted and not given."""
    if not isinstance(given, Row):
        return []
    return [fit.column.name for fit in column_fits(given, wanted) if fit.given is None]


def _own_type(expr: ast.Expr, scope: Scope) -> Type:
    """The type of a part, where a written text is that text and not any String."""
    if isinstance(expr, ast.Literal) and isinstance(expr.value, str):
        return EnumOf((expr.value,))
    return scope.file.typing.of(expr)


def _report(expr: ast.Expr, given: Type, wanted: Type, place: Place, scope: Scope) -> None:
    inner = present(wanted)
    if isinstance(given, Secret):
        report_misplaced_secret(expr.span, scope.file)
    elif lacks_unit(expr, given, inner):
        report_no_unit(expr, inner, place.name, scope)
    elif isinstance(given, Optional) and assignable(given.inner, wanted):
        report_missing(expr, given, f"`{place.name}` wants {shortened(show(wanted))}", scope)
    elif isinstance(given, Dataset) and isinstance(inner, Dataset) and given.row is not None:
        _report_columns(expr, given, inner, place, scope)
    else:
        _report_mismatch(expr, given, wanted, place, scope)


def lacks_unit(expr: ast.Expr, given: Type, wanted: Type) -> bool:
    """Whether a bare number stands where a quantity is wanted."""
    number = expr.operand if isinstance(expr, ast.Unary) else expr
    return isinstance(number, ast.Literal) and given in (INT, FLOAT) and wanted in (DURATION, SIZE)


def report_no_unit(expr: ast.Expr, wanted: Type, name: str, scope: Scope) -> None:
    """`timeout = 50`: fifty what?"""
    number = scope.file.text(expr.span)
    units = ["s", "m", "h"] if wanted == DURATION else ["MB", "GB", "GiB"]
    if wanted == DURATION and not name.isidentifier():
        units = ["ms", "s"]
    fixes = [
        Fix(f"write `{number}{unit}`", (Edit(expr.span, f"{number}{unit}"),), safe=False)
        for unit in units
    ]
    example = units[-2] if wanted == SIZE else units[0]
    if wanted == SIZE:
        message, label = f"{number} what?", f"a Size has a unit: `{number}{example}`"
    else:
        message = f"`{number}` has no unit; `{name}` is {an(show(wanted))}"
        label = ", ".join(f"`{number}{unit}`" for unit in units) + "?"
    code = "MLP0510" if wanted == SIZE else "MLP0304"
    help_ = f"write it with a unit: `{number}{example}`"
    scope.file.add(finding(code, message, expr.span, label, help=(help_,), fixes=fixes))


def _declaration(wanted: Type, place: Place) -> tuple[Label, ...]:
    if place.declared is None:
        return ()
    inner = present(wanted)
    what = shortened(show(wanted))
    if isinstance(inner, Dataset) and inner.row is not None and inner.row.name:
        return (Label(place.declared, f"`{place.name}` must hold {inner.row.name}"),)
    return (Label(place.declared, f"`{place.name}` must be {what}"),)


def _given(given: Type, wanted: Type) -> str:
    """The given type as the message names it; one text alone is a String unless texts matter."""
    if isinstance(present(wanted), EnumOf):
        return show(given)
    return show(widen(given))


def _report_mismatch(expr: ast.Expr, given: Type, wanted: Type, place: Place, scope: Scope) -> None:
    inner = present(wanted)
    labels = list(_declaration(wanted, place))
    here = origin(expr, given, scope)
    if here is not None and all(here.span != label.span for label in labels):
        labels.insert(0, here)
    text = scope.file.text(expr.span)
    label = f"`{place.name}` wants {shortened(show(wanted))}"
    help_: list[str] = []
    fixes: list[Fix] = []
    binding = root(expr, scope)
    if isinstance(expr, ast.NameRef) and binding is not None and binding.step is not None:
        ports = [port for port in binding.step.ports if assignable(port.type, wanted)]
        label = f"`{expr.name}` is a node with {_count(len(binding.step.ports))}"
        help_ += [f"write `{expr.name}.{port.name}`" for port in ports]
        if len(ports) == 1:
            edit = Edit(expr.span.at_end(), f".{ports[0].name}")
            fixes.append(Fix(f"write `{expr.name}.{ports[0].name}`", (edit,), safe=True))
    elif isinstance(inner, EnumOf) and isinstance(given, EnumOf) and len(given.values) == 1:
        near = closest(given.values[0], inner.values)
        if near is not None:
            label = f'did you mean `"{near}"`?'
            fixes.append(Fix(f'write `"{near}"`', (Edit(expr.span, f'"{near}"'),), safe=True))
    elif (bare := unquoted(expr, inner)) is not None:
        label = f"{an(show(inner))} is written without quotes"
        fixes.append(Fix(f"write `{bare}`", (Edit(expr.span, bare),), safe=True))
    elif (call := _OPENERS.get(show(inner))) is not None and is_text(expr):
        label = f"text alone names no {show(inner)}"
        written = f"{call}({text})"
        fixes.append(Fix(f"write `{written}`", (Edit(expr.span, written),), safe=True))
    elif inner == STRING and isinstance(expr, ast.Literal) and isinstance(given, Scalar):
        help_.append(f'write it in quotes: `"{text}"`')
    elif inner == STRING and isinstance(given, Scalar):
        help_.append(f'put it into text: `f"{{{text}}}"`')
    elif inner == DATE:
        help_.append("a Date is written `2026-01-31`")
    elif (given, inner) == (FLOAT, INT):
        whole = text[:-2] if isinstance(expr, ast.Literal) and text.endswith(".0") else None
        if whole is not None:
            fixes.append(Fix(f"write `{whole}`", (Edit(expr.span, whole),), safe=True))
        else:
            help_.append(f"round it: `round({text})`")
    elif isinstance(given, Dataset) and isinstance(inner, Dataset) and inner.row is not None:
        label = "its columns are not known"
        help_.append(f"declare the output that makes it as `{show(inner)}`")
    elif isinstance(given, Row) and isinstance(inner, Row):
        lacking = _lacking(given, inner)
        if lacking:
            label = shortened(f"it lacks {', '.join(f'`{name}`' for name in lacking)}", 60)
    message = f"`{_given(given, wanted)}` given, `{show(wanted)}` wanted"
    scope.file.add(
        finding("MLP0301", message, expr.span, label, labels=labels, help=help_, fixes=fixes)
    )


def _count(outputs: int) -> str:
    return "no output" if outputs == 0 else "one output" if outputs == 1 else f"{outputs} outputs"


def _report_columns(
    expr: ast.Expr, given: Dataset, wanted: Dataset, place: Place, scope: Scope
) -> None:
    assert given.row is not None
    assert wanted.row is not None
    name = wanted.row.name or "it"
    rows = []
    for fit in column_fits(given.row, wanted.row):
        have = show(fit.given) if fit.given is not None else show(fit.column.type)
        match fit.fit:
            case "may be empty":
                verdict = f"may be empty, but {name} wants {show(fit.column.type)}"
            case "differs":
                verdict = f"{name} wants {show(fit.column.type)}"
            case plain:
                verdict = plain
        rows.append((fit.column.name, have, verdict))
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    lead = "column by column:   "
    notes = [
        f"{lead if index == 0 else ' ' * len(lead)}"
        f"{row[0].ljust(widths[0])}  {row[1].ljust(widths[1])}   {row[2]}"
        for index, row in enumerate(rows)
    ]
    here = origin(expr, given, scope)
    labels = [here] if here is not None else []
    binding = root(expr, scope)
    if place.owner and binding is not None and binding.step is not None:
        ends = f"between `{binding.step.name}` and `{place.owner}`"
        help_ = f"put a step that returns {show(wanted)} {ends}"
    else:
        help_ = f"put a step before it that returns {show(wanted)}"
    needs = f"`{place.owner or place.name}` needs"
    scope.file.add(
        finding(
            "MLP0302",
            f"these rows do not have the columns {needs}",
            expr.span,
            shortened(f"{show(given)} given, {show(wanted)} wanted", 60),
            labels=[*labels, *_declaration(wanted, place)],
            notes=notes,
            help=(help_,),
        )
    )
