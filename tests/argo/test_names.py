"""Legal names: stable, legal, one to one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.backends.names import RULES, legal_name, legal_names

IDENTIFIERS = st.text("abAB01_.", min_size=1, max_size=90)


@pytest.mark.parametrize("kind", RULES)
@given(names=st.lists(IDENTIFIERS, max_size=12))
def test_every_name_is_legal_and_no_two_are_equal(kind: str, names: list[str]) -> None:
    rule = RULES[kind]
    mapped = legal_names(names, rule)
    assert list(mapped) == list(dict.fromkeys(names))
    assert all(rule.allows(form) for form in mapped.values())
    assert len(set(mapped.values())) == len(mapped)


@given(names=st.lists(IDENTIFIERS, max_size=12, unique=True), data=st.data())
def test_the_order_of_the_names_changes_nothing(names: list[str], data: st.DataObject) -> None:
    rule = RULES["argo.task"]
    shuffled = data.draw(st.permutations(names))
    assert legal_names(shuffled, rule) == legal_names(names, rule)


def test_underscores_become_hyphens_where_the_engine_wants_it() -> None:
    assert legal_name("fit_model", RULES["argo.task"]) == "fit-model"
    assert legal_name("fit_model", RULES["argo.parameter"]) == "fit_model"
    assert legal_name("fit_model", RULES["sagemaker.step"]) == "fit-model"
    assert legal_name("Fit_Model", RULES["kubeflow.task"]) == "fit-model"


def test_names_that_meet_are_told_apart_by_a_digest() -> None:
    mapped = legal_names(["a_b", "a.b", "ab"], RULES["argo.task"])
    assert mapped["ab"] == "ab"
    assert mapped["a_b"].startswith("a-b-")
    assert mapped["a.b"].startswith("a-b-")
    assert mapped["a_b"] != mapped["a.b"]


def test_a_name_that_is_legal_already_keeps_its_form_against_one_that_is_not() -> None:
    mapped = legal_names(["A", "a"], RULES["kubeflow.task"])
    assert mapped["a"] == "a"
    assert mapped["A"].startswith("a-")


def test_long_names_are_cut_and_marked() -> None:
    long, other = "x" * 70, "x" * 71
    mapped = legal_names([long, other], RULES["sagemaker.step"])
    assert all(len(form) == 63 for form in mapped.values())
    assert len(set(mapped.values())) == 2


def test_names_without_a_legal_beginning_get_one() -> None:
    assert legal_name("_", RULES["argo.task"]) == "n"
    assert legal_name("1st", RULES["kubeflow.parameter"]) == "n_1st"


def test_taken_names_are_left_alone() -> None:
    assert legal_names(["main"], RULES["argo.template"], taken={"main"})["main"] != "main"
