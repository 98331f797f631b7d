"""Columns of Parquet that a user names are looked at before anything starts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cli.conftest import Mlp

PROGRAM = """\
edition 2026

schema Sale { day: Date units: Int note: String? }
schema Unit { units: Int }

step first() -> (n: Int) { run shell "echo 1 > $n; touch FOLDER/ran" }
step total(sales: Dataset[Sale], n: Int) -> (sum: Int) { run shell "echo $n > $sum" }
step units(rows: Dataset[Unit], n: Int) -> (sum: Int) { run shell "echo $n > $sum" }

pipeline main(sales: TYPE) {
  begun = first()
  CALL
  output sum = done.sum
}
"""
GOOD = {"day": pa.array([0], pa.date32()), "units": [3], "note": ["x"]}
BAD = {"day": GOOD["day"], "units": ["many"]}
WORDS = "column `units` holds string, Int is declared; column `note` is missing; there are `day`,"


def write(
    folder: Path, type_: str = "Dataset[Sale]", call: str = "done = total(sales = sales, n = 1)"
) -> None:
    text = PROGRAM.replace("TYPE", type_).replace("CALL", call).replace("FOLDER", str(folder))
    (folder / "main.mlp").write_text(text)
    pq.write_table(pa.table(GOOD), folder / "good.parquet")
    pq.write_table(pa.table(BAD), folder / "bad.parquet")


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_parameter_without_its_columns_is_refused(command: str, mlp: Mlp, tmp_path: Path) -> None:
    write(tmp_path)
    refused = mlp(command, "main.mlp", "sales=bad.parquet")
    assert refused.code == 1
    said = " ".join(refused.err.split())
    assert "error[MLP0302]: these rows do not have the columns `main` needs" in said
    assert "--> main.mlp:10:15" in said
    assert f"note: `bad.parquet`: {WORDS}" in said
    assert said.count("MLP0302]") == 1
    assert not (tmp_path / "ran").exists()
    assert mlp(command, "main.mlp", "sales=good.parquet").code == 0


def test_every_file_that_a_pattern_matches_is_looked_at(mlp: Mlp, tmp_path: Path) -> None:
    write(tmp_path, 'Dataset[Sale] = dataset("*.parquet")')
    refused = mlp("plan", "main.mlp")
    assert refused.code == 1
    assert f"note: `{tmp_path.name}`: {WORDS}" in " ".join(refused.err.split())
    (tmp_path / "bad.parquet").unlink()
    assert mlp("plan", "main.mlp").code == 0


def test_every_dataset_of_a_list_is_looked_at(mlp: Mlp, tmp_path: Path) -> None:
    call = "done = total(sales = sales[0], n = begun.n)"
    write(tmp_path, 'List[Dataset[Sale]] = [dataset("good.parquet"), dataset("bad.parquet")]', call)
    refused = mlp("plan", "main.mlp")
    assert refused.code == 1
    assert "`bad.parquet`: column `units` holds string" in refused.err


def test_a_dataset_that_a_call_names_is_looked_at(mlp: Mlp, tmp_path: Path) -> None:
    write(tmp_path, "Int = 1", 'done = units(rows = dataset("bad.parquet"), n = begun.n)')
    refused = mlp("run", "main.mlp")
    assert refused.code == 1
    assert "do not have the columns `units` needs" in refused.err
    assert "--> main.mlp:12" in refused.err
    assert not (tmp_path / "ran").exists()


def test_a_dataset_in_a_block_may_not_be_read(mlp: Mlp, tmp_path: Path) -> None:
    when = 'done = when begun.n > 1 { d = units(rows = dataset("bad.parquet"), n = 1) yield d }'
    write(tmp_path, "Int = 1", f"{when} else {{ yield {{ sum = 0 }} }}")
    answer = mlp("run", "main.mlp")
    assert answer.code == 0, answer.err


def test_other_formats_are_looked_at_when_they_are_read(mlp: Mlp, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "bad.csv").write_text("day,units\n2026-11-22,many\n")
    assert mlp("plan", "main.mlp", "sales=bad.csv").code == 0
    failed = mlp("run", "main.mlp", "sales=bad.csv")
    assert failed.code == 1
    assert "column `note` is missing" in failed.err or "`units` holds 'many'" in failed.err
    assert (tmp_path / "ran").exists()


def test_without_pyarrow_nothing_is_looked_at(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path)
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "millpond.compiler.driver.footers.find_spec",
        lambda name: None if name == "pyarrow" else found(name),
    )
    assert mlp("plan", "main.mlp", "sales=bad.parquet").code == 0
