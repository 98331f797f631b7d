"""The tables: features, settings, instances, and how an instance is chosen."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from millpond.backends.sagemaker import TARGET
from millpond.backends.sagemaker.instances import GIB, INSTANCES, gpu_name, nearest, smallest
from millpond.backends.sagemaker.schedule import cron_expressions
from millpond.compiler.contract.feature import Feature, Impossible, Lowered
from millpond.compiler.ir.settings import Resources


def test_every_feature_has_an_answer() -> None:
    assert set(TARGET.features) == set(Feature)


@pytest.mark.parametrize("feature", Feature)
def test_answers_are_whole(feature: Feature) -> None:
    match TARGET.features[feature]:
        case Impossible(why, instead):
            assert instead, feature
            assert why[0].islower()
            assert not why.endswith(".")
        case Lowered(how):
            assert how
        case _:
            return


def test_settings_say_what_they_are_for() -> None:
    rules = [*TARGET.settings, *TARGET.step_settings]
    assert [rule.name for rule in rules if rule.required] == ["role", "artifacts"]
    assert all(rule.doc and rule.example for rule in rules)


def test_the_instances_are_those_of_the_service() -> None:
    model = ServiceModel(Loader().load_service_model("sagemaker", "service-2"))
    known = set(model.shape_for("ProcessingInstanceType").metadata["enum"])
    assert set(INSTANCES) == known


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (Resources(), "ml.m5.large"),
        (Resources(cpu=1, memory=2 * 10**9), "ml.c7i.large"),
        (Resources(cpu=2, memory=8 * GIB), "ml.m5.large"),
        (Resources(cpu=2, memory=8 * GIB + 1), "ml.r5.large"),
        (Resources(cpu=3), "ml.c5.xlarge"),
        (Resources(memory=64 * 10**9), "ml.r5.2xlarge"),
        (Resources(gpu=1), "ml.g4dn.xlarge"),
        (Resources(gpu=2), "ml.g7.8xlarge"),
        (Resources(gpu_type="NVIDIA-L4"), "ml.g6.xlarge"),
        (Resources(gpu=4, gpu_type="a10g"), "ml.g5.12xlarge"),
        (Resources(gpu_type="h100", memory=200 * GIB), "ml.p5.4xlarge"),
        (Resources(gpu_type="Tesla V100"), "ml.p3.2xlarge"),
    ],
)
def test_the_smallest_that_fits(asked: Resources, name: str) -> None:
    found = smallest(asked, 30)
    assert found is not None
    assert found.name == name


def test_a_burstable_type_has_no_cores_of_its_own() -> None:
    found = smallest(Resources(cpu=1), 30)
    assert found is not None
    assert not found.bursts


def test_own_disks_must_be_large_enough() -> None:
    found = smallest(Resources(gpu=1), 500)
    assert found is not None
    assert found.disk is None or found.disk >= 500


def test_nothing_fits() -> None:
    asked = Resources(gpu=8, gpu_type="h100")
    assert smallest(asked, 30) is None
    assert nearest(asked, 30)[0].name == "ml.p5.4xlarge"
    assert len({one.name for one in nearest(Resources(cpu=10_000), 30)}) == 2


def test_gpu_names() -> None:
    assert {gpu_name(text) for text in ("NVIDIA-L4", "l4", "Nvidia L4", "L4")} == {"l4"}


@pytest.mark.parametrize(
    ("cron", "expressions"),
    [
        ("30 6 * * *", ["cron(30 6 * * ? *)"]),
        ("*/15 0-5 1,15 * *", ["cron(*/15 0-5 1,15 * ? *)"]),
        ("0 6 * * 1-5", ["cron(0 6 ? * MON-FRI *)"]),
        ("0 6 * * 0,7", ["cron(0 6 ? * SUN,SUN *)"]),
        ("0 6 * 1-6/2 mon", ["cron(0 6 ? 1-6/2 MON *)"]),
        ("0 6 1 * 1", ["cron(0 6 1 * ? *)", "cron(0 6 ? * MON *)"]),
        ("0 6 * * 1-5/2", ["cron(0 6 ? * MON-FRI/2 *)"]),
    ],
)
def test_schedules(cron: str, expressions: list[str]) -> None:
    assert cron_expressions(cron) == expressions
