"""The random graphs of these tests have every kind of node and every operator: what they hold,
holds of all of them."""

from __future__ import annotations

from typing import get_args

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from ir.expressions import TYPES, expressions_of
from ir.graphs import graphs

from millpond.compiler.ir import nodes
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text.spell import INFIX, PREFIX
from millpond.compiler.ir.values import Apply, Expr
from millpond.runtime.evaluate import FUNCTIONS

BY_FIELDS = {"max_by", "min_by"}
"""Functions that only lists of records with a column of marks take: `tests/runtime` has them."""


def operators(expression: Expr) -> set[str]:
    if not isinstance(expression, Apply):
        return set()
    own = expression.names[0] if expression.operator == "call" else expression.operator
    return {own}.union(*map(operators, expression.operands))


few = settings(max_examples=100, derandomize=True, database=None, phases=(Phase.generate,))


def test_random_graphs_have_every_kind_of_node() -> None:
    kinds: set[type] = set()

    @few
    @given(graphs(hooked=True))
    def draw(graph: Graph) -> None:
        kinds.update(map(type, graph.everything()))

    draw()
    assert kinds == {*get_args(nodes.Node)}


def test_random_expressions_have_every_operator() -> None:
    words = {"hindsight"}  # is what the hooks of random graphs read

    @few
    @given(st.tuples(*map(expressions_of, TYPES)))
    def draw(found: tuple[Expr, ...]) -> None:
        words.update(*map(operators, found))

    draw()
    wanted = {*INFIX, *PREFIX, "record", "list", "field", "field?", "index", *FUNCTIONS}
    assert wanted - words == BY_FIELDS
