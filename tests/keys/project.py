"""A project that says something of everything, and the keys of its calls, from text."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from millpond.compiler.driver.build import build, plan_of
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.compiler.ir import meaning
from millpond.compiler.ir.nodes import Task
from millpond.compiler.plan import NoResults
from millpond.face.api import TARGETS
from millpond.runtime.evaluate import EvaluationError
from millpond.runtime.key import key_of

ONES, TWOS = "sha256:" + "1" * 64, "sha256:" + "2" * 64

PROGRAM = f"""\
edition 2026

schema Sale {{
  id: Int
  score: Float
  check score > 0.0 else warn "negative"
}}

step make(n: Int, mode: "a" | "b" = "a") -> (m: Int) {{
  run python "work:make"
}}
step sell(n: Int, all: Bool) -> (rows: Dataset[Sale]) {{ run python "work:rows" }}
step judge(n: Int) -> (q: Metrics, m: Int) {{ run python "work:judge" }}
step count(n: Int) -> (out: File) {{ run shell "sh tool.sh $n > $out" }}
step pack(n: Int) -> (out: File) {{
  run container "ghcr.io/acme/pack@{ONES}" {{ command = ["pack", n, out] }}
}}
step note(n: Int) -> (m: Int) {{ run notebook "note.ipynb" }}
step put(n: Int) -> (m: Int) {{ run python "work:put" effects = true }}
step read(file: File) -> (m: Int) {{ run python "work:read" }}

## What there is.
pipeline main(p: Int = 3, _day: Date = 2026-11-22) with (max_parallel = 4) {{
  expect p > 0 else warn "low"
  made = make(n = p)
  sold = sell(n = p, all = true)
  judged = judge(n = p)
  counted = count(n = p)
  packed = pack(n = p)
  noted = note(n = p)
  readed = read(file = file("data.csv"))
  each = for x in [1, 2] with (max_parallel = 2) {{
    inner = count(n = x)
    yield inner.out
  }}
  some = when p > 2 {{
    low = count(n = 20)
    yield low.out
  }} else {{
    high = count(n = 21)
    yield high.out
  }}
  late = when judged.m > 2 {{
    more = count(n = 22)
    yield more.out
  }}
  daily = partition by day(from = 2026-11-20, to = 2026-11-20) as d {{
    built = count(n = p + 6)
    yield built.out
  }}
  expect judged.m > 0 else fail "nothing there"
  approve "go on?" with (by = ["me"], timeout = 1h)
  last = put(n = p) after made
  output m: Int = made.m
  on failure {{
    post = put(n = 99)
  }}
}}

target here: local {{ workers = 2 }}
"""

NOTEBOOK = """\
{"nbformat": 4, "metadata": {}, "cells": [
{"cell_type": "markdown", "source": "why", "metadata": {"tags": []}},
{"cell_type": "code", "source": "n = 1", "metadata": {"tags": ["parameters"]}},
{"cell_type": "code", "source": "m = n + 1", "metadata": {"tags": ["slow"]}},
{"cell_type": "code", "source": "m", "metadata": {"tags": ["outputs"]}}]}
"""

WORK = '''\
"""What the steps do."""

TOP = 1


def make(n, mode="a"):
    return n + TOP


def rows(n, all):
    return [{"id": n, "score": 1.0}]


def judge(n):
    return {"q": {"auc": 1.0}, "m": n}


def put(n):
    return n


def read(file):
    return len(file.read_text())
'''

FILES: Mapping[str, str] = {
    "project.mlp": PROGRAM,
    "work.py": WORK,
    "tool.sh": "echo $1\n",
    "note.ipynb": NOTEBOOK,
    "data.csv": "1,2\n",
    "req.txt": "pandas==2.2.3\n",
    "lock.txt": f"pandas==2.2.3 --hash={ONES}\n",
    "mlp.toml": '[project]\nname = "keys"\n',
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Puts a project into a folder; the `.mlp` file, wherever it lies there."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return next(folder / name for name in files if name.endswith(".mlp"))


def keys(files: Mapping[str, str]) -> Mapping[str, str]:
    """The key of every call that a run would make, as `step/node`; effects and hooks too."""
    return _keys(tuple(sorted(files.items())))


@cache
def _keys(files: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    with TemporaryDirectory() as folder:
        return _planned(write(Path(folder), dict(files)))


def _planned(file: Path) -> Mapping[str, str]:
    checked = front(file, TARGETS)
    named = "main" if "pipeline main" in file.read_text("utf-8") else None
    chosen = choose(checked, TARGETS, named, "here")
    wrong = [d.message for d in checked.report if d.severity.value == "error"]
    assert not wrong, wrong
    built = build(checked, chosen, given_values(checked, chosen, {}, complete=True), frozen=True)
    found = {}
    for node in plan_of(built, NoResults()).nodes:
        if node.key is not None:
            found[f"{node.step}/{node.id}"] = str(node.key)
    for task in built.graph.everything():
        if isinstance(task, Task) and f"{task.definition.name}/{task.id}" not in found:
            try:
                given = {name: meaning.evaluate(value, {}) for name, value in task.arguments}
            except (EvaluationError, KeyError):
                continue
            key, _, _ = key_of(built.specs[task.id].json, given)
            found[f"{task.definition.name}/{task.id}"] = key
    return found
