"""What a pipeline hands out."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix, Label
from ..syntax import ast
from ..types.relate import may_be_missing, optional, widen
from ..types.types import SECRET, UNKNOWN, Per, Type, Unknown, keyed, show
from .assign import Place, fits
from .finding import finding
from .fold import check_computes
from .infer import infer_per
from .paths import refuse_path
from .scope import Scope
from .secrets import report_misplaced_secret
from .typenames import resolve


def check_output(item: ast.Output, scope: Scope, stopped: ast.Expect | None) -> Type:
    wanted = resolve(item.type, scope.file) if item.type is not None else UNKNOWN
    type_ = infer_per(item.value, scope, wanted)
    check_computes(item.value, type_, scope)
    refuse_path(item.value, f"the output `{item.name.text}`", scope)
    if isinstance(type_, Per):
        type_ = keyed(type_.item)
    if type_ == SECRET:
        report_misplaced_secret(item.value.span, scope.file)
        return UNKNOWN
    if item.type is None:
        found = widen(type_)
        return optional(found) if stopped is not None else found
    fine = fits(item.value, type_, wanted, Place(item.name.text, item.type.span), scope)
    if not fine or isinstance(wanted, Unknown):
        return wanted
    if stopped is not None and not may_be_missing(wanted):
        scope.file.add(
            finding(
                "MLP0305",
                f"`{item.name.text}` may be missing",
                item.name.span,
                "a gate above may stop the pipeline before it",
                labels=(
                    Label(stopped.span, "the run may stop here and stay green"),
                    Label(item.type.span, f"this says {show(wanted)}"),
                ),
                help=(f"write `output {item.name.text}: {show(optional(wanted))} = …`",),
                fixes=(
                    Fix(
                        f"write `{show(optional(wanted))}`",
                        (Edit(item.type.span, show(optional(wanted))),),
                        safe=True,
                    ),
                ),
            )
        )
    return wanted
