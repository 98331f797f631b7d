"""The step bodies of examples/flights: right on the real data, and the same bytes every time."""

import ast
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from lark import Lark, Tree

ROOT = Path(__file__).resolve().parents[2]
FLIGHTS = ROOT / "examples" / "flights"
CHAIN = Path(__file__).with_name("chain.py")

HOLDS = {
    "Int": pa.types.is_int64,
    "Float": pa.types.is_float64,
    "Bool": pa.types.is_boolean,
    "Date": pa.types.is_date32,
    "String": lambda kind: pa.types.is_string(kind) or pa.types.is_large_string(kind),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What flights.mlp says of a step: its inputs, its outputs, and its body."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Declared:
    """The schemas (column -> type as written) and the steps of one file."""

    schemas: dict[str, dict[str, str]]
    steps: dict[str, Step]


@dataclass(frozen=True, slots=True)
class Run:
    """What one chain of bodies left behind."""

    folder: Path
    metrics: dict[str, float]
    digests: dict[str, str]
    seconds: dict[str, float]


def read(path: Path) -> Declared:
    text = path.read_text(encoding="utf-8")
    grammar = (ROOT / "grammar" / "mlp.lark").read_text(encoding="utf-8")
    parser = Lark(
        grammar, parser="lalr", lexer="basic", propagate_positions=True, maybe_placeholders=True
    )
    tree = parser.parse(text)

    def written(node: Tree) -> str:
        return text[node.meta.start_pos : node.meta.end_pos]

    def named(node: Tree, kind: str) -> tuple[str, ...]:
        return tuple(str(found.children[0]) for found in in_order(node, kind))

    def step(node: Tree) -> Step:
        (run,) = node.find_data("run")
        return Step(
            inputs=named(node, "param"),
            outputs=named(node, "out"),
            kind=str(run.children[0]),
            body=written(run.children[1]).strip('"'),
        )

    return Declared(
        schemas={
            str(node.children[0]): {
                str(field.children[0]): written(field.children[1])
                for field in in_order(node, "field")
            }
            for node in in_order(tree, "schema")
        },
        steps={str(node.children[0]): step(node) for node in in_order(tree, "step")},
    )


def in_order(tree: Tree, kind: str) -> list[Tree]:
    return sorted(tree.find_data(kind), key=lambda node: node.meta.start_pos)


def chain(declared: Declared, folder: Path, seed: int, threads: int) -> Run:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "PYTHONPATH": str(FLIGHTS),
        "PYTHONHASHSEED": str(seed),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": str(threads),
    }
    done = subprocess.run(
        [sys.executable, str(CHAIN), str(folder)],
        input=declared.steps["count_cancelled"].body,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Run(folder=folder, **json.loads(done.stdout))


@pytest.fixture(scope="module")
def declared() -> Declared:
    return read(FLIGHTS / "flights.mlp")


@pytest.fixture(scope="module")
def run(declared: Declared, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return chain(declared, tmp_path_factory.mktemp("first") / "out", seed=0, threads=1)


def test_every_body_takes_what_its_step_gives(declared: Declared) -> None:
    bodies = {name: step for name, step in declared.steps.items() if step.kind == "python"}
    assert set(declared.steps) - set(bodies) == {"count_cancelled"}
    for name, step in bodies.items():
        module, function = step.body.split(":")
        source = FLIGHTS.joinpath(*module.split(".")).with_suffix(".py")
        defined = {
            node.name: [argument.arg for argument in node.args.args]
            for node in ast.parse(source.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        taken = defined[function]
        assert [x for x in taken if not x.startswith("out_")] == list(step.inputs), name
        assert {x.removeprefix("out_") for x in taken if x.startswith("out_")} <= set(step.outputs)


def test_the_model_is_as_good_as_the_readme_says(run: Run) -> None:
    assert 0.70 < run.metrics["auc"] < 0.73
    assert f"AUC of {run.metrics['auc']:.3f}" in (FLIGHTS / "README.md").read_text(encoding="utf-8")


def test_metrics_are_those_declared(declared: Declared, run: Run) -> None:
    assert set(run.metrics) == set(declared.schemas["Quality"])
    assert all(0 < value < 1 for value in run.metrics.values())


@pytest.mark.parametrize("name", ["rows", "train", "test"])
def test_tables_hold_what_the_schema_says(declared: Declared, run: Run, name: str) -> None:
    table = pq.read_table(run.folder / f"{name}.parquet")
    schema = declared.schemas["Flights"]
    assert table.column_names == list(schema)
    for column, kind in schema.items():
        assert HOLDS[kind.removesuffix("?")](table.schema.field(column).type), column
        assert (table[column].null_count > 0) == kind.endswith("?"), column


def test_the_split_is_by_time_and_loses_nothing(run: Run) -> None:
    days = {
        name: pq.read_table(run.folder / f"{name}.parquet")["day"] for name in ("train", "test")
    }
    assert pc.max(days["train"]).as_py() < pc.min(days["test"]).as_py()
    assert (
        len(days["train"]) + len(days["test"])
        == pq.read_metadata(run.folder / "rows.parquet").num_rows
    )


def test_shell_counts_as_pandas_does(run: Run) -> None:
    import pandas as pd

    flights = pd.read_csv(run.folder / "ingest" / "flights", usecols=["carrier", "dep_time"])
    table = pd.read_csv(run.folder / "count_cancelled" / "table", index_col="carrier")
    gone = flights["dep_time"].isna().groupby(flights["carrier"])
    assert table["flights"].to_dict() == gone.size().to_dict()
    assert table["cancelled"].to_dict() == gone.sum().to_dict()
    total = (run.folder / "count_cancelled" / "cancelled").read_text(encoding="utf-8")
    assert int(total) == 8255


def test_the_page_needs_no_other_file(run: Run) -> None:
    page = (run.folder / "report" / "report.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == page.count("<img") == 2
    assert f"{run.metrics['auc']:.3f}" in page
    assert "http" not in page
    assert "$" not in page


def test_equal_bytes_in_another_process(declared: Declared, run: Run, tmp_path: Path) -> None:
    again = chain(declared, tmp_path / "out", seed=4321, threads=2)
    assert again.metrics == run.metrics
    assert again.digests == run.digests


def test_bodies_import_nothing_of_ours() -> None:
    for source in sorted(FLIGHTS.rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.split(".")[0] == "millpond" for name in names), source
