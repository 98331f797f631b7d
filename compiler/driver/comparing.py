"""Compares the pipelines of two files: each side checked, lowered and compiled, and nothing run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

from ...runtime.artifact import Artifact, is_url
from ...runtime.dataclass import dataclass, field, replace
from ...runtime.digest import UnfitPathError
from ...runtime.source import find
from ..bodies.body import PythonBody
from ..check.values import Program
from ..check.walk import nodes
from ..diagnostics.diagnostic import Report, Severity
from ..difference import Version, compare
from ..difference.values import (
    Difference,
    FileDifference,
    Place,
    Refusal,
    TargetVersion,
    Variant,
    Written,
)
from ..ir.expand import expand_branch, in_blocks
from ..ir.nodes import Branch, Node, Parameter
from ..ir.values import Json, Literal
from ..lower import NotKnown
from ..passes.fold import bind
from ..passes.host import on_host
from ..passes.keys import specs
from ..source import Span
from ..syntax import ast
from ..types.types import Optional, Type, is_artifact
from .build import build, lowered
from .choose import Chosen, choose, program_of
from .disk import Disk
from .emit import emit, refuse_partitions
from .front import Checked, Targets, front
from .literals import decoded
from .located import located
from .parameters import DAY, given_values, parameters_of
from .sides import Side, Sides
from .sketch import sample
from .surfaces import surfaces_of

_DAY = date(2026, 1, 1)


def differences(
    sides: Sides, targets: Targets, words: Mapping[str, str]
) -> Iterator[FileDifference]:
    """The pairs in turn, those without a pipeline left out."""
    for was, now in sides.pairs:
        found = _file(sides, was, now, targets, words)
        if found.pipelines or found.added or found.removed or found.refused:
            yield found


def _file(
    sides: Sides, was: str | None, now: str | None, targets: Targets, words: Mapping[str, str]
) -> FileDifference:
    a = None if was is None else _read(sides.a, was, targets)
    b = None if now is None else _read(sides.b, now, targets)
    refused = [
        _refused(side, later=later)
        for side, later in ((a, False), (b, True))
        if side is not None and side.checked.report.has_errors
    ]
    if refused:
        return FileDifference(was, now, refused=tuple(refused))
    before = [] if a is None else list(program_of(a.checked).pipelines)
    after = [] if b is None else list(program_of(b.checked).pipelines)
    if a is None or b is None:
        return FileDifference(was, now, added=tuple(after), removed=tuple(before))
    found: list[Difference] = []
    for one, two in _same_names(a, b, before, after):
        defaults = _defaults(a, one, targets), _defaults(b, two, targets)
        sides_of = (
            _version(a, one, targets, words, defaults[1]),
            _version(b, two, targets, words, defaults[0]),
        )
        lost = [
            _refused(side, later=later)
            for side, found_, later in zip((a, b), sides_of, (False, True), strict=True)
            if found_ is None
        ]
        if lost:
            return FileDifference(was, now, refused=tuple(lost))
        assert sides_of[0] is not None
        assert sides_of[1] is not None
        found.append(compare(sides_of[0], sides_of[1]))
    added = tuple(name for name in after if name not in {d.name for d in found})
    removed = tuple(name for name in before if name not in {d.was for d in found})
    return FileDifference(was, now, tuple(found), added, removed)


def _same_names(
    a: _Read, b: _Read, before: Sequence[str], after: Sequence[str]
) -> list[tuple[str, str]]:
    """Pipelines of one name, and those that have another name: what they do is written alike."""
    pairs = [(name, name) for name in after if name in before]
    gone = [name for name in before if name not in after]
    for name in (n for n in after if n not in before):
        words = _bound(b, name)
        was = max(gone, key=lambda other: len(words & _bound(a, other)), default=None)
        alone = len(gone) == 1 and len(after) == len(before)
        if was is not None and (2 * len(words & _bound(a, was)) > len(words) or alone):
            gone.remove(was)
            pairs.append((was, name))
    return sorted(pairs, key=lambda pair: list(after).index(pair[1]))


def _bound(side: _Read, pipeline: str) -> frozenset[str]:
    checked = program_of(side.checked).pipelines[pipeline]
    return frozenset(side.checked.source.slice(item.span).strip() for item in checked.syntax.items)


@dataclass(slots=True)
class _Data:
    """The files that a program names as data: known by content as far as the side holds them.

    What git does not keep may be another one on every machine: it is known by its name alone, and
    so is what lies at a URL, which nobody asks.
    """

    side: Side
    unknown: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    def at(self, path: str, folder: Path) -> Artifact:
        if is_url(path):
            return self._unseen(path, path)
        place = Path(os.path.normpath(folder / path))
        inside = place.is_relative_to(self.side.root)
        label = place.relative_to(self.side.root).as_posix() if inside else path
        if self.side.kept is not None and not (inside and self._is_kept(label, place)):
            return self._unseen(label, path)
        try:
            found = find(path, folder)
        except (OSError, UnfitPathError):
            return self._unseen(label, path)
        self.named.setdefault(found.digest, label)
        return found

    def _is_kept(self, label: str, place: Path) -> bool:
        kept = self.side.kept or frozenset()
        if place.is_dir() or "*" in label:
            return any(name.startswith(label.partition("*")[0]) for name in kept)
        return label in kept

    def _unseen(self, label: str, path: str) -> Artifact:
        digest = f"etag:{hashlib.sha256(label.encode('utf-8', 'surrogateescape')).hexdigest()}"
        self.unknown[digest] = label
        return Artifact(digest, 0, path.rpartition("/")[2], path)


class _Unpacked(Disk):
    """The files around a program, of which data may be missing."""

    def __init__(self, disk: Disk, data: _Data) -> None:
        super().__init__(disk.shelf, disk.home, disk.path)
        self.data = data

    def of(self, module: str) -> Disk:
        return _Unpacked(super().of(module), self.data)

    def artifact(self, path: str) -> Artifact:
        return self.data.at(path, self.home.folder)


@dataclass(frozen=True, slots=True)
class _Read:
    """A file of one side after its front stages."""

    side: Side
    path: str
    checked: Checked
    data: _Data


def _read(side: Side, path: str, targets: Targets) -> _Read:
    checked = front(side.root / path, targets)
    data = _Data(side)
    if checked.program is not None:
        named = set(_named(checked.program))
        checked.report.diagnostics[:] = [
            d for d in checked.report.diagnostics if not (d.code == "MLP0506" and d.span in named)
        ]
    disk = _Unpacked(checked.disk, data)
    return _Read(side, path, replace(checked, disk=disk), data)


def _named(program: Program) -> Iterator[Span]:
    """Where files are named as data: whether they are there is no matter here."""
    for module in program.modules.values():
        needed: set[int] = set()
        for node in nodes(module.file):
            match node:
                case ast.SetValue(key=ast.Name(text="lockfile" | "requirements"), value=value):
                    needed.add(id(value))
                case ast.Call(callee=ast.NameRef(name="file"), arguments=(argument, *_)):
                    if id(node) not in needed:
                        yield argument.value.span
                case _:
                    pass


def _refused(side: _Read, *, later: bool) -> Refusal:
    """The errors of a side, its files called as the user calls them."""
    from ..diagnostics.export import diagnostic_to_json
    from ..diagnostics.render import render, render_short

    checked, sources = side.checked, side.checked.sources
    place, name = f"{side.side.root}{os.sep}", _prefix(side.side)

    def called(text: str) -> str:
        return text.replace(place, name)

    found = [d for d in checked.report if d.severity is Severity.ERROR]
    data = json.dumps([diagnostic_to_json(d, sources) for d in found])
    inner = json.dumps(place)[1:-1], json.dumps(name)[1:-1]
    return Refusal(
        later,
        side.side.name,
        tuple(json.loads(data.replace(*inner))),
        tuple(called(render_short(d, sources)) for d in found),
        called("\n\n".join(render(d, sources) for d in found)),
    )


def _prefix(side: Side) -> str:
    """What stands before paths that are relative to the root of a side."""
    match side.kind:
        case "revision":
            return f"{side.name}:"
        case "folder":
            return "" if side.name in (".", "./") else f"{side.name.rstrip('/')}/"
        case _:
            here = os.path.relpath(side.root)
            return "" if here == "." else f"{here}/"


def _version(
    side: _Read, pipeline: str, targets: Targets, words: Mapping[str, str], others: _Defaults
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
    places = _Places(side)
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
        arguments=_arguments(checked),
        symbols=_symbols(checked, places),
        unknown=side.data.unknown,
        surfaces=surfaces_of(checked, places.of),
        project=_project(checked),
        uses=_uses(program.pipelines[pipeline].syntax),
        named=side.data.named,
        outputs={
            item.name.text: checked.source.slice(item.value.span)
            for item, _ in program.pipelines[pipeline].outputs
        },
        bindings=_bindings(checked, program.pipelines[pipeline].syntax),
        reads_day=any(DAY in module.source.text for module in program.modules.values()),
    )


_Defaults: TypeAlias = "Mapping[str, Literal]"


def _defaults(side: _Read, pipeline: str, targets: Targets) -> _Defaults:
    """The defaults of a pipeline where no target is named."""
    chosen = choose(side.checked, targets, pipeline, None)
    return {p.name: p.default for p in _parameters(side, chosen) if p.default is not None}


def _parameters(side: _Read, chosen: Chosen) -> tuple[Parameter, ...]:
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
    side: _Read,
    chosen: Chosen,
    parameters: Sequence[Parameter],
    words: Mapping[str, str],
    others: _Defaults,
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
    graph = bind(graph, values)
    graph = graph.with_nodes(_settled(graph.nodes))
    made = specs(graph, lambda _: "", unpickle=checked.project.unpickle)
    return Variant(graph, made)


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
    side: _Read,
    usual: Chosen,
    here: Variant,
    name: str,
    block: ast.Target,
    targets: Targets,
    words: Mapping[str, str],
    others: _Defaults,
    places: _Places,
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


class _Places:
    """Where spans stand, in words that hold on both sides."""

    def __init__(self, side: _Read) -> None:
        self._checked = side.checked
        root = side.checked.project.root
        top = side.side.root
        self._base = root.relative_to(top).as_posix() if root.is_relative_to(top) else "."

    def file(self, path: str) -> str:
        return path if self._base == "." or path.startswith("std/") else f"{self._base}/{path}"

    def of(self, span: Span) -> Place:
        source = self._checked.sources[span.file]
        start, end = source.position(span.start), source.position(span.end)
        path = self.file(self._checked.disk.shelf.disks[span.file].path)
        return Place(path, start.line, start.column, end.line, end.column)

    def line(self, path: Path, line: int) -> Place:
        return Place(self.file(self._checked.project.within(path)), line)


def _arguments(checked: Checked) -> dict[Span, dict[str, Written]]:
    """What every call says, as it is written."""
    found: dict[Span, dict[str, Written]] = {}
    for module in program_of(checked).modules.values():
        for node in nodes(module.file):
            if isinstance(node, ast.Compute) and isinstance(node.value, ast.Call):
                found[node.span] = {
                    a.name.text: Written(module.source.slice(a.value.span), a.span)
                    for a in node.value.arguments
                    if a.name is not None
                }
            elif isinstance(node, ast.Approve):
                message = node.message.span
                found[node.span] = {"": Written(module.source.slice(message), message)}
    return found


def _bindings(checked: Checked, pipeline: ast.Pipeline) -> dict[str, Written]:
    """What the names of a pipeline stand for that are no nodes."""
    typing = program_of(checked).typing
    found: dict[str, Written] = {}
    for node in nodes(pipeline.items):
        match node:
            case ast.Bind(name=name, value=ast.Compute(value=value)):
                if id(value) not in typing.calls:
                    found[name.text] = Written(checked.source.slice(value.span), value.span)
            case _:
                pass
    return found


def _symbols(checked: Checked, places: _Places) -> dict[str, Place]:
    """Where the symbols of Python bodies stand; notebooks have no lines."""
    found: dict[str, Place] = {}
    for module in program_of(checked).modules.values():
        for step in module.steps.values():
            symbols = step.source.code.symbols if isinstance(step.source, PythonBody) else ()
            for symbol in symbols:
                found.setdefault(symbol.label, places.line(symbol.path, symbol.line))
    return found


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
        "security.pickle": "project" if project.unpickle else "never",
        "lint.strict": project.strict,
    }
    said.update((f"dependencies.{name}", text) for name, text in project.dependencies.items())
    return said


def _uses(pipeline: ast.Pipeline) -> dict[str, tuple[str, ...]]:
    """In which places of a pipeline each name is used: which arguments, which statements."""
    found: dict[str, list[str]] = {}
    for node in nodes(pipeline.items):
        match node:
            case ast.Argument(name=ast.Name(text=word), value=value):
                place, tree = word, value
            case ast.Expect(condition=condition):
                place, tree = "expect", condition
            case ast.Output(value=value):
                place, tree = "output", value
            case ast.ForBlock(items=items):
                place, tree = "for", items
            case ast.WhenBlock(condition=condition):
                place, tree = "when", condition
            case _:
                continue
        for inner in nodes(tree):
            if isinstance(inner, ast.NameRef):
                found.setdefault(inner.name, []).append(place)
    return {name: tuple(sorted(places)) for name, places in found.items()}
