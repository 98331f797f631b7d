"""The built-in functions: one written signature each, and the type of what they return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from ..types.relate import present
from ..types.settings import Stage
from ..types.types import (
    DURATION,
    FILE,
    FLOAT,
    INT,
    SECRET,
    STRING,
    UNKNOWN,
    Dataset,
    ListOf,
    Type,
)
from .assign import Place, fits
from .closest import closest, listed
from .cron import check_cron
from .finding import finding
from .results import (
    BACKOFF,
    Given,
    always,
    best_by,
    extreme,
    joined,
    length,
    rounded,
    rows,
)
from .scope import Scope
from .stages import in_time

_LIST = ListOf(UNKNOWN)


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


_LISTS = "name = List[A], …"
_BACKOFF = (Input("first", DURATION), Input("max", DURATION, required=False, given="name"))

BUILTINS: dict[str, Signature] = {
    signature.name: signature
    for signature in (
        Signature(
            "dataset",
            "dataset(path: String) -> Dataset",
            (Input("path", STRING),),
            always(Dataset()),
            stage=Stage.SUBMIT,
        ),
        Signature("file", "file(path: String) -> File", (Input("path", STRING),), always(FILE)),
        Signature(
            "secret", "secret(name: String) -> Secret", (Input("name", STRING),), always(SECRET)
        ),
        Signature(
            "cron",
            'cron(when: String, timezone: String = "UTC") -> Schedule',
            (
                Input("when", STRING, given="position"),
                Input("timezone", STRING, required=False, given="name"),
            ),
            check_cron,
        ),
        Signature(
            "exponential",
            "exponential(first: Duration, max: Duration?) -> Backoff",
            _BACKOFF,
            always(BACKOFF),
        ),
        Signature(
            "linear",
            "linear(first: Duration, max: Duration?) -> Backoff",
            _BACKOFF,
            always(BACKOFF),
        ),
        Signature("grid", f"grid({_LISTS}) -> List[{{ name: A, … }}]", (), rows, free=True),
        Signature("zip", f"zip({_LISTS}) -> List[{{ name: A, … }}]", (), rows, free=True),
        Signature(
            "range",
            "range(end: Int) or range(start: Int, end: Int, step: Int = 1) -> List[Int]",
            (
                Input("start", INT, given="position"),
                Input("end", INT, required=False, given="position"),
                Input("step", INT, required=False, given="position"),
            ),
            always(ListOf(INT)),
        ),
        Signature(
            "len",
            "len(of: List[T] | Map[String, T] | String) -> Int",
            (Input("of", None, given="position"),),
            length,
        ),
        Signature("concat", "concat(List[T], …) -> List[T]", (), joined, rest=True),
        Signature("min", "min(List[T]) or min(T, …) -> T", (), extreme, rest=True),
        Signature("max", "max(List[T]) or max(T, …) -> T", (), extreme, rest=True),
        Signature(
            "round",
            "round(value: Float) -> Int or round(value: Float, digits: Int) -> Float",
            (Input("value", FLOAT, given="position"), Input("digits", INT, required=False)),
            rounded,
        ),
        Signature(
            "max_by",
            "max_by(list: List[T], by: .field) -> T",
            (Input("list", _LIST, given="position"), Input("by", None)),
            best_by,
        ),
        Signature(
            "min_by",
            "min_by(list: List[T], by: .field) -> T",
            (Input("list", _LIST, given="position"), Input("by", None)),
            best_by,
        ),
    )
}
PARTITIONED = frozenset({"previous", "trailing", "within", "covering", "current", "all", "latest"})
ELSEWHERE = {
    **dict.fromkeys(("unique", "null_rate", "count", "mean", "matches"), "the `check` of a schema"),
    **dict.fromkeys(("ran", "runs"), "`test` blocks"),
    **dict.fromkeys(PARTITIONED, "pipelines"),
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
    if signature.name in ("dataset", "file"):
        in_time(bound[0][1][0].value, Stage.SUBMIT, f"the path of `{signature.name}`", scope)
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
