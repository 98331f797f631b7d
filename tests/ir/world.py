"""A world to plan against: runs of graphs that leave results behind, all in dictionaries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ir.graphs import pretend

from millpond.compiler.interpret import Outcome, interpret
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.meaning import descriptor_of
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.values import Json, NodeId
from millpond.compiler.passes.keys import Spec, spec_of, specs
from millpond.compiler.plan import Plan, PlannedNode, make_plan
from millpond.runtime.history import Name
from millpond.runtime.key import key_of, stem_of
from millpond.runtime.record import Record, output_entry


def specs_of(graph: Graph) -> Mapping[NodeId, Spec]:
    return specs(graph, lambda span: "flights.mlp:1:1")


@dataclass(slots=True)
class World:
    """What earlier runs left: `Results` of a plan. `age` is how old everything is, in seconds."""

    records: dict[str, Record] = field(default_factory=dict)
    stems: set[str] = field(default_factory=set)
    newest: dict[tuple[str, str], Record] = field(default_factory=dict)
    away: str | None = None
    here: bool = True
    age: float = 0.0

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        fresh = max_age is None or self.age <= max_age
        return self.records.get(key) if fresh else None

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
        known = [r for (of, name), r in self.newest.items() if (of, name) == (pipeline, node)]
        return 1.5 if known else None

    def plan(self, graph: Graph) -> dict[str, PlannedNode]:
        return {row.id: row for row in self.whole_plan(graph).nodes}

    def whole_plan(self, graph: Graph) -> Plan:
        return make_plan(graph, specs_of(graph), self)

    def run(self, graph: Graph) -> tuple[Outcome, dict[NodeId, str]]:
        """What the graph came to, and the keys of the tasks that did not take a stored result."""
        ran: dict[NodeId, str] = {}

        def step(task: Task, arguments: Mapping[str, object]) -> Mapping[str, object]:
            spec = spec_of(task, lambda span: "flights.mlp:1:1")
            key, parts, inputs = key_of(spec.json, arguments)
            anew = spec.uncacheable is not None or task.refresh
            record = None if anew else self.lookup(key, task.settings.cache.ttl)
            ports = task.definition.outputs
            if record is None:
                ran[task.id] = key
                given = pretend(task, arguments)
                entries = {
                    p.name: output_entry(descriptor_of(p.type), given[p.name]) for p in ports
                }
                provenance = {"explain": spec.json["explain"], "seconds": 1.5}
                record = Record(key, entries, parts, inputs, provenance)
                if spec.uncacheable is None:
                    self.records[key] = record
                self.stems.add(stem_of(spec.json))
            self.newest[graph.name, task.id] = record
            return {port.name: record.value(port.name, descriptor_of(port.type)) for port in ports}

        return interpret(graph, {}, step), ran
