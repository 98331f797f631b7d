"""Builds what stands inside pipelines and tests: bindings, blocks, gates, outputs and hooks."""

from __future__ import annotations

from ...diagnostics.diagnostic import error
from .. import ast
from .context import Builders, Context

Words = list[ast.Name]


def words(c: Context, _first: int, _last: int, before: Words | None, word: int) -> Words:
    """A dotted name so far."""
    return [*(before or ()), c.name(word)]


def ref(c: Context, first: int, last: int, before: ast.Ref | None, word: int) -> ast.Ref:
    return ast.Ref(c.span(first, last), (*(before.parts if before else ()), c.name(word)))


def with_clause(
    c: Context, first: int, last: int, arguments: list[ast.Argument] | None
) -> ast.WithClause:
    return ast.WithClause(c.span(first, last), tuple(arguments or ()))


def after_clause(
    _c: Context, _first: int, _last: int, ref: ast.Ref, others: list[ast.Ref] | None
) -> tuple[ast.Ref, ...]:
    return (ref, *(others or ()))


def compute(
    c: Context,
    first: int,
    last: int,
    value: ast.Expr,
    options: ast.WithClause | None,
    after: tuple[ast.Ref, ...] | None,
) -> ast.Compute:
    return ast.Compute(c.span(first, last), value, options, after or ())


def call_statement(
    c: Context,
    first: int,
    last: int,
    callee: Words,
    arguments: list[ast.Argument] | None,
    closing: int,
    options: ast.WithClause | None,
    after: tuple[ast.Ref, ...] | None,
) -> ast.CallStatement:
    head, *fields = callee
    function: ast.Expr = ast.NameRef(head.span, head.text)
    for word in fields:
        function = ast.FieldOf(head.span.to(word.span), function, word, maybe=False)
    call = ast.Call(c.span(first, closing), function, tuple(arguments or ()))
    span = c.span(first, last)
    return ast.CallStatement(span, ast.Compute(span, call, options, after or ()))


def bind(
    c: Context,
    first: int,
    last: int,
    word: int,
    value: ast.Compute | ast.ForBlock | ast.WhenBlock | ast.PartitionBlock,
) -> ast.Bind:
    return ast.Bind(c.span(first, last), c.name(word), value, c.doc(first))


def missing_value(c: Context, first: int, last: int, word: int, equal: int) -> ast.Bind:
    c.mistakes.append(
        error(
            "MLP0110",
            "nothing may end a line with `=`",
            c.tokens.span(equal),
            f"the value of `{c.tokens.text(word)}` must begin on this line",
        )
    )
    place = c.tokens.span(equal).at_end()
    value = ast.Compute(place, ast.Missing(place, None), None, ())
    return ast.Bind(c.span(first, last), c.name(word), value, c.doc(first))


def block(c: Context, first: int, last: int, statements: list[ast.Statement] | None) -> ast.Block:
    return ast.Block(c.span(first, last), tuple(statements or ()))


def for_block(
    c: Context,
    first: int,
    last: int,
    variable: int,
    items: ast.Expr,
    options: ast.WithClause | None,
    body: ast.Block,
) -> ast.ForBlock:
    keyword = c.tokens.span(first)
    return ast.ForBlock(c.span(first, last), keyword, c.name(variable), items, options, body)


def when_block(
    c: Context,
    first: int,
    last: int,
    condition: ast.Expr,
    body: ast.Block,
    otherwise: ast.Block | ast.WhenBlock | None,
) -> ast.WhenBlock:
    return ast.WhenBlock(c.span(first, last), c.tokens.span(first), condition, body, otherwise)


def partition_block(
    c: Context,
    first: int,
    last: int,
    grain: int,
    arguments: list[ast.Argument] | None,
    variable: int | None,
    options: ast.WithClause | None,
    body: ast.Block,
) -> ast.PartitionBlock:
    return ast.PartitionBlock(
        c.span(first, last),
        c.tokens.span(first),
        c.name(grain),
        tuple(arguments or ()),
        c.maybe_name(variable),
        options,
        body,
    )


def yield_statement(c: Context, first: int, last: int, value: ast.Expr) -> ast.Yield:
    return ast.Yield(c.span(first, last), value)


def expect(
    c: Context,
    first: int,
    last: int,
    condition: ast.Expr,
    policy: int | None,
    message: ast.Expr | None,
) -> ast.Expect:
    return ast.Expect(c.span(first, last), condition, c.maybe_name(policy), message)


def approve(
    c: Context, first: int, last: int, message: ast.Expr, options: ast.WithClause | None
) -> ast.Approve:
    return ast.Approve(c.span(first, last), message, options)


def output(
    c: Context, first: int, last: int, word: int, type_: ast.TypeExpr | None, value: ast.Expr
) -> ast.Output:
    return ast.Output(c.span(first, last), c.name(word), type_, value, c.doc(first))


def on_hook(c: Context, first: int, last: int, event: int, body: ast.Block) -> ast.Hook:
    return ast.Hook(c.span(first, last), c.name(event), body)


def finally_hook(c: Context, first: int, last: int, body: ast.Block) -> ast.Hook:
    return ast.Hook(c.span(first, last), c.name(first), body)


def given(c: Context, first: int, last: int, ref: ast.Ref, value: ast.Expr) -> ast.Given:
    return ast.Given(c.span(first, last), ref, value)


def stub(c: Context, first: int, last: int, ref: ast.Ref, value: ast.Expr) -> ast.Stub:
    return ast.Stub(c.span(first, last), ref, value)


BUILDERS: Builders = {
    "callee": (words, ("callee", "_name|_label")),
    "ref": (ref, ("ref", "_name|_label")),
    "with_clause": (with_clause, ("_args",)),
    "after_clause": (after_clause, ("ref", "*")),
    "rhs_expr": (compute, ("expr", "with_clause", "after_clause")),
    "call_stmt": (call_statement, ("callee", "_args", "RPAR", "with_clause", "after_clause")),
    "bind": (bind, ("_name", "_rhs")),
    "missing_value": (missing_value, ("_name", "DANGLING_EQUAL")),
    "block": (block, ("*",)),
    "for_block": (for_block, ("_name", "expr", "with_clause", "block")),
    "when_block": (when_block, ("expr", "block", "when_block|block")),
    "partition_block": (partition_block, ("NAME", "_args", "_name", "with_clause", "block")),
    "yield_stmt": (yield_statement, ("expr",)),
    "expect": (expect, ("expr", "NAME", "text")),
    "approve": (approve, ("text", "with_clause")),
    "output": (output, ("_label", "type", "expr")),
    "on_hook": (on_hook, ("NAME", "block")),
    "finally_hook": (finally_hook, ("block",)),
    "given": (given, ("ref", "expr")),
    "stub": (stub, ("ref", "expr")),
}
