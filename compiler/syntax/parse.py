"""Parses a file: text in, syntax tree out, every mistake in the report."""

from __future__ import annotations

from collections.abc import Callable

from ..diagnostics.diagnostic import Diagnostic, Report, error
from ..source import Source
from . import ast, flaws
from .lalr import Machine, TooDeepError
from .tokens import Flaw, Tokens, scan
from .tree import Context

MAX_CHARACTERS = 4_000_000
MAX_TEXTS = 8


def parse(source: Source, report: Report) -> ast.File:
    """The tree of a file; what cannot be read is reported, left out and named in `broken`.

    Never raises, whatever the text.
    """
    whole = source.span(0, len(source.text))
    if len(source.text) > MAX_CHARACTERS:
        why = f"it is longer than {MAX_CHARACTERS:,} characters"
        report.add(error("MLP0001", f"cannot read `{source.name}`: {why}", None))
        return ast.File(whole, None, ())
    tokens = scan(source)
    report.extend(flaws.describe(tokens))
    context = _context(tokens, 0)
    machine = Machine(context, "start")
    if _fed(machine, tokens):
        report.extend(context.mistakes)
        file: ast.File = machine.result
        return file
    from .recover import recover

    recovered, diagnostics = recover(
        tokens, lambda part: _context(part, 0), _flawed(tokens, tokens.flaws)
    )
    report.extend(diagnostics)
    return recovered


def _fed(machine: Machine, tokens: Tokens) -> bool:
    try:
        count = len(tokens.kinds)
        return machine.take(tokens.kinds, 0, count) == count
    except TooDeepError:
        return False


def _context(tokens: Tokens, texts: int) -> Context:
    """What builders are given; `texts` counts the interpolated texts around these tokens."""
    mistakes: list[Diagnostic] = []

    def inner(start: int, end: int) -> ast.Expr | None:
        return _interpolated(tokens.source, start, end, texts + 1, mistakes)

    return Context(tokens, inner, mistakes)


def _interpolated(
    source: Source, start: int, end: int, texts: int, mistakes: list[Diagnostic]
) -> ast.Expr | None:
    """The expression between two braces of a text."""
    tokens = scan(source, start, end)
    if texts > MAX_TEXTS:
        from .recover import too_deep

        mistakes.append(too_deep(tokens, 0))
        return None
    mistakes.extend(flaws.describe(tokens))
    context = _context(tokens, texts)
    machine = Machine(context, "expr")
    if _fed(machine, tokens):
        mistakes.extend(context.mistakes)
        expression: ast.Expr = machine.result
        return expression
    if not tokens.flaws:
        from .recover import stopped_at

        mistakes.append(stopped_at(tokens, context, "expr"))
    return None


def _flawed(tokens: Tokens, found: list[Flaw]) -> Callable[[int, int], bool]:
    starts = [flaw.start for flaw in found if flaws.breaks(tokens, flaw)]
    return lambda start, end: any(start <= at <= end for at in starts)
