"""What earlier runs of a random program left, in memory: real keys and records, no processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from unittest.mock import patch

from properties.test_programs import seen

from millpond.compiler.driver.build import Built
from millpond.compiler.interpret import Outcome, StepFailed, interpret
from millpond.compiler.ir.meaning import descriptor_of
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.values import Json, NodeId
from millpond.compiler.passes.keys import Spec, spec_of
from millpond.runtime.history import Name
from millpond.runtime.key import key_of, stem_of
from millpond.runtime.origin import sources_of
from millpond.runtime.record import Record, output_entry

Bodies = Mapping[str, Callable[..., object]]
"""What each step does, by the name under which it was first declared."""


@dataclass(frozen=True)
class Done:
    """One run. `keys` has the key of every task that was reached, by each of its names; `ran` those
    that did their work."""

    outcome: Outcome
    keys: Mapping[NodeId, str]
    steps: Mapping[NodeId, str]
    ran: Mapping[NodeId, str]


@dataclass
class Past:
    """Results by key, what each node had last, and every definition that ever ran."""

    records: dict[str, Record] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)
    newest: dict[tuple[str, str], Record] = field(default_factory=dict)
    away: str | None = None
    here: bool = True

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        return self.records.get(key)

    def may_have(self, spec: Mapping[str, Json]) -> bool:
        return stem_of(spec) in self.stems

    def last(self, pipeline: str, node: str) -> Record | None:
        return self.newest.get((pipeline, node))

    def first(self, result: str) -> Name | None:
        found = [name for name in self.met() if self.newest[name[:2]].id == result]
        return found[0] if found else None

    def failed(self, pipeline: str, node: str) -> str | None:
        return None

    def met(self) -> list[Name]:
        return [Name(pipeline, node, node) for pipeline, node in self.newest]

    def text(self, digest: str) -> str | None:
        return None

    def estimate(self, pipeline: str, node: str, step: str) -> float | None:
        return 1.0

    def run(self, built: Built, bodies: Bodies) -> Done:
        """What a run comes to with these bodies."""
        ran: dict[NodeId, str] = {}
        keys: dict[NodeId, str] = {}
        steps: dict[NodeId, str] = {}
        specs: dict[tuple[int, str], Spec] = {}

        def step(task: Task, arguments: Mapping[str, object]) -> Mapping[str, object]:
            variant = id(task.definition), repr(task.settings)
            if variant not in specs:
                specs[variant] = spec_of(task, lambda span: "random.mlp:1:1")
            spec = specs[variant]
            key, parts, inputs = key_of(spec.json, arguments)
            for name in (task.id, *task.aliases):
                keys[name] = key
                steps[name] = task.definition.name
            anew = spec.uncacheable is not None or task.refresh
            record = None if anew else self.records.get(key)
            ports = task.definition.outputs
            if record is None:
                ran[task.id] = key
                given = {n: seen(value) for n, value in arguments.items() if value is not None}
                try:
                    with patch.dict(os.environ, dict(task.settings.env)):
                        found = bodies[task.definition.name.removesuffix("_it")](**given)
                except ValueError as problem:
                    raise StepFailed(str(problem)) from None
                values = found if isinstance(found, dict) else {ports[0].name: found}
                entries = {
                    p.name: output_entry(descriptor_of(p.type), values[p.name]) for p in ports
                }
                told: dict[str, Json] = {
                    "explain": spec.json["explain"],
                    "sources": sources_of(arguments),
                }
                record = Record(key, entries, parts, inputs, told)
                if spec.uncacheable is None:
                    self.records[key] = record
                self.stems.add(stem_of(spec.json))
            for name in (task.id, *task.aliases):
                self.newest[built.graph.name, name] = record
            return {port.name: record.value(port.name, descriptor_of(port.type)) for port in ports}

        return Done(interpret(built.graph, {}, step), keys, steps, ran)
