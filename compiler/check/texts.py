"""Plain strings that were meant to hold values: `"${x}"` and `"{x}"`."""

from __future__ import annotations

import re

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from .finding import finding
from .scope import Scope
from .secrets import looks_like_secret, report_written_secret

_DOLLAR = re.compile(r"\$\{\s*([A-Za-z_]\w*)[^}]*\}|\{\{\s*([A-Za-z_]\w*)[^}]*\}\}")
_BRACED = re.compile(r"(?<![{$])\{([A-Za-z_]\w*)(?:\.\w+)*\}(?!\})")


def check_text(expr: ast.Literal, text: str, scope: Scope) -> None:
    """Lints a plain string: a secret, a shell variable, or a value that is not put in."""
    if looks_like_secret(text):
        report_written_secret(None, expr.span, scope.file)
        return
    if "{" not in text:
        return
    for match in _DOLLAR.finditer(text):
        name = match[1] or match[2]
        if scope.knows(name):
            _plain(expr, text, match[0], name, scope)
            return
    found = _BRACED.search(text)
    if found is not None and scope.knows(found[1]):
        fixes: tuple[Fix, ...] = ()
        if expr.raw.startswith('"'):
            fixes = (Fix("put `f` before it", (Edit(expr.span.at_start(), "f"),), safe=False),)
        scope.file.add(
            finding(
                "MLP1008",
                "this text is not interpolated",
                expr.span,
                f"`{found[0]}` stays as it is",
                help=('only `f"…"` puts values into text',),
                fixes=fixes,
            )
        )
        scope.file.used.add(found[1])


def _plain(expr: ast.Literal, text: str, part: str, name: str, scope: Scope) -> None:
    alone = text.strip() == part
    scope.file.used.add(name)
    if alone:
        help_ = f"write `{name}` without quotes"
        fix = Fix(help_, (Edit(expr.span, name),), safe=False)
    else:
        help_ = f'only `f"…"` puts values into text: `{{{name}}}`'
        mended = expr.raw.replace(part, f"{{{name}}}")
        fix = Fix("make it an f-string", (Edit(expr.span, f"f{mended}"),), safe=False)
    plain = f'"{part}"'
    scope.file.add(
        finding(
            "MLP0513",
            f"`{plain}` is plain text here",
            expr.span,
            f"`{part}` stays as it is",
            help=(help_,),
            fixes=(fix,),
        )
    )
