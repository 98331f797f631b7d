"""What a block hands out: the one `yield` of its statements, and blocks that lack or waste one."""

from __future__ import annotations

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.types import SECRET, UNKNOWN, Type
from .finding import finding
from .infer import infer
from .paths import refuse_path
from .scope import Scope
from .secrets import report_misplaced_secret
from .spans import keyword_span


@dataclass(frozen=True, slots=True)
class Yielded:
    """The value of a block: its `yield` if it has one, and the gate above that may stop it."""

    item: ast.Yield | None = None
    type: Type = UNKNOWN
    stopped: ast.Expect | None = None


def check_yield(
    item: ast.Yield, first: Yielded, stopped: ast.Expect | None, scope: Scope
) -> Yielded:
    """Checks a `yield`; the first one of a block stands."""
    type_ = infer(item.value, scope)
    refuse_path(item.value, "what a block yields", scope)
    keyword = keyword_span(item.span, "yield")
    if scope.around is None or scope.around.word not in ("for", "when", "partition"):
        _report_misplaced(keyword, scope)
        return first
    if first.item is not None:
        scope.file.add(
            finding(
                "MLP0504",
                "`yield` is set twice",
                keyword,
                "again here",
                labels=(Label(keyword_span(first.item.span, "yield"), "first here"),),
                help=("yield one record: `yield { a = …, b = … }`",),
            )
        )
        return first
    if type_ == SECRET:
        report_misplaced_secret(item.value.span, scope.file)
        type_ = UNKNOWN
    return Yielded(item, type_, stopped)


def _report_misplaced(keyword: Span, scope: Scope) -> None:
    label = "a pipeline hands out values with `output`"
    help_ = "write `output name = …`"
    if scope.around is not None:
        label, help_ = "a hook hands out nothing", "leave it out"
    scope.file.add(
        finding(
            "MLP0703",
            "`yield` belongs in `for`, `when` or `partition`",
            keyword,
            label,
            help=(help_,),
        )
    )


def check_taken(
    word: str, keyword: Span, name: ast.Name | None, found: tuple[Yielded, ...], scope: Scope
) -> bool:
    """Whether a block has a value; says where it lacks one, or where nobody takes it."""
    items = [arm.item for arm in found if arm.item is not None]
    if name is None:
        for item in items[:1]:
            _report_wasted(word, keyword, item, scope)
    elif not items:
        _report_nothing(word, keyword, name, scope)
    return bool(items)


def _report_wasted(word: str, keyword: Span, item: ast.Yield, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP1001",
            f"the value of this `{word}` is never used",
            keyword_span(item.span, "yield"),
            "nothing takes this value",
            labels=(Label(keyword, f"this `{word}` has no name"),),
            help=(f"give the block a name: `x = {word} …`",),
        )
    )


def _report_nothing(word: str, keyword: Span, name: ast.Name, scope: Scope) -> None:
    unbound = Span(name.span.file, name.span.start, keyword.start)
    scope.file.add(
        finding(
            "MLP0313",
            f"this `{word}` is bound to `{name.text}` but yields nothing",
            name.span,
            f"`{name.text}` would have no value",
            labels=(Label(keyword, "there is no `yield` in this block itself"),),
            help=(f"end the block with `yield …`, or drop `{name.text} =`",),
            fixes=(Fix(f"drop `{name.text} =`", (Edit(unbound, ""),), safe=False),),
        )
    )
