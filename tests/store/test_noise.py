"""Noise: which outputs are told to differ where a key was computed twice."""

from dataclasses import replace

import pytest
from store.results import key_of

from millpond.runtime.artifact import Artifact
from millpond.runtime.folder import FolderStore
from millpond.runtime.noise import differing
from millpond.runtime.record import Record, output_entry

TYPES = {"model": "Model", "n": "Int", "rows": "File"}


def result(model, n, rows, suffix=".joblib"):
    values = {
        "model": Artifact(f"file:{key_of(model)}", 1, f"model{suffix}"),
        "n": n,
        "rows": Artifact(f"file:{key_of(rows)}", 1, "rows.csv"),
    }
    entries = {name: output_entry(TYPES[name], value) for name, value in values.items()}
    parts = {"outputs": [[name, type] for name, type in TYPES.items()]}
    return Record(key_of("work"), entries, parts, [], {})


FIRST = result("a", 1, "a")


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (result("a", 1, "a"), ()),
        (result("b", 1, "a"), ("model",)),
        (result("b", 2, "b"), ("model", "n", "rows")),
        (result("a", 1, "b"), ("rows",)),
    ],
)
def test_every_output_with_other_bytes_is_told(other, told):
    assert differing(FIRST, other) == told


def test_a_model_in_a_form_that_is_not_ours_says_nothing():
    assert differing(result("a", 1, "a", ".pt"), result("b", 2, "a", ".pt")) == ("n",)


def test_only_what_came_too_late_is_told_against_what_stands(tmp_path):
    store = FolderStore(tmp_path / "store")
    record = replace(FIRST, outputs={"n": FIRST.outputs["n"]})
    store.publish(record)
    store.publish(record)
    newer = replace(record, outputs={"n": output_entry("Int", 2)})
    store.publish(newer, replace=True)
    assert store.noisy([record.key]) == {}, "what has aged out is no noise"
    store.publish(record)
    assert store.noisy([record.key]) == {record.key: ("n",)}
    store.close()
