"""Whatever the graph, every pass keeps what it comes to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ir.graphs import graphs, outcome, parameter_values

from millpond.compiler.interpret import Outcome
from millpond.compiler.ir import meaning
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import Task, all_ids, expressions
from millpond.compiler.ir.values import Apply, Literal, ParameterRef, PortRef
from millpond.compiler.ir.verify import verify
from millpond.compiler.passes import DEFAULT
from millpond.compiler.passes.dead import dead
from millpond.compiler.passes.fold import bind, fold
from millpond.compiler.passes.lift import is_path, lift
from millpond.compiler.passes.merge import merge
from millpond.compiler.passes.run import run

# A random graph is large: half of them will do.
half = settings(max_examples=settings().max_examples // 2)


def work(graph: Graph, found: Outcome) -> tuple[object, ...]:
    """What became of every task of the graph under every name that it ever had, and the arguments
    of all that ran, those in branches too."""
    names = [name for node in graph.nodes if isinstance(node, Task) for name in all_ids(node)]
    return {name: found.ends[name] for name in names}, found.arguments


def optimized(graph: Graph) -> Graph:
    return run(graph, DEFAULT)


@pytest.mark.parametrize("change", [fold, dead, merge, optimized])
@half
@given(data=st.data())
def test_values_and_failures_stay(change: Callable[[Graph], Graph], data: st.DataObject) -> None:
    graph = data.draw(graphs(settings=False, hooked=True))
    changed = change(graph)
    verify(changed, "the pass")
    given_values = data.draw(parameter_values(graph))
    before, after = outcome(graph, given_values), outcome(changed, given_values)
    assert work(changed, after) == work(graph, before)
    assert after.outputs == before.outputs
    assert after.failed == before.failed


@half
@given(data=st.data())
def test_bound_parameters_are_as_good_as_given_ones(data: st.DataObject) -> None:
    graph = data.draw(graphs(hooked=True))
    given_values = data.draw(parameter_values(graph))
    types = {parameter.name: parameter.type for parameter in graph.parameters}
    literals = {name: meaning.constant(types[name], v) for name, v in given_values.items()}
    bound = bind(graph, literals)
    verify(bound, "bind")
    assert bound.parameters == ()
    before, after = outcome(graph, given_values), outcome(bound, {})
    assert work(bound, after) == work(graph, before)
    assert after.outputs == before.outputs


@half
@given(data=st.data())
def test_lifting_keeps_a_run_that_does_not_fail(data: st.DataObject) -> None:
    """One helper computes for several tasks, so a failing expression may stop more of a run that
    fails anyway; all else stays."""
    graph = data.draw(graphs(hooked=True))
    lifted = lift(graph)
    verify(lifted, "lift")
    given_values = data.draw(parameter_values(graph))
    before, after = outcome(graph, given_values), outcome(lifted, given_values)
    assert after.failed == before.failed
    if not before.failed:
        assert after.outputs == before.outputs
        assert work(lifted, after) == work(graph, before)
    for name, arguments in after.arguments.items():
        assert arguments == before.arguments[name]


@half
@given(graphs(hooked=True))
def test_lifting_leaves_what_every_engine_can_hand_over(graph: Graph) -> None:
    for node in lift(graph).nodes:
        if isinstance(node, Task):
            for _, value in node.arguments:
                assert isinstance(value, Literal | ParameterRef) or is_path(value)


@half
@given(graphs(hooked=True))
def test_lifting_touches_only_what_it_must(graph: Graph) -> None:
    before = {n.id: n for n in graph.nodes}
    for node in lift(graph).nodes:
        if isinstance(node, Task):
            same = before[node.id]
            assert isinstance(same, Task)
            for (_, old), (_, new) in zip(same.arguments, node.arguments, strict=True):
                lifted = isinstance(new, PortRef) and new.node not in before
                assert lifted or new == old
                assert lifted == (isinstance(old, Apply) and not is_path(old))


@given(graphs(settings=True))
def test_only_pure_steps_behind_the_same_gates_are_merged(graph: Graph) -> None:
    before = graph.by_id()
    for node in merge(graph).nodes:
        if isinstance(node, Task):
            for alias in node.aliases:
                other = before[alias]
                assert isinstance(other, Task)
                assert other.settings == node.settings
                assert node.settings.cache.enabled
                assert not node.settings.effects
                assert set(other.gates) == set(node.gates)


@half
@given(graphs(hooked=True))
def test_optimizing_twice_is_optimizing_once(graph: Graph) -> None:
    once = optimized(graph)
    assert optimized(once) == once


@half
@given(graphs(hooked=True))
def test_folding_keeps_types(graph: Graph) -> None:
    for old, new in zip(graph.nodes, fold(graph).nodes, strict=True):
        assert [e.type for e in expressions(old)] == [e.type for e in expressions(new)]
