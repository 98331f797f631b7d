"""The oracle: what a pipeline gives, and which of its steps could not be known from before.

It runs every function in a process of its own. Two pieces of work are the same where the function
means the same and is given the same, whatever anything is called and however it is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from .installs import ROOT
from .pairs import run
from .pipelines import LIBRARY, File, Pipeline, Step

UNCACHED = {"PYTHONDONTWRITEBYTECODE": "1"}
"""Edits come faster than a person's: bytecode of one may pass for that of the next."""


@dataclass(slots=True)
class Oracle:
    """Remembers all work that was ever necessary."""

    known: set[str] = field(default_factory=set)

    def judge(self, pipeline: Pipeline, folder: Path) -> tuple[object, int]:
        """What the last step must give, and how many steps had to be done for that anew."""
        request = {
            "library": pipeline.packages["scaling"],
            "keys": pipeline.keys,
            "steps": [_described(step, pipeline) for step in pipeline.steps],
        }
        words = (sys.executable, "-m", __name__, json.dumps(request))
        path = os.pathsep.join(map(str, (ROOT, folder / "src", folder / LIBRARY)))
        found = run(words, folder, {"PYTHONPATH": path, **UNCACHED})
        told = json.loads(found.printed)
        new = set(told["work"]) - self.known
        self.known |= new
        return told["result"], len(new)


def _described(step: Step, pipeline: Pipeline) -> dict[str, object]:
    return {
        "name": step.name,
        "module": step.module,
        "function": step.function,
        "inputs": {
            name: ["file", of.path] if isinstance(of, File) else ["from", of.step, of.all]
            for name, of in step.inputs.items()
        },
        "parameters": dict(step.parameters),
        "keyed": step.keyed,
        "key": step.key,
        "env": dict(step.env),
        "bumped": step.bumped,
        "meaning": [step.meaning, *(pipeline.versions.get(name) for name in step.uses)],
    }


def evaluate(request: dict[str, Any]) -> dict[str, object]:
    """Runs every step here; the working folder is the pipeline's."""
    values: dict[tuple[str, str | None], object] = {}
    work: list[str] = []
    keys: list[str] = request["keys"]
    result: object = None
    for step in request["steps"]:
        for key in keys if step["keyed"] else [None]:
            given: dict[str, object] = {}
            read: list[object] = []
            for name, of in step["inputs"].items():
                if of[0] == "file":
                    given[name] = of[1]
                    read.append([name, Path(of[1]).read_text()])
                    continue
                whole = of[2]
                one = (of[1], key) if (of[1], key) in values else (of[1], None)
                given[name] = [values[of[1], k] for k in keys] if whole else values[one]
                read.append([name, given[name]])
            plain = {**step["parameters"], **({"key": key} if step["key"] else {})}
            library = request["library"] if step["bumped"] else None
            told = [step["meaning"], read, plain, step["env"], library]
            work.append(hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest())
            os.environ.update(step["env"])
            function = getattr(import_module(step["module"]), step["function"])
            result = values[step["name"], key] = function(**given, **plain)
    return {"result": result, "work": work}


if __name__ == "__main__":
    print(json.dumps(evaluate(json.loads(sys.argv[1]))))
