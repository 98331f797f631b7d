"""Parses a file: text in, syntax tree out, every mistake in the report."""

from __future__ import annotations

from ..diagnostics.diagnostic import Diagnostic, Report, error
from ..source import Source
from . import ast
from .build import Context
from .lalr import Machine, TooDeepError
from .tokens import Tokens, scan

MAX_CHARACTERS = 4_000_000


def parse(source: Source, report: Report) -> ast.File:
    """The tree of a file; what could not be read is reported and left out. Never raises."""
    tokens = scan(source)
    context = Context(tokens, lambda start, end: _inner(source, start, end, 0, context.mistakes))
    machine = Machine(context, "start")
    for token, kind in enumerate(tokens.kinds):
        if not machine.feed(kind, token):
            report.add(error("MLP0101", "this does not fit here", tokens.span(token)))
            return ast.File(source.span(0, len(source.text)), None, ())
    report.extend(context.mistakes)
    return machine.result


def _inner(source: Source, start: int, end: int, depth: int, mistakes: list[Diagnostic]) -> ast.Expr | None:
    tokens = scan(source, start, end)
    context = Context(tokens, lambda s, e: _inner(source, s, e, depth + 1, mistakes), mistakes)
    machine = Machine(context, "expr")
    for token, kind in enumerate(tokens.kinds):
        if not machine.feed(kind, token):
            mistakes.append(error("MLP0101", "this does not fit here", tokens.span(token)))
            return None
    return machine.result
