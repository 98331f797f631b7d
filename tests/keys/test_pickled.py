"""Where classes lie enters the keys of those steps alone whose outputs may name them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
from keys.project import keys

CELLS = [
    (["parameters"], "n = 1"),
    ([], "from kinds import Kind\nmodel = Kind(n)"),
    (["outputs"], "model"),
]
NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "metadata": {"tags": tags},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, (tags, source) in enumerate(CELLS)
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}
PROGRAM = """\
edition 2026

target here: local { workers = 2 }

step fit(n: Int) -> (model: Model) { run BODY }
step fits(n: Int) -> (models: List[Model]) { run python "made:fits" }
step count(n: Int) -> (size: Int) { run python "made:count" }
step write(n: Int) -> (file: File) { run python "made:write" }

pipeline main(n: Int = 1) {
  a = fit(n = n)
  b = fits(n = n)
  c = count(n = n)
  d = write(n = n)
}
"""
MADE = """\
import pickle
from pathlib import Path
from kinds import Kind

def fit(n: int) -> object:
    return Kind(n)

def fits(n: int) -> list:
    return [Kind(n)]

def count(n: int) -> int:
    return Kind(n).n

def write(n: int) -> Path:
    Path("kind").write_bytes(pickle.dumps(Kind(n)))
    return Path("kind")
"""
KINDS = """\
class Kind:
    def __init__(self, n):
        self.n = n
"""


def found(body: str, kinds: str) -> Mapping[str, str]:
    return keys(
        {
            "mlp.toml": "",
            "project.mlp": PROGRAM.replace("BODY", body),
            "made.py": MADE.replace("from kinds", f"from {kinds}"),
            "note.ipynb": json.dumps(NOTEBOOK).replace("from kinds", f"from {kinds}"),
            f"{kinds}.py": KINDS,
        }
    )


@pytest.mark.parametrize("body", ['python "made:fit"', 'notebook "note.ipynb"'])
def test_a_module_of_classes_gets_another_name(body: str) -> None:
    before, after = found(body, "kinds"), found(body, "sorts")
    assert {node for node in before if before[node] != after[node]} == {
        "fit/a",
        "fits/b",
        "write/d",
    }
    assert len(before) == 4
