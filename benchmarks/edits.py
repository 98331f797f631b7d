"""Thirty edits, one after the other: what is done again, and what would have been enough.

After each edit every tool brings the pipeline up to date. Steps that it does are counted as they
run; the oracle says how many it had to do, and what must come out.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from .pipelines import From, Pipeline, Step

Edit = Callable[[Pipeline], Pipeline]


@dataclass(frozen=True, slots=True)
class Places:
    """Where a pipeline is edited. `worker` is the step whose code is; the others are pairs of old
    and new text, in `common.py`, in the worker's file (a local name) and in the data."""

    worker: str
    helper: tuple[str, str, str]
    constant: tuple[str, str, str]
    unused: tuple[str, str]
    local: tuple[str, str]
    row: tuple[str, str]
    parameter: tuple[str, int | float]
    key: str | None


PLACES = {
    "stores": Places(
        "week",
        ("rounded", "round(number, DIGITS)", "round(number + 0.5, DIGITS)"),
        ("DIGITS", "DIGITS = 2", "DIGITS = 1"),
        ("day[:7]", "day[:4]"),
        ("last", "units_by_day"),
        ("oslo,2026-09-07,64", "oslo,2026-09-07,99"),
        ("weeks", 3),
        "lisbon",
    ),
    "backfill": Places(
        "used",
        ("by_meter", 'float(row["kwh"])', 'float(row["kwh"]) + 1'),
        ("DIGITS", "DIGITS = 3", "DIGITS = 1"),
        ('== "attic"', '== "cellar"'),
        ("kwh", "figure"),
        ("2026-03-03,attic,", "2026-03-03,attic,1"),
        ("floor", 100.5),
        "2026-03-08",
    ),
    "crossval": Places(
        "judged",
        ("distance", "abs(x - y) ** POWER", "abs(x - y + 0.5) ** POWER"),
        ("POWER", "POWER = 2.0", "POWER = 1.0"),
        ("sorted({", "set({"),
        ("near", "nearest"),
        ("5.1,3.5,1.4,0.2,setosa", "7.1,3.5,5.4,2.2,setosa"),
        ("neighbours", 3),
        "4",
    ),
    "shards": Places(
        "found",
        ("long", "pause > limit", "pause > 2 * limit"),
        ("BUCKETS", "BUCKETS = 4", "BUCKETS = 5"),
        ("sorted({", "set({"),
        ("last", "last_seen"),
        ("u27,4,c", "u27,400,c"),
        ("pause", 20),
        "4",
    ),
    "delays": Places(
        "shares",
        ("is_late", "> LATE", "> 2 * LATE"),
        ("LATE", "LATE = 15.0", "LATE = 10.0"),
        ('row["distance"]', 'row["miles"]'),
        ("seen", "late_by_carrier"),
        ("B6,EWR,1831.0,12.4,false", "B6,EWR,1831.0,99.4,true"),
        ("least", 2),
        None,
    ),
}


def sequence(pipeline: Pipeline) -> list[tuple[str, Edit]]:
    """The edits of a pipeline by name, each made to what the one before has left."""
    at = PLACES[pipeline.name]
    worker = pipeline.step(at.worker)
    file = f"{worker.module}.py"
    moved = f"{worker.module}_step"

    def step(change: Callable[[Step], Step]) -> Edit:
        def edit(now: Pipeline) -> Pipeline:
            return replace(
                now, steps=tuple(change(s) if s.output == worker.output else s for s in now.steps)
            )

        return edit

    def text(name: Callable[[Pipeline], str] | str, change: Callable[[str], str]) -> Edit:
        def edit(now: Pipeline) -> Pipeline:
            path = name if isinstance(name, str) else name(now)
            return replace(now, code={**now.code, path: changed(now.code[path], change)})

        return edit

    def own(now: Pipeline) -> str:
        return f"{next(s for s in now.steps if s.output == worker.output).module}.py"

    def meaning(name: str, version: str, then: Edit) -> Edit:
        """Without a version it means what it meant at first."""

        def edit(now: Pipeline) -> Pipeline:
            versions = {**now.versions, name: version}
            return replace(then(now), versions={n: v for n, v in versions.items() if v})

        return edit

    def data(old: str, new: str) -> Edit:
        return lambda now: replace(
            now, data={"data.csv": changed(now.data["data.csv"], swap(old, new))}
        )

    def renamed(now: Pipeline) -> Pipeline:
        new = f"{worker.name}_again"
        return replace(now, steps=tuple(_reading(s, worker.name, new) for s in now.steps))

    def function(now: Pipeline) -> Pipeline:
        new = f"{worker.function}_all"
        code = {**now.code, file: word(worker.function, new)(now.code[file])}
        return replace(step(lambda s: replace(s, function=new))(now), code=code)

    def move(now: Pipeline) -> Pipeline:
        code = {**{n: t for n, t in now.code.items() if n != file}, f"{moved}.py": now.code[file]}
        return replace(step(lambda s: replace(s, module=moved))(now), code=code)

    def added(now: Pipeline) -> Pipeline:
        rows = {"rows": From(now.steps[0].name)}
        extra = Step("extra", "size", "size", rows, meaning="size", output="extra")
        code = {**now.code, "size.py": "def size(rows):\n    return len(rows)\n"}
        return replace(now, steps=(*now.steps[:-1], extra, now.steps[-1]), code=code)

    def removed(now: Pipeline) -> Pipeline:
        code = {n: t for n, t in now.code.items() if n != "size.py"}
        return replace(now, steps=tuple(s for s in now.steps if s.name != "extra"), code=code)

    def reordered(now: Pipeline) -> Pipeline:
        extra = now.step("extra")
        rest = [s for s in now.steps if s is not extra]
        return replace(now, steps=(rest[0], extra, *rest[1:]))

    def parameter(value: int | float) -> Edit:
        name = at.parameter[0]
        return step(lambda s: replace(s, parameters={**s.parameters, name: value}))

    def environment(value: str) -> Edit:
        return lambda now: replace(
            now, steps=(*now.steps[:-1], replace(now.steps[-1], env={"SPARE": value}))
        )

    def package(name: str, version: str) -> Edit:
        return lambda now: replace(now, packages={**now.packages, name: version})

    constant, helper, before = at.constant, at.helper, worker.parameters[at.parameter[0]]
    other_helper = meaning(
        helper[0], "other", text("common.py", swap(helper[2], f"{helper[2]} * 1"))
    )

    def branch(now: Pipeline) -> Pipeline:
        return other_helper(parameter(at.parameter[1])(data(*at.row)(now)))

    def back(now: Pipeline) -> Pipeline:
        code = text("common.py", swap(f"{helper[2]} * 1", helper[2]))(now)
        now = parameter(before)(data(at.row[1], at.row[0])(code))
        return replace(now, versions={**now.versions, helper[0]: "new"})

    def another(now: Pipeline) -> Pipeline:
        if at.key is not None:
            return replace(now, keys=(*now.keys, at.key))
        return replace(now, keys=now.keys[::-1])

    return [
        ("comment", text(own, lambda t: t.replace('"""\n', '"""\n# as the paper has it\n', 1))),
        ("layout", text(own, lambda t: ast.unparse(ast.parse(t)) + "\n")),
        ("docstring", text(own, lambda t: t.replace('"""Return', '"""Give back', 1))),
        ("step renamed", renamed),
        ("function renamed", function),
        ("file renamed", move),
        ("unused helper changed", text("common.py", swap(*at.unused))),
        ("unused helper added", text("common.py", lambda t: f"{t}\n\ndef idle():\n    return 1\n")),
        ("helper changed", meaning(helper[0], "new", text("common.py", swap(*helper[1:])))),
        ("constant changed", meaning(constant[0], "new", text("common.py", swap(*constant[1:])))),
        ("refactored", text(own, word(*at.local))),
        ("memory", step(lambda s: replace(s, memory=300))),
        ("attempts", step(lambda s: replace(s, attempts=2))),
        ("timeout", step(lambda s: replace(s, timeout=60))),
        ("row of data changed", data(*at.row)),
        ("data touched", lambda now: now),
        ("code touched", lambda now: now),
        ("row changed back", data(at.row[1], at.row[0])),
        (
            "constant changed back",
            meaning(constant[0], "", text("common.py", swap(constant[2], constant[1]))),
        ),
        ("step added", added),
        ("steps reordered", reordered),
        ("step removed", removed),
        ("parameter changed", parameter(at.parameter[1])),
        ("parameter changed back", parameter(before)),
        ("environment variable", environment("2")),
        ("library of a step", package("scaling", "1.1")),
        ("library of no step", package("idle", "2.0")),
        ("another branch", branch),
        ("the first branch again", back),
        ("new partition", another),
    ]


def touched(name: str, pipeline: Pipeline, folder: Path) -> None:
    """What two of the edits do to files that stay as they are."""
    files = {
        "data touched": [folder / "data.csv"],
        "code touched": [folder / "src" / name for name in pipeline.code],
    }
    for file in files.get(name, []):
        os.utime(file)


def changed(text: str, change: Callable[[str], str]) -> str:
    """The changed text. Raises `ValueError` where nothing has changed."""
    new = change(text)
    if new == text:
        raise ValueError(f"an edit changes nothing in {text!r}")
    return new


def swap(old: str, new: str) -> Callable[[str], str]:
    """Another text in one place."""
    return lambda text: text.replace(old, new, 1)


def word(old: str, new: str) -> Callable[[str], str]:
    """Another name in all places."""
    return lambda text: re.sub(rf"\b{re.escape(old)}\b", new, text)


def _reading(step: Step, old: str, new: str) -> Step:
    """The step where another one, or it itself, has a new name."""
    inputs = {
        name: replace(of, step=new) if isinstance(of, From) and of.step == old else of
        for name, of in step.inputs.items()
    }
    return replace(step, name=new if step.name == old else step.name, inputs=inputs)
