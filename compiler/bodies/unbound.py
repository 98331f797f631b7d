"""Which local variables may be read before they are bound: Python's message then names them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence

from .bindings import children
from .variables import Place, Variable

# The variables that are bound for sure; None where nothing goes on from here.
_Bound = set[Variable] | None


def unbound(statement: ast.stmt, at: Mapping[Place, Variable]) -> set[Variable]:
    """Those of the variables `at` their places that a read, or a `del`, may find without value."""
    lost = set(_lost(statement, at))
    flow = _Flow(at, lost)
    flow.visit(statement)
    return flow.found | {variable for variable in lost if variable.shared}


def _lost(statement: ast.stmt, at: Mapping[Place, Variable]) -> Iterable[Variable]:
    """What `del` or the end of an `except` takes its value from."""
    for place, variable in at.items():
        if isinstance(place, ast.ExceptHandler) or (
            isinstance(place, ast.Name) and isinstance(place.ctx, ast.Del)
        ):
            yield variable


class _Flow:
    """Follows a statement as it runs. Where parts may be left out or broken off, what is bound
    at the end is what was bound at the beginning, without what may be `lost`."""

    def __init__(self, at: Mapping[Place, Variable], lost: set[Variable]) -> None:
        self.at = at
        self.lost = lost
        self.found: set[Variable] = set()
        self.bound: _Bound = set()
        self.breaks: list[_Bound] = []

    def visit(self, node: ast.AST) -> None:
        match node:
            case ast.Name(ctx=ast.Load()):
                self.read(node)
            case ast.Name(ctx=ast.Store()):
                self.bind(node)
            case ast.Name():
                self.read(node)
                self.unbind(node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self.function(node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self.comprehension(node.generators, [node.elt])
            case ast.DictComp():
                self.comprehension(node.generators, [node.key, node.value])
            case ast.Return() | ast.Raise():
                self.all(children(node))
                self.bound = None
            case ast.Continue():
                self.bound = None
            case ast.Break():
                self.breaks.append(self.bound)
                self.bound = None
            case ast.If() | ast.For() | ast.AsyncFor() | ast.While() | ast.Match():
                self.branches(node)
            case ast.With() | ast.AsyncWith():
                self.all(node.items)
                self.passing(node.body)  # it may have swallowed an error
            case ast.Try() | ast.TryStar():
                self.try_(node)
            case _:
                self.expression(node)

    def all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def read(self, place: Place) -> None:
        variable = self.at.get(place)
        if variable is not None and self.bound is not None and variable not in self.bound:
            self.found.add(variable)

    def bind(self, place: Place) -> None:
        variable = self.at.get(place)
        if variable is not None and self.bound is not None:
            self.bound.add(variable)

    def unbind(self, place: Place) -> None:
        variable = self.at.get(place)
        if variable is not None and self.bound is not None:
            self.bound.discard(variable)

    def safe(self, bound: _Bound) -> _Bound:
        """What is still bound when more has run, or a part of it."""
        return None if bound is None else bound - self.lost

    def aside(self, nodes: Iterable[ast.AST | None], start: _Bound) -> _Bound:
        """What is bound after `nodes`, begun with `start`; what is bound here stays."""
        before, self.bound = self.bound, None if start is None else set(start)
        self.all(nodes)
        after, self.bound = self.bound, before
        return after

    def passing(self, nodes: Iterable[ast.AST | None]) -> None:
        """Goes through what may not run to its end."""
        self.aside(nodes, self.bound)
        self.bound = self.safe(self.bound)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        self.all([*node.args.defaults, *node.args.kw_defaults])
        if isinstance(node, ast.Lambda):
            self.aside([node.body], self.bound)
            return
        self.all(node.decorator_list)
        outside, self.breaks = self.breaks, []
        self.aside(node.body, self.bound)
        self.breaks = outside

    def comprehension(
        self, generators: Sequence[ast.comprehension], values: Sequence[ast.expr]
    ) -> None:
        self.visit(generators[0].iter)
        inner: list[ast.expr] = []
        for item in generators:
            inner += [item.iter] if item is not generators[0] else []
            inner += [item.target, *item.ifs]
        self.aside([*inner, *values], self.bound)

    def branches(self, node: ast.If | ast.For | ast.AsyncFor | ast.While | ast.Match) -> None:
        match node:
            case ast.If():
                self.visit(node.test)
                ends = [self.aside(part, self.bound) for part in (node.body, node.orelse)]
            case ast.Match():
                self.visit(node.subject)
                ends = [
                    self.aside([case.pattern, case.guard, *case.body], self.bound)
                    for case in node.cases
                ]
                if not _takes_all(node.cases[-1]):
                    ends.append(self.bound)
            case _:
                ends = self.loop(node)
        self.bound = _common(ends)

    def loop(self, node: ast.For | ast.AsyncFor | ast.While) -> list[_Bound]:
        outside, self.breaks = self.breaks, []
        if isinstance(node, ast.While):
            self.bound = self.safe(self.bound)
            self.visit(node.test)
            self.aside(node.body, self.bound)
            endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
            done = None if endless else self.bound
        else:
            self.visit(node.iter)
            done = self.safe(self.bound)
            self.aside([node.target, *node.body], done)
        ends = [self.aside(node.orelse, done), *map(self.safe, self.breaks)]
        self.breaks = outside
        return ends

    def try_(self, node: ast.Try | ast.TryStar) -> None:
        start = self.safe(self.bound)
        ends = [self.aside([*node.body, *node.orelse], self.bound)]
        ends += [self.handler(handler, start) for handler in node.handlers]
        done = _common(ends)
        if node.finalbody:
            last = self.aside(node.finalbody, start)
            done = None if done is None or last is None else (done - self.lost) | last
        self.bound = done

    def handler(self, node: ast.ExceptHandler, start: _Bound) -> _Bound:
        before, self.bound = self.bound, None if start is None else set(start)
        self.all([node.type])
        self.bind(node)
        self.all(node.body)
        self.unbind(node)
        after, self.bound = self.bound, before
        return after

    def expression(self, node: ast.AST) -> None:
        """Parts in the order in which they run; of some the later ones may not run."""
        match node:
            case ast.Assign(targets=targets, value=value):
                self.all([value, *targets])
            case ast.AnnAssign(target=target, value=assigned):
                if assigned is not None or not isinstance(target, ast.Name):
                    self.all([assigned, target])
            case ast.AugAssign(target=target, value=value):
                if isinstance(target, ast.Name):
                    self.read(target)
                    self.all([value, target])
                else:
                    self.all([target, value])
            case ast.NamedExpr(target=target, value=value):
                self.all([value, target])
            case ast.Dict(keys=keys, values=values):
                for pair in zip(keys, values, strict=True):
                    self.all(pair)
            case (
                ast.BoolOp(values=[first, *rest])
                | ast.Compare(left=first, comparators=[_, _, *_] as rest)
            ):
                self.visit(first)
                self.passing(rest)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.visit(test)
                self.bound = _common([self.aside([part], self.bound) for part in (body, orelse)])
            case ast.Assert(test=test, msg=said):
                self.visit(test)
                self.passing([said])
            case ast.MatchAs() | ast.MatchStar() | ast.MatchMapping():
                self.all(children(node))
                self.bind(node)
            case ast.comprehension():
                raise AssertionError("comprehensions are gone through as a whole")
            case _:
                self.all(children(node))


def _common(ends: Sequence[_Bound]) -> _Bound:
    """What is bound whichever way was taken."""
    taken = [end for end in ends if end is not None]
    return set.intersection(*taken) if taken else None


def _takes_all(case: ast.match_case) -> bool:
    return case.guard is None and isinstance(case.pattern, ast.MatchAs) and not case.pattern.pattern
