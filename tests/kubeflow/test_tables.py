"""The tables: total, in whole sentences, and rules that say how they are used."""

from __future__ import annotations

import pytest

from millpond.backends.kubeflow import TARGET
from millpond.compiler.contract.feature import Feature, Impossible, Lowered, Native


def test_every_feature_has_an_answer() -> None:
    assert set(TARGET.features) == set(Feature)


@pytest.mark.parametrize("feature", Feature)
def test_answers_are_clauses(feature: Feature) -> None:
    match TARGET.features[feature]:
        case Native(how):
            assert not how.endswith(".")
        case Lowered(how):
            assert how
            assert not how.endswith(".")
        case Impossible(why, instead, _):
            assert why.split()[0].islower(), f"Kubeflow cannot {why}"
            assert instead, "a way out is missing"


def test_only_people_and_parallelism_are_out_of_reach_for_good() -> None:
    never = {
        feature
        for feature, answer in TARGET.features.items()
        if isinstance(answer, Impossible) and not answer.later
    }
    assert never == {Feature.APPROVE, Feature.MAX_PARALLEL}


def test_rules_are_named_once_and_show_an_example() -> None:
    for rules in (TARGET.settings, TARGET.step_settings):
        names = [rule.name for rule in rules]
        assert len(set(names)) == len(names)
        assert all(rule.doc and rule.example for rule in rules)
    assert [rule.name for rule in TARGET.settings if rule.required] == ["artifacts"]
