"""One version of a pipeline as a value to compare: lowered with values, and compiled."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Report, Severity
from ..difference import Version
from ..difference.decided import decided_nodes
from ..difference.values import TargetVersion, Variant
from ..ir.expand import expand_branch, in_blocks
from ..ir.graph import Graph
from ..ir.nodes import Branch, Node, Parameter
from ..ir.values import Json, Literal, NodeId
from ..lower import NotKnown
from ..passes.fold import bind
from ..passes.host import on_host
from ..passes.keys import Spec, specs
from ..syntax import ast
from ..types.types import Optional, Type, is_artifact
from .build import build, lowered
from .choose import Chosen, choose, program_of
from .emit import emit, refuse_partitions
from .front import Checked, Targets
from .literals import decoded
from .located import located
from .parameters import DAY, given_values, parameters_of
from .reading import Reading
from .sketch import sample
from .surfaces import surfaces_of
from .written import Places, arguments_of, bindings_of, symbols_of, uses_of

_DAY = date(2026, 1, 1)


def version_of(
    side: Reading, pipeline: str, targets: Targets, words: Mapping[str, str], others: Defaults
) -> Version | None:
    """One version of a pipeline, None where the report says why not. What has no default here is
    compared with that of the other side."""
    checked = side.checked
    chosen = choose(checked, targets, pipeline, None)
    values = _values(side, chosen, _parameters(side, chosen), words, others)
    variant = _variant(checked, chosen, values)
    if variant is None:
        return None
    plain = replace(chosen, block=None, settings={}, params={}, image=None)
    parameters = _parameters(side, plain)
    bare = None
    if chosen.block is not None:
        quiet = replace(checked, report=Report())
        bare = _variant(quiet, plain, _values(side, plain, parameters, words, others))
    places = Places(checked, side.side.root)
    program = program_of(checked)
    return Version(
        name=pipeline,
        variant=variant,
        bare=bare,
        parameters=parameters,
        targets={
            name: _target(side, chosen, variant, name, block, targets, words, others, places)
            for name, block in program.targets.items()
        },
        place=places.of,
        arguments=arguments_of(checked),
        symbols=symbols_of(checked, places),
        unknown=side.data.unknown,
        surfaces=surfaces_of(checked, places.of),
        project=_project(checked),
        uses=uses_of(program.pipelines[pipeline].syntax),
        named=side.data.named,
        outputs={
            item.name.text: checked.source.slice(item.value.span)
            for item, _ in program.pipelines[pipeline].outputs
        },
        bindings=bindings_of(checked, program.pipelines[pipeline].syntax),
        reads_day=any(DAY in module.source.text for module in program.modules.values()),
    )


Defaults: TypeAlias = "Mapping[str, Literal]"


def defaults_of(side: Reading, pipeline: str, targets: Targets) -> Defaults:
    """The defaults of a pipeline where no target is named."""
    chosen = choose(side.checked, targets, pipeline, None)
    return {p.name: p.default for p in _parameters(side, chosen) if p.default is not None}


def _parameters(side: Reading, chosen: Chosen) -> tuple[Parameter, ...]:
    """The parameters with what their defaults name looked up."""

    def at(type_: Type, named: str) -> Json:
        return side.data.at(named, side.checked.project.folder).to_json()

    return tuple(
        replace(p, default=Literal(p.type, located(p.type, p.default.value, at, decoded)))
        if p.default is not None and is_artifact(p.type)
        else p
        for p in parameters_of(side.checked, chosen)
    )


def _values(
    side: Reading,
    chosen: Chosen,
    parameters: Sequence[Parameter],
    words: Mapping[str, str],
    others: Defaults,
) -> dict[str, Literal]:
    """What the parameters are compared with: the words, else defaults, of one without a default
    that of the other side; the rest stays open."""
    had = {
        p.name: others[p.name]
        for p in parameters
        if p.name in others and others[p.name].type == p.type
    }
    had.update((p.name, p.default) for p in parameters if p.default is not None)
    had.update(
        (p.name, Literal(p.type, None))
        for p in parameters
        if p.name not in had and isinstance(p.type, Optional)
    )
    known = {p.name for p in parameters} | {DAY}
    said = {name: word for name, word in words.items() if name in known}
    rest = {name: value for name, value in had.items() if name not in said}
    return given_values(side.checked, chosen, said, complete=False, had=rest)


def _variant(checked: Checked, chosen: Chosen, values: Mapping[str, Literal]) -> Variant | None:
    """The graph with values for its parameters. Where lowering must know one that has none, an
    example stands for it: the same on both sides."""
    first = replace(checked, report=Report())
    try:
        graph = lowered(first, chosen, values)
    except NotKnown:
        more = {
            p.name: value
            for p in parameters_of(checked, chosen)
            if p.name not in values and (value := sample(p.type, _DAY)) is not None
        }
        values = {**more, **values}
        try:
            graph = lowered(checked, chosen, values)
        except NotKnown:
            return None
    if chosen.kind == "local" and chosen.settings.get("containers") == "host":
        graph = on_host(graph)
    bound = bind(graph, values)
    bound = bound.with_nodes(_settled(bound.nodes))
    return Variant(bound, _specs(bound, checked), _open(graph, checked))


def _open(graph: Graph, checked: Checked) -> Variant | None:
    """A graph before its parameters had values, where these decide over gates or conditions."""
    decided = next(decided_nodes(graph), None)
    return None if decided is None else Variant(graph, _specs(graph, checked))


def _specs(graph: Graph, checked: Checked) -> Mapping[NodeId, Spec]:
    return specs(graph, lambda _: "", unpickle=checked.project.unpickle)


def _settled(found: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes with every `when` that is decided replaced by the arm that it takes."""
    settled: list[Node] = []
    for node in found:
        if isinstance(node, Branch):
            decided, taken = _taken(node)
            if decided:
                expansion = expand_branch(node, taken)
                settled += [*_settled(expansion.members), expansion.join]
                continue
        settled.append(in_blocks(node, _settled))
    return tuple(settled)


def _taken(branch: Branch) -> tuple[bool, int | None]:
    """Whether it is known which arm is taken, and which, if any."""
    for number, arm in enumerate(branch.arms):
        match arm.condition:
            case None | Literal(value=True):
                return True, number
            case Literal(value=False):
                continue
            case _:
                return False, None
    return True, None


def _target(
    side: Reading,
    usual: Chosen,
    here: Variant,
    name: str,
    block: ast.Target,
    targets: Targets,
    words: Mapping[str, str],
    others: Defaults,
    places: Places,
) -> TargetVersion:
    """What a target makes of the pipeline."""
    checked = replace(side.checked, report=Report())
    chosen = choose(checked, targets, usual.pipeline, name)
    said = _values(side, chosen, _parameters(side, chosen), words, others)
    settings: dict[str, Json] = dict(chosen.settings)
    params = {n: checked.source.slice(e.span) for n, e in chosen.params.items()}
    settings.update({f"params.{n}": " ".join(text.split()) for n, text in params.items()})
    variant = here if block is usual.block else _variant(checked, chosen, said)
    documents: dict[str, bytes] | None = None
    if chosen.kind != "local" and variant is not None:
        documents = _documents(checked, chosen, said, targets)
    return TargetVersion(
        name=name,
        kind=chosen.kind,
        settings=settings,
        variant=variant,
        documents=documents,
        refusals=tuple((d.code, d.message) for d in checked.report if d.severity is Severity.ERROR),
        place=places.of(block.name.span),
    )


def _documents(
    checked: Checked, chosen: Chosen, values: Mapping[str, Literal], targets: Targets
) -> dict[str, bytes] | None:
    """What would be compiled, but for the lines that messages of steps name."""
    day = {DAY: values[DAY]} if DAY in values else {}
    try:
        if refuse_partitions(checked, chosen, targets):
            return None
        given = given_values(checked, chosen, {}, complete=False, had=day)
        built = build(checked, chosen, given, frozen=False)
        same = specs(built.graph, lambda _: "", unpickle=checked.project.unpickle)
        compiled = emit(checked, replace(built, specs=same), targets)
    except NotKnown:
        return None
    if compiled is None:
        return None
    codes = {path: data for path, data in compiled.files.items() if path.startswith("code/")}
    return {**compiled.emission.files, **codes}


def _project(checked: Checked) -> dict[str, Json]:
    """What `mlp.toml` says beside environments."""
    project = checked.project
    said: dict[str, Json] = {
        "project.name": project.name,
        "project.zone": project.zone,
        "project.python-path": [p.relative_to(project.root).as_posix() for p in project.python_path]
        if project.listed
        else None,
        "store.url": project.store_url,
        "secrets.file": os.path.relpath(project.secrets_file, project.root)
        if project.secrets_file is not None
        else None,
        "security.pickle": "project" if project.unpickle else "never",
        "lint.strict": project.strict,
    }
    said.update((f"dependencies.{name}", text) for name, text in project.dependencies.items())
    return said
