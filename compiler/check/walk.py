"""Walks syntax: expressions, statements, and every name that a piece of tree mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..syntax import ast


def parts(expr: ast.Expr) -> tuple[ast.Expr, ...]:
    """The expressions directly inside an expression, in the order written."""
    match expr:
        case ast.Text(parts=pieces):
            return tuple(piece for piece in pieces if not isinstance(piece, str))
        case ast.FieldOf(base=base) | ast.Each(base=base):
            return (base,)
        case ast.Index(base=base, index=index):
            return (base, index)
        case ast.Call(callee=callee, arguments=arguments):
            return (callee, *(argument.value for argument in arguments))
        case ast.ListOf(items=items):
            return items
        case ast.Record(entries=entries):
            return tuple(entry.value for entry in entries)
        case ast.Unary(operand=operand):
            return (operand,)
        case ast.Binary(left=left, right=right):
            return (left, right)
        case ast.IfExpr(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case ast.Missing(base=base):
            return () if base is None else (base,)
        case _:
            return ()


def inside(expr: ast.Expr) -> Iterator[ast.Expr]:
    """The expression and everything inside it, outermost first."""
    todo = [expr]
    while todo:
        node = todo.pop()
        yield node
        todo.extend(reversed(parts(node)))


def names_in(expr: ast.Expr) -> Iterator[ast.NameRef]:
    """Every name that an expression mentions."""
    return (node for node in inside(expr) if isinstance(node, ast.NameRef))


def nodes(tree: object) -> Iterator[object]:
    """Every node of a piece of syntax tree."""
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, tuple):
            todo.extend(reversed(node))
        elif names := getattr(type(node), "__match_args__", ()):
            yield node
            todo.extend(getattr(node, name) for name in reversed(names))


def statements(items: Iterable[object]) -> Iterator[object]:
    """The items of a pipeline and all that stands inside them, in the order written: bindings with
    what they bind, calls, blocks and what these hold."""
    todo = [*items][::-1]
    while todo:
        item = todo.pop()
        yield item
        match item:
            case ast.Bind(value=value) | ast.CallStatement(call=value):
                todo.append(value)
            case ast.ForBlock(body=body) | ast.PartitionBlock(body=body) | ast.Hook(body=body):
                todo.append(body)
            case ast.WhenBlock(body=body, otherwise=otherwise):
                todo += [otherwise, body]
            case ast.Block(statements=inner):
                todo += reversed(inner)
            case _:
                pass


def mentions(tree: object) -> Iterator[str]:
    """The first word of every name, reference and type in a piece of tree that is not checked."""
    for node in nodes(tree):
        match node:
            case ast.NameRef(name=name):
                yield name
            case ast.Ref(parts=words):
                yield words[0].text
            case ast.TypeName(name=name):
                yield name.partition(".")[0]
            case ast.TypeApply(name=word):
                yield word.text.partition(".")[0]
            case _:
                pass
