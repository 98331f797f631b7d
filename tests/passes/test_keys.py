"""What is in a key and what is not: every field went one way, and `keys.txt` says which."""

from __future__ import annotations

import pytest
from passes.cases import Case, cases

from millpond.compiler.ir import meaning
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.text import from_text
from millpond.compiler.passes.keys import Spec, specs
from millpond.runtime.key import canonical, key_of, stem_of


def made(text: str) -> tuple[Task, Spec]:
    graph = from_text(text)
    table = specs(graph, lambda span: "flights.mlp:1:1")
    (task,) = (node for node in graph.nodes if isinstance(node, Task))
    return task, table[task.id]


def key(text: str) -> str:
    task, spec = made(text)
    canonical(spec.json)
    arguments = {name: meaning.evaluate(value, {}) for name, value in task.arguments}
    return key_of(spec.json, arguments)[0]


@pytest.mark.parametrize("case", [pytest.param(c, id=str(c)) for c in cases("keys.txt")])
def test_a_field_is_in_the_key_or_out(case: Case) -> None:
    assert case.word in ("same", "other")
    assert (key(case.before) == key(case.after)) is (case.word == "same")


STEP = """
pipeline p()
  step fit python "m:f" (rounds: Int) -> (auc: Float) {{ digest = "{digest}" }}
  %a = fit(rounds = {rounds})
"""


def test_the_stem_is_what_is_known_before_any_argument() -> None:
    def stem(digest: str, rounds: int) -> str:
        return stem_of(made(STEP.format(digest=digest, rounds=rounds))[1].json)

    assert stem("ab", 1) == stem("ab", 2)
    assert stem("ab", 1) != stem("cd", 1)


@pytest.mark.parametrize("case", [pytest.param(c, id=str(c)) for c in cases("keys.txt")])
def test_equal_keys_have_equal_stems(case: Case) -> None:
    """Else a plan would be sure that a step runs which then finds its result."""
    if case.word == "same":
        assert stem_of(made(case.before)[1].json) == stem_of(made(case.after)[1].json)


def test_a_stem_does_not_know_where_a_step_is_written() -> None:
    graph = from_text(STEP.format(digest="ab", rounds=1))
    one, other = (specs(graph, lambda _, at=place: at) for place in ("a.mlp:1:1", "b.mlp:9:9"))
    assert [stem_of(s.json) for s in one.values()] == [stem_of(s.json) for s in other.values()]


def test_equal_tasks_share_a_spec() -> None:
    graph = from_text(
        STEP.format(digest="ab", rounds=1) + "  %b = fit(rounds = 2)\n"
        "  %c = fit(rounds = 1) { timeout = 5.0 }\n"
    )
    a, b, c = specs(graph, lambda span: "flights.mlp:1:1").values()
    assert a is b
    assert a is not c
    assert c.json["timeout"] == 5.0
