"""What earlier runs of a random program left, in memory: real keys and records, no processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from properties.programs import BODIES

from millpond.compiler.driver.build import Built
from millpond.compiler.interpret import Outcome, StepFailed, interpret
from millpond.compiler.ir.meaning import descriptor_of
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.values import Json, NodeId
from millpond.compiler.passes.keys import Spec, spec_of
from millpond.runtime.history import stem_of
from millpond.runtime.key import key_of
from millpond.runtime.record import Record, output_entry

FUNCTIONS = ("add", "maybe", "pair", "risky")
"""The steps whose code is edited: each takes `a`."""


def code(edits: Mapping[str, str]) -> str:
    """The text of `bodies.py` after edits: `same` comes to the same as before, `more` does not."""
    text = BODIES.read_text("utf-8")
    for name, how in edits.items():
        line = {"same": "a = a + 0", "more": "a = a + 1"}[how]
        text = re.sub(rf"^(def {name}\(.*:)$", rf"\1\n    {line}", text, flags=re.MULTILINE)
    return text


@dataclass
class Past:
    """Results by key, what each node had last, and every definition that ever ran."""

    records: dict[str, Record] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)
    newest: dict[tuple[str, str], Record] = field(default_factory=dict)

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        return self.records.get(key)

    def may_have(self, spec: Mapping[str, Json]) -> bool:
        return stem_of(spec) in self.stems

    def last(self, pipeline: str, node: str) -> Record | None:
        return self.newest.get((pipeline, node))

    def text(self, digest: str) -> str | None:
        return None

    def estimate(self, pipeline: str, node: str, step: str) -> float | None:
        return 1.0

    def run(self, built: Built, text: str) -> tuple[Outcome, dict[NodeId, str]]:
        """What a run comes to with these bodies, and the keys of the tasks that did their work."""
        bodies: dict[str, Callable[..., object]] = {}
        exec(compile(text, "bodies.py", "exec"), bodies)
        ran: dict[NodeId, str] = {}
        specs: dict[tuple[int, str], Spec] = {}

        def step(task: Task, arguments: Mapping[str, object]) -> Mapping[str, object]:
            variant = id(task.definition), repr(task.settings)
            if variant not in specs:
                specs[variant] = spec_of(task, lambda span: "random.mlp:1:1")
            spec = specs[variant]
            key, parts, inputs = key_of(spec.json, arguments)
            anew = spec.uncacheable is not None or task.refresh
            record = None if anew else self.records.get(key)
            ports = task.definition.outputs
            if record is None:
                ran[task.id] = key
                given = {name: value for name, value in arguments.items() if value is not None}
                try:
                    found = bodies[task.definition.name](**given)
                except ValueError as problem:
                    raise StepFailed(str(problem)) from None
                values = found if isinstance(found, dict) else {ports[0].name: found}
                entries = {
                    p.name: output_entry(descriptor_of(p.type), values[p.name]) for p in ports
                }
                record = Record(key, entries, parts, inputs, {"explain": spec.json["explain"]})
                if spec.uncacheable is None:
                    self.records[key] = record
                self.stems.add(stem_of(spec.json))
            self.newest[built.graph.name, task.id] = record
            return {port.name: record.value(port.name, descriptor_of(port.type)) for port in ports}

        return interpret(built.graph, {}, step), ran
