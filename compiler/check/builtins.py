"""The built-in functions: one written signature each, and the type of what they return."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import join, may_be_missing, ordered, present, widen
from ..types.settings import Stage
from ..types.types import (
    DURATION,
    FILE,
    FLOAT,
    INT,
    SECRET,
    STRING,
    UNKNOWN,
    Column,
    Dataset,
    EnumOf,
    ListOf,
    MapOf,
    Metrics,
    Optional,
    Row,
    Scalar,
    Type,
    Unknown,
    show,
)
from .assign import Place, fits
from .closest import closest, listed
from .finding import finding, unbuilt
from .fold import folded_text
from .missing import report_missing
from .origin import shortened
from .scope import Scope

SCHEDULE = Scalar("Schedule")
BACKOFF = Scalar("Backoff")
_LIST = ListOf(UNKNOWN)

Given = Sequence[tuple[ast.Argument, Type]]


@dataclass(frozen=True, slots=True)
class Input:
    """One argument; `type` is None where `Signature.result` looks at it itself.

    `given` says whether it is written in its position, by its name, or either way.
    """

    name: str
    type: Type | None
    required: bool = True
    given: Literal["position", "name", "either"] = "either"


@dataclass(frozen=True, slots=True)
class Signature:
    """A built-in function. `text` is its signature as hover and messages show it.

    `inputs` are filled in order or by name; `rest` takes any number of further positional
    arguments and `free` any names. `result` gets the arguments that were given, in the order of
    the call, and reports what no `type` can say. `stage` is the earliest one a result is known in.
    """

    name: str
    text: str
    inputs: tuple[Input, ...]
    result: Callable[[ast.Call, Given, Scope], Type]
    rest: bool = False
    free: bool = False
    stage: Stage = Stage.COMPILE


def _always(type_: Type) -> Callable[[ast.Call, Given, Scope], Type]:
    return lambda call, given, scope: type_


def _items(argument: ast.Argument, type_: Type, scope: Scope) -> Type | None:
    """The type of a list's items, None after reporting that it is no list."""
    if isinstance(type_, Unknown):
        return UNKNOWN
    if isinstance(type_, ListOf):
        return type_.item
    if isinstance(type_, Optional) and isinstance(type_.inner, ListOf):
        report_missing(argument.value, type_, "a list is needed here", scope)
        return None
    scope.file.add(
        finding(
            "MLP0301",
            f"`{show(widen(type_))}` given, a list wanted",
            argument.value.span,
            "this is not a list",
        )
    )
    return None


def _rows(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`grid` and `zip`: a list of records with one field per named list."""
    columns = []
    for argument, type_ in given:
        item = _items(argument, type_, scope)
        name = argument.name.text if argument.name is not None else ""
        columns.append(Column(name, UNKNOWN if item is None else widen(item)))
    return ListOf(Row(None, tuple(columns)))


def _length(call: ast.Call, given: Given, scope: Scope) -> Type:
    argument, type_ = given[0]
    if may_be_missing(type_):
        report_missing(argument.value, type_, "`len` needs a value here", scope)
    elif not isinstance(type_, ListOf | MapOf | EnumOf | Unknown) and type_ != STRING:
        scope.file.add(
            finding(
                "MLP0301",
                f"`{show(type_)}` given, a list, a Map or a String wanted",
                argument.value.span,
                "this has no length",
            )
        )
    return INT


def _joined(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`concat`: one list of what all lists hold."""
    whole: Type | None = None
    for argument, type_ in given:
        item = _items(argument, type_, scope)
        if item is None:
            return UNKNOWN
        both = item if whole is None else join(whole, item)
        if both is None:
            assert whole is not None
            scope.file.add(
                finding(
                    "MLP0301",
                    f"`{show(widen(type_))}` given, `{show(ListOf(widen(whole)))}` wanted",
                    argument.value.span,
                    "the lists hold different things",
                )
            )
            return UNKNOWN
        whole = both
    return ListOf(whole if whole is not None else UNKNOWN)


def _extreme(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`min` and `max` of a list or of the arguments."""
    types = [type_ for _, type_ in given]
    if len(types) == 1:
        item = _items(given[0][0], types[0], scope)
        types = [] if item is None else [item]
    best: Type | None = None
    for (argument, _), type_ in zip(given, types, strict=False):
        if may_be_missing(type_):
            report_missing(argument.value, type_, "it cannot be compared while missing", scope)
            return UNKNOWN
        if not ordered(type_, type_ if best is None else best):
            scope.file.add(
                finding(
                    "MLP0309",
                    f"`{_name(call)}` compares {shortened(show(widen(best or type_)))}"
                    f" with {shortened(show(widen(type_)))}",
                    argument.value.span,
                    "these two cannot be compared",
                )
            )
            return UNKNOWN
        best = type_ if best is None else join(best, type_)
    return UNKNOWN if best is None else best


def _name(call: ast.Call) -> str:
    return call.callee.name if isinstance(call.callee, ast.NameRef) else ""


def _best_by(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`max_by` and `min_by`: the item whose field is best."""
    item = _items(*given[0], scope)
    if len(given) < 2 or item is None:
        return UNKNOWN
    argument = given[1][0]
    if not isinstance(argument.value, ast.Accessor):
        _report_no_accessor(argument.value, scope)
        return item
    field = argument.value.field
    if isinstance(item, Unknown):
        return UNKNOWN
    columns = item.columns if isinstance(item, Row) else ()
    if isinstance(item, Metrics):
        if item.row is None:
            return item
        columns = item.row.columns
    found = next((column.type for column in columns if column.name == field.text), None)
    if found is None:
        near = closest(field.text, [column.name for column in columns])
        fixes = []
        if near is not None:
            fixes.append(Fix(f"rename it to `{near}`", (Edit(field.span, near),), safe=True))
        scope.file.add(
            finding(
                "MLP0204",
                f"the items of this list have no field called `{field.text}`",
                field.span,
                f"did you mean `{near}`?" if near else shortened(f"they are {show(item)}", 60),
                fixes=fixes,
            )
        )
    elif may_be_missing(found) or not ordered(found, found):
        scope.file.add(
            finding(
                "MLP0309",
                f"`{_name(call)}` compares {shortened(show(found))} with {shortened(show(found))}",
                field.span,
                "this field has no order",
            )
        )
    return item


def _report_no_accessor(value: ast.Expr, scope: Scope) -> None:
    word = None
    if isinstance(value, ast.Literal) and isinstance(value.value, str):
        word = value.value
    elif isinstance(value, ast.NameRef):
        word = value.name
    shown = f".{word}" if word is not None and word.isidentifier() else None
    scope.file.add(
        finding(
            "MLP0314",
            f"write `{shown or '.field'}` to say which field",
            value.span,
            "a field is chosen with a dot before its name",
            fixes=()
            if shown is None
            else (Fix(f"write `{shown}`", (Edit(value.span, shown),), safe=True),),
        )
    )


def _rounded(call: ast.Call, given: Given, scope: Scope) -> Type:
    return INT if len(given) == 1 else FLOAT


_CRON = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 7),
)
_CRON_PART = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/([1-9]\d*))?")
_CRON_WORDS = {
    "month": "jan feb mar apr may jun jul aug sep oct nov dec".split(),
    "weekday": "sun mon tue wed thu fri sat".split(),
}


def _schedule(call: ast.Call, given: Given, scope: Scope) -> Type:
    """`cron`: five fields, each within its bounds."""
    when = given[0][0].value
    text = folded_text(when, scope.file)
    if text is None:
        return SCHEDULE
    fields = text.split()
    if len(fields) != len(_CRON):
        scope.file.add(
            finding(
                "MLP0503",
                f"`cron` wants five fields, this has {len(fields)}",
                when.span,
                "minute hour day month weekday",
                help=('every Monday at five: `cron("0 5 * * 1")`',),
            )
        )
        return SCHEDULE
    for field, (name, low, high) in zip(fields, _CRON, strict=True):
        if not all(_cron_part(part, name, low, high) for part in field.split(",")):
            scope.file.add(
                finding(
                    "MLP0503",
                    f"the {name} of `cron` must be between {low} and {high}",
                    when.span,
                    f"`{field}` is not",
                    help=("`*`, `5`, `1-5`, `*/15` and lists of them with commas",),
                )
            )
            return SCHEDULE
    return SCHEDULE


def _cron_part(part: str, name: str, low: int, high: int) -> bool:
    match = _CRON_PART.fullmatch(part.lower())
    if match is None:
        return False
    words = _CRON_WORDS.get(name, [])
    return all(
        end is None or end in words or (end.isdecimal() and low <= int(end) <= high)
        for end in (match[1], match[2])
    )


_LISTS = "name = List[A], …"
_BACKOFF = (Input("first", DURATION), Input("max", DURATION, required=False, given="name"))

BUILTINS: dict[str, Signature] = {
    signature.name: signature
    for signature in (
        Signature(
            "dataset",
            "dataset(path: String) -> Dataset",
            (Input("path", STRING),),
            _always(Dataset()),
            stage=Stage.SUBMIT,
        ),
        Signature("file", "file(path: String) -> File", (Input("path", STRING),), _always(FILE)),
        Signature(
            "secret", "secret(name: String) -> Secret", (Input("name", STRING),), _always(SECRET)
        ),
        Signature(
            "cron",
            'cron(when: String, timezone: String = "UTC") -> Schedule',
            (
                Input("when", STRING, given="position"),
                Input("timezone", STRING, required=False, given="name"),
            ),
            _schedule,
        ),
        Signature(
            "exponential",
            "exponential(first: Duration, max: Duration?) -> Backoff",
            _BACKOFF,
            _always(BACKOFF),
        ),
        Signature(
            "linear",
            "linear(first: Duration, max: Duration?) -> Backoff",
            _BACKOFF,
            _always(BACKOFF),
        ),
        Signature("grid", f"grid({_LISTS}) -> List[{{ name: A, … }}]", (), _rows, free=True),
        Signature("zip", f"zip({_LISTS}) -> List[{{ name: A, … }}]", (), _rows, free=True),
        Signature(
            "range",
            "range(end: Int) or range(start: Int, end: Int, step: Int = 1) -> List[Int]",
            (
                Input("start", INT, given="position"),
                Input("end", INT, required=False, given="position"),
                Input("step", INT, required=False, given="position"),
            ),
            _always(ListOf(INT)),
        ),
        Signature(
            "len",
            "len(of: List[T] | Map[String, T] | String) -> Int",
            (Input("of", None, given="position"),),
            _length,
        ),
        Signature("concat", "concat(List[T], …) -> List[T]", (), _joined, rest=True),
        Signature("min", "min(List[T]) or min(T, …) -> T", (), _extreme, rest=True),
        Signature("max", "max(List[T]) or max(T, …) -> T", (), _extreme, rest=True),
        Signature(
            "round",
            "round(value: Float) -> Int or round(value: Float, digits: Int) -> Float",
            (Input("value", FLOAT, given="position"), Input("digits", INT, required=False)),
            _rounded,
        ),
        Signature(
            "max_by",
            "max_by(list: List[T], by: .field) -> T",
            (Input("list", _LIST, given="position"), Input("by", None)),
            _best_by,
        ),
        Signature(
            "min_by",
            "min_by(list: List[T], by: .field) -> T",
            (Input("list", _LIST, given="position"), Input("by", None)),
            _best_by,
        ),
    )
}
PARTITIONED = frozenset({"previous", "trailing", "within", "covering", "current", "all", "latest"})
ELSEWHERE = {
    **dict.fromkeys(("unique", "null_rate", "count", "mean", "matches"), "the `check` of a schema"),
    **dict.fromkeys(("ran", "runs"), "`test` blocks"),
}


def call_type(
    signature: Signature, call: ast.Call, given: Given, wanted: Type, scope: Scope
) -> Type:
    """The type of a call of a built-in, its arguments already typed. `wanted` is what it fills."""
    bound = _bind(signature, call, given, scope)
    if bound is None:
        return UNKNOWN
    for input_, (argument, type_) in bound:
        if input_.type is not None:
            place = Place(input_.name, None, signature.name)
            fits(argument.value, type_, input_.type, place, scope)
    result = signature.result(call, given, scope)
    if signature.name == "dataset" and isinstance(present(wanted), Dataset):
        return present(wanted)
    return result


def _bind(
    signature: Signature, call: ast.Call, given: Given, scope: Scope
) -> list[tuple[Input, tuple[ast.Argument, Type]]] | None:
    """Which argument fills which input; None after reporting that the call makes no sense."""
    open_ = list(signature.inputs)
    bound = []
    for argument, type_ in given:
        if argument.name is None:
            if open_ and open_[0].given == "name":
                _report_unnamed(signature, open_[0], argument, scope)
                return None
            if open_:
                bound.append((open_.pop(0), (argument, type_)))
            elif not signature.rest:
                _report_extra(signature, argument, scope)
                return None
            continue
        inputs = (i for i in signature.inputs if i.given != "position")
        found = next((i for i in inputs if i.name == argument.name.text), None)
        if found is not None and found in open_:
            open_.remove(found)
            bound.append((found, (argument, type_)))
        elif found is not None:
            scope.file.add(
                finding("MLP0504", f"`{found.name}` is set twice", argument.name.span, "again here")
            )
            return None
        elif not signature.free:
            _report_unknown(signature, argument.name, scope)
            return None
    lacking = [i.name for i in open_ if i.required]
    if lacking or ((signature.rest or signature.free) and not given):
        what = listed(lacking) or ("a named list" if signature.free else "something to work on")
        scope.file.add(
            finding(
                "MLP0210",
                f"`{signature.name}` also needs {what}",
                call.callee.span,
                "in this call",
                notes=(f"`{signature.text}`",),
            )
        )
        return None
    return bound


def _report_unnamed(
    signature: Signature, input_: Input, argument: ast.Argument, scope: Scope
) -> None:
    text = f"{input_.name} = "
    scope.file.add(
        finding(
            "MLP0209",
            "arguments are named",
            argument.span,
            f"write `{input_.name} = …`",
            notes=(f"`{signature.text}`",),
            fixes=(Fix(f"write `{text}`", (Edit(argument.span.at_start(), text),), safe=True),),
        )
    )


def _report_extra(signature: Signature, argument: ast.Argument, scope: Scope) -> None:
    if signature.free:
        code, message = "MLP0209", "arguments are named"
        label = f"write `name = …`: `{signature.name}` makes a field of it"
    else:
        count = len(signature.inputs)
        code, message = "MLP0208", f"`{signature.name}` has no further input"
        label = f"it takes {'one argument' if count == 1 else f'at most {count} arguments'}"
    scope.file.add(finding(code, message, argument.span, label, notes=(f"`{signature.text}`",)))


def _report_unknown(signature: Signature, name: ast.Name, scope: Scope) -> None:
    near = closest(name.text, [i.name for i in signature.inputs if i.given != "position"])
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(name.span, near),), safe=True))
    scope.file.add(
        finding(
            "MLP0208",
            f"`{signature.name}` has no input called `{name.text}`",
            name.span,
            f"did you mean `{near}`?" if near else "it takes nothing of this name",
            notes=(f"`{signature.text}`",),
            fixes=fixes,
        )
    )


def unbuilt_call(name: str, call: ast.Call, scope: Scope) -> None:
    """A function of a construct that does not exist yet."""
    scope.file.add(unbuilt(f"`{name}` and partitions are", call.callee.span))
