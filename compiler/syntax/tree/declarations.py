"""Builds the declarations of a file: uses, constants, schemas, steps, pipelines, targets, tests."""

from __future__ import annotations

from typing import TypeVar

from .. import ast
from ..strings import literal_value
from .context import Builders, Context

T = TypeVar("T")


def sequence(_c: Context, _first: int, _last: int, item: T, others: list[T] | None) -> list[T]:
    """A list separated by commas."""
    return [item, *(others or ())]


def file(
    c: Context,
    _first: int,
    _last: int,
    edition: ast.Edition | None,
    declarations: list[ast.Declaration] | None,
) -> ast.File:
    source = c.tokens.source
    return ast.File(source.span(0, len(source.text)), edition, tuple(declarations or ()))


def edition(c: Context, first: int, last: int, number: int) -> ast.Edition:
    return ast.Edition(c.span(first, last), int(c.tokens.text(number).replace("_", "")))


def module(c: Context, first: int, last: int, before: ast.Name | None, word: int) -> ast.Name:
    text = c.tokens.text(word)
    return ast.Name(text if before is None else f"{before.text}.{text}", c.span(first, last))


def use_module(
    c: Context, first: int, last: int, path: ast.Name, alias: int | None
) -> ast.UseModule:
    return ast.UseModule(c.span(first, last), path, c.maybe_name(alias))


def use_names(c: Context, first: int, last: int, path: ast.Name, names: list[int]) -> ast.UseNames:
    return ast.UseNames(c.span(first, last), path, tuple(c.name(word) for word in names))


def use_file(c: Context, first: int, last: int, path: int, alias: int) -> ast.UseFile:
    return ast.UseFile(c.span(first, last), _string(c, path), c.name(alias))


def _string(c: Context, token: int) -> ast.Literal:
    value = literal_value(c, token)
    if not isinstance(value, ast.Literal):
        raise TypeError("the grammar allows a plain string only")
    return value


def constant(c: Context, first: int, last: int, word: int, value: ast.Expr) -> ast.Constant:
    return ast.Constant(c.span(first, last), c.name(word), value, c.doc(first))


def schema(
    c: Context, first: int, last: int, word: int, members: list[ast.Field | ast.Check] | None
) -> ast.Schema:
    return ast.Schema(c.span(first, last), c.name(word), tuple(members or ()), c.doc(first))


def field(
    c: Context,
    first: int,
    last: int,
    word: int,
    type_: ast.TypeExpr,
    default: ast.Expr | None,
    comma: int | None,
) -> ast.Field:
    span = c.span(first, last if comma is None else comma - 1)
    return ast.Field(span, c.name(word), type_, default, c.doc(first))


def check(
    c: Context,
    first: int,
    last: int,
    condition: ast.Expr,
    policy: int | None,
    message: ast.Expr | None,
    comma: int | None,
) -> ast.Check:
    span = c.span(first, last if comma is None else comma - 1)
    return ast.Check(span, condition, c.maybe_name(policy), message)


def param(
    c: Context, first: int, last: int, word: int, type_: ast.TypeExpr, default: ast.Expr | None
) -> ast.Parameter:
    return ast.Parameter(c.span(first, last), c.name(word), type_, default, c.doc(first))


def out(c: Context, first: int, last: int, word: int, type_: ast.TypeExpr) -> ast.OutputPort:
    return ast.OutputPort(c.span(first, last), c.name(word), type_, c.doc(first))


def outs(
    _c: Context, _first: int, _last: int, ports: list[ast.OutputPort] | None
) -> list[ast.OutputPort]:
    return ports or []


def run(
    c: Context,
    first: int,
    last: int,
    kind: int,
    body: ast.Expr,
    settings: list[ast.Setting] | None,
) -> ast.Run:
    return ast.Run(c.span(first, last), c.name(kind), body, tuple(settings or ()))


def target_patch(
    c: Context, first: int, last: int, word: int, settings: list[ast.Setting]
) -> ast.TargetPatch:
    return ast.TargetPatch(c.span(first, last), c.name(word), tuple(settings))


def settings(
    _c: Context, _first: int, _last: int, settings: list[ast.Setting] | None
) -> list[ast.Setting]:
    return settings or []


def set_value(
    c: Context,
    first: int,
    last: int,
    key: tuple[ast.Name, bool],
    value: ast.Expr,
    comma: int | None,
) -> ast.SetValue:
    name, quoted = key
    span = c.span(first, last if comma is None else comma - 1)
    return ast.SetValue(span, name, value, quoted, c.doc(first))


def set_block(
    c: Context,
    first: int,
    last: int,
    key: tuple[ast.Name, bool],
    settings: list[ast.Setting],
    comma: int | None,
) -> ast.SetBlock:
    name, quoted = key
    span = c.span(first, last if comma is None else comma - 1)
    return ast.SetBlock(span, name, tuple(settings), quoted, c.doc(first))


def step(
    c: Context,
    first: int,
    last: int,
    word: int,
    parameters: list[ast.Parameter] | None,
    outputs: list[ast.OutputPort] | None,
    items: list[ast.Run | ast.Setting | ast.TargetPatch] | None,
) -> ast.Step:
    items = items or []
    return ast.Step(
        c.span(first, last),
        c.name(word),
        tuple(parameters or ()),
        tuple(outputs or ()),
        tuple(item for item in items if isinstance(item, ast.Run)),
        tuple(item for item in items if isinstance(item, ast.SetValue | ast.SetBlock)),
        tuple(item for item in items if isinstance(item, ast.TargetPatch)),
        c.doc(first),
    )


def pipeline(
    c: Context,
    first: int,
    last: int,
    word: int,
    parameters: list[ast.Parameter] | None,
    options: ast.WithClause | None,
    items: list[ast.PipelineItem] | None,
) -> ast.Pipeline:
    return ast.Pipeline(
        c.span(first, last),
        c.name(word),
        tuple(parameters or ()),
        options,
        tuple(items or ()),
        c.doc(first),
    )


def target(
    c: Context,
    first: int,
    last: int,
    word: int,
    kind: int | None,
    items: list[ast.Setting | ast.Override] | None,
) -> ast.Target:
    items = items or []
    return ast.Target(
        c.span(first, last),
        c.name(word),
        c.maybe_name(kind),
        tuple(item for item in items if not isinstance(item, ast.Override)),
        tuple(item for item in items if isinstance(item, ast.Override)),
        c.doc(first),
    )


def override(
    c: Context, first: int, last: int, ref: ast.Ref, settings: list[ast.Setting]
) -> ast.Override:
    return ast.Override(c.span(first, last), ref, tuple(settings))


def test(
    c: Context,
    first: int,
    last: int,
    title: int,
    subject: ast.Ref,
    items: list[ast.Given | ast.Stub | ast.Expect] | None,
) -> ast.Test:
    return ast.Test(
        c.span(first, last), _string(c, title), subject, tuple(items or ()), c.doc(first)
    )


BUILDERS: Builders = {
    "_names": (sequence, ("_name", "*")),
    "_params": (sequence, ("param", "*")),
    "_outlist": (sequence, ("out", "*")),
    "_args": (sequence, ("arg", "*")),
    "start": (file, ("edition", "*")),
    "edition": (edition, ("INT",)),
    "module": (module, ("module", "_name|_label")),
    "use_module": (use_module, ("module", "_name")),
    "use_names": (use_names, ("module", "_names")),
    "use_file": (use_file, ("STRING", "_name")),
    "constant": (constant, ("NAME", "expr")),
    "schema": (schema, ("NAME", "*")),
    "field": (field, ("_label", "type", "expr", "COMMA")),
    "check": (check, ("expr", "NAME", "text", "COMMA")),
    "param": (param, ("_name", "type", "expr")),
    "out": (out, ("_label", "type")),
    "outs": (outs, ("_outlist",)),
    "run": (run, ("NAME", "expr", "settings")),
    "target_patch": (target_patch, ("NAME", "settings")),
    "settings": (settings, ("*",)),
    "set_value": (set_value, ("key", "expr", "COMMA")),
    "set_block": (set_block, ("key", "settings", "COMMA")),
    "step": (step, ("_name", "_params", "outs", "*")),
    "pipeline": (pipeline, ("_name", "_params", "with_clause", "*")),
    "target": (target, ("NAME", "NAME", "*")),
    "override": (override, ("ref", "settings")),
    "test": (test, ("STRING", "ref", "*")),
}
