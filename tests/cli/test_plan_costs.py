"""What a plan says of costs: `[prices]` of `mlp.toml`, the cost of a step, `--max-cost`."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import Mlp

from millpond.compiler.driver.build import build, plan_of
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.driver.placing import placed
from millpond.compiler.ir.settings import Resources
from millpond.compiler.plan import NoResults
from millpond.compiler.plan.costs import Costs, costs
from millpond.compiler.prices import GIB, NoPriceError, Prices
from millpond.face.api import TARGETS

PRICES = '[prices]\ncurrency = "EUR"\ncpu = 36000\nmemory = 0\ngpu = 2.5\n'
PROGRAM = """\
edition 2026

step load(n: Int) -> (rows: File) { run shell "sleep 0.1; seq $n > $rows" }
step fit(rows: File) -> (auc: Float) { run shell "sleep 0.1; wc -l < $rows > $auc" }

pipeline main(n: Int = 5) {
  loaded = load(n = n) with (resources = { cpu = 2, memory = 1GB })
  fitted = fit(rows = loaded.rows)
  output auc = fitted.auc
}

target prod: sagemaker {
  role = "arn:aws:iam::123456789012:role/pipelines"
  artifacts = "s3://pond/b"
  defaults { environment { image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/IMAGE" } }
}
"""


@pytest.fixture
def priced(mlp: Mlp, tmp_path: Path) -> Mlp:
    """A project with prices, of which one step asks for resources."""
    image = f"acme/fit@sha256:{'0' * 64}"
    (tmp_path / "main.mlp").write_text(PROGRAM.replace("IMAGE", image), "utf-8")
    (tmp_path / "mlp.toml").write_text(PRICES, "utf-8")
    return mlp


def test_the_work_ahead_has_a_price(priced: Mlp) -> None:
    first = priced("plan", "main.mlp")
    assert "\ncost not known; never timed: loaded; asks for no resources: fitted\n" in first.out
    assert priced("run", "main.mlp").code == 0
    done = priced("plan", "main.mlp")
    assert "EUR" not in done.out, "nothing to run costs nothing, and nothing is said of it"
    again = priced("plan", "main.mlp", "n=6")
    [line] = [line for line in again.out.splitlines() if "EUR" in line]
    assert line.endswith(" EUR, 1 of 2 steps known; asks for no resources: fitted")
    found = priced("plan", "main.mlp", "n=6", "--format", "json").json
    cost = {node["id"]: node["cost"] for node in found["nodes"]}
    seconds = {node["id"]: node["seconds"] for node in found["nodes"]}
    assert cost["loaded"] == pytest.approx(20 * seconds["loaded"], rel=0.01)
    assert cost["loaded"] > 1
    assert cost["fitted"] is None
    assert found["costs"] == {
        "currency": "EUR",
        "total": cost["loaded"],
        "unknown": {"fitted": "asks for no resources"},
    }
    hits = priced("plan", "main.mlp", "--format", "json").json
    assert [node["cost"] for node in hits["nodes"] if node["kind"] == "task"] == [0, 0]


def test_a_limit_to_the_cost_holds_or_is_broken(priced: Mlp, tmp_path: Path) -> None:
    assert priced("run", "main.mlp").code == 0
    assert priced("plan", "main.mlp", "--max-cost", "0").code == 0
    unknown = priced("plan", "main.mlp", "n=6", "--max-cost", "1000")
    assert unknown.code == 1
    assert unknown.err.splitlines() == [
        "mlp plan: --max-cost 1000: nobody knows what `fitted` will cost",
        "  fitted: asks for no resources; waits for `loaded`, which may come out the same",
        unknown.err.splitlines()[2],
    ]
    text = (tmp_path / "main.mlp").read_text("utf-8")
    text = text.replace(
        "fit(rows = loaded.rows)", "fit(rows = loaded.rows) with (resources = { cpu = 1 })"
    )
    (tmp_path / "main.mlp").write_text(text, "utf-8")
    assert priced("plan", "main.mlp", "n=6", "--max-cost", "1000").code == 0
    dear = priced("plan", "main.mlp", "n=6", "--max-cost", "0.5", "--format", "json")
    assert dear.code == 1
    [limit] = dear.json["limits"]
    assert limit["name"] == "max-cost"
    assert not limit["holds"]
    assert limit["nodes"] == ["loaded", "fitted"], "the dearest first"
    assert " EUR of work, and at most 0.50 EUR should be" in limit["text"]


def test_a_limit_to_the_cost_needs_prices(mlp: Mlp, hello: Path) -> None:
    answer = mlp("plan", "hello.mlp", "--max-cost", "3")
    assert (answer.code, answer.out) == (2, "")
    assert "`--max-cost` needs prices: `mlp.toml` has no `[prices]`" in answer.err
    assert mlp("plan", "hello.mlp", "--max-cost", "3EUR").code == 2


def test_without_prices_there_is_no_cost(mlp: Mlp, hello: Path) -> None:
    found = mlp("plan", "hello.mlp", "--format", "json").json
    assert found["costs"] is None
    assert {node["cost"] for node in found["nodes"]} == {None}


def test_prices_change_no_key(priced: Mlp, tmp_path: Path) -> None:
    assert priced("run", "main.mlp").code == 0
    (tmp_path / "mlp.toml").write_text(PRICES.replace("36000", "1"), "utf-8")
    assert priced("plan", "main.mlp").out.startswith("hit      loaded\nhit      fitted\n")


ASKED = (
    (Resources(cpu=4, memory=8 * GIB), 4 * 0.04 + 8 * 0.005),
    (Resources(gpu=2), 2 * 0.35),
    (Resources(gpu=2, gpu_type="a100"), 2 * 3.2),
    (Resources(gpu_type="a100"), 3.2),
    (Resources(gpu=1, gpu_type="t4"), 0.35),
    (Resources(disk=GIB), None),
    (Resources(), None),
)


@pytest.mark.parametrize(("resources", "hour"), ASKED)
def test_an_hour_of_what_is_asked_for(resources: Resources, hour: float | None) -> None:
    prices = Prices("USD", cpu=0.04, memory=0.005, gpu=0.35, gpu_type={"a100": 3.2})
    assert prices.asked(resources) == (None if hour is None else pytest.approx(hour))


def test_what_has_no_price_is_named() -> None:
    prices = Prices("USD", cpu=0.04)
    for resources, name in (
        (Resources(cpu=1, memory=GIB), "memory"),
        (Resources(gpu=1), "gpu"),
        (Resources(gpu_type="l4"), "l4"),
    ):
        with pytest.raises(NoPriceError, match=f"^{name}$"):
            prices.asked(resources)


def on_sagemaker(folder: Path, prices: Prices) -> Costs:
    checked = front(folder / "main.mlp", TARGETS)
    chosen = choose(checked, TARGETS, None, "prod")
    built = build(checked, chosen, given_values(checked, chosen, {}, complete=True), frozen=True)
    plan = plan_of(built, NoResults())
    return costs(plan, prices, placed(checked, built, plan, TARGETS).machines)


def test_a_machine_that_the_target_chooses_has_its_own_price(priced: Mlp, tmp_path: Path) -> None:
    cores = Prices("USD", cpu=1, memory=1)
    assert on_sagemaker(tmp_path, cores).unknown == {
        "loaded": "`ml.c7i.large` has no price",
        "fitted": "`ml.m5.large` has no price",
    }
    machines = Prices("USD", instance={"ml.m5.large": 0.115, "ml.c7i.large": 0.107})
    assert set(on_sagemaker(tmp_path, machines).unknown.values()) == {"never timed"}


@pytest.mark.parametrize(
    ("lines", "code", "message", "place"),
    [
        ('cpu = "dear"', "MLP0503", "the price of `cpu` is a number", (3, 1)),
        ("gpu = -1", "MLP0503", "a number from 0 up, for an hour; not `-1`", (3, 1)),
        ("gpu = nan", "MLP0503", "not `nan`", (3, 1)),
        ("gpu = true", "MLP0503", "the price of `gpu`", (3, 1)),
        ("cores = 1", "MLP0502", "there is no key called `cores`", (3, 1)),
        ('"ml.m5.large" = 1', "MLP0502", "there is no key called `ml.m5.large`", (3, 1)),
        ("instance = 1", "MLP0503", "`instance` is a table of prices", (3, 1)),
        ("gpu_type = { l4 = 'x' }", "MLP0503", "the price of `l4`", (3, 1)),
        ("\n[prices.instance]\n  ml.m5.large = 'x' # ten", "MLP0503", "`ml.m5.large`", (5, 3)),
    ],
)
def test_a_mistake_in_the_prices_stands_at_its_place(
    mlp: Mlp, hello: Path, lines: str, code: str, message: str, place: tuple[int, int]
) -> None:
    manifest = f'[prices]\ncurrency = "EUR"\n{lines}\n'
    (hello.parent / "mlp.toml").write_text(manifest, "utf-8")
    [found] = mlp("check", "hello.mlp", "--format", "json").json["diagnostics"]
    assert (found["code"], found["file"]) == (code, "mlp.toml")
    assert message in found["message"]
    assert (found["span"]["start"]["line"], found["span"]["start"]["column"]) == place
    assert found["help"]


def test_prices_are_in_some_currency(mlp: Mlp, hello: Path) -> None:
    manifest = hello.parent / "mlp.toml"
    manifest.write_text("# money\n[prices]\ncpu = 1\n", "utf-8")
    [found] = mlp("check", "hello.mlp", "--format", "json").json["diagnostics"]
    assert found["message"] == "`[prices]` in `mlp.toml`: there is no `currency`"
    assert found["span"]["start"] == {"line": 2, "column": 2}
    assert found["help"] == ['write for example `currency = "USD"`']


def test_a_machine_needs_no_quotes(mlp: Mlp, hello: Path) -> None:
    text = '[prices]\ncurrency = "EUR"\n[prices.instance]\nml.m5.large = 1\n"ml.m5.xlarge" = 2\n'
    (hello.parent / "mlp.toml").write_text(text, "utf-8")
    prices = front(hello, TARGETS).project.prices
    assert prices is not None
    assert prices.instance == {"ml.m5.large": 1, "ml.m5.xlarge": 2}
