"""What callers of a pipeline see: parameters, outputs, options; and what breaks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..ir.graph import Graph
from ..ir.nodes import Output, Parameter
from ..ir.values import Json, Literal, NodeId
from ..types.relate import assignable
from ..types.types import Optional, is_artifact, show
from .calls import file_named, shown
from .phrase import Name, Phrase, Value, moved
from .sight import Sight
from .spelling import became, setting_text
from .values import Category, Change, Rename, Version


def renamed_parameters(a: Version, b: Version) -> dict[str, str]:
    """The new names by the old ones: of the same type and default, and used in the same places."""
    gone = [p for p in a.parameters if all(p.name != other.name for other in b.parameters)]
    come = [p for p in b.parameters if all(p.name != other.name for other in a.parameters)]
    found: dict[str, str] = {}
    for was in gone:
        for now in come:
            same = was.type == now.type and _default(was, a) == _default(now, b)
            if (
                same
                and now.name not in found.values()
                and a.uses.get(was.name) == b.uses.get(now.name)
            ):
                found[was.name] = now.name
                break
    return found


def _default(parameter: Parameter, version: Version) -> Json:
    """What a default comes to; of files what they hold."""
    if parameter.default is None:
        return None
    match parameter.default.value:
        case {"digest": digest}:
            return [digest]
        case value:
            return [value]


def parameter_changes(a: Version, b: Version, renamed: Mapping[str, str]) -> Iterator[Change]:
    """Parameters that are new, gone, or take other values."""
    names = {new: old for old, new in renamed.items()}
    before = {p.name: p for p in a.parameters}
    for now in b.parameters:
        was = before.pop(names.get(now.name, now.name), None)
        if was is None:
            yield _new(now, b)
        else:
            if was.name != now.name:
                phrase: Phrase = ("callers say ", Name(now.name), ", not ", Name(was.name))
                yield Change(
                    Category.OPERATIONAL, f"parameters.{now.name}", phrase, was.name, now.name,
                    b.place(now.span), breaks=True,
                )  # fmt: skip
            yield from _changed(was, now, a, b)
    for name in before:
        phrase = ("the parameter ", Name(name), " is gone")
        yield Change(Category.SEMANTIC, f"parameters.{name}", phrase, was=name, breaks=True)


def _new(parameter: Parameter, b: Version) -> Change:
    open_ = parameter.default is None and not isinstance(parameter.type, Optional)
    phrase: Phrase = ("new parameter ", Name(parameter.name), ": ", Value(show(parameter.type)))
    if parameter.default is not None:
        phrase = (*phrase, " = ", Value(_said(parameter.default, b)))
    elif open_:
        phrase = (*phrase, ", without a default")
    category = Category.SEMANTIC if open_ else Category.ADDITIVE
    return Change(
        category, f"parameters.{parameter.name}", phrase, None, parameter.name,
        b.place(parameter.span), breaks=open_,
    )  # fmt: skip


def _changed(was: Parameter, now: Parameter, a: Version, b: Version) -> Iterator[Change]:
    of, place, part = Name(now.name), b.place(now.span), f"parameters.{now.name}"
    if was.type != now.type:
        types = show(was.type), show(now.type)
        wider = assignable(was.type, now.type)
        word = " takes more" if wider else " takes less"
        phrase: Phrase = (
            "the parameter ",
            of,
            f"{word}: ",
            Value(types[1]),
            ", not ",
            Value(types[0]),
        )
        if types[0] == types[1]:
            phrase = ("the columns of ", Value(types[1]), ", which ", of, " holds, changed")
        category = Category.ADDITIVE if wider else Category.SEMANTIC
        yield Change(category, f"{part}.type", phrase, *types, place, breaks=not wider)
    if was.default is not None and now.default is None:
        phrase = ("the parameter ", of, " has no default any more")
        optional = isinstance(now.type, Optional)
        yield Change(
            Category.SEMANTIC,
            f"{part}.default",
            phrase,
            _said(was.default, a),
            None,
            place,
            breaks=not optional,
        )
    elif was.default is None and now.default is not None:
        said = _said(now.default, b)
        phrase = ("the parameter ", of, " has a default: ", Value(said))
        yield Change(Category.ADDITIVE, f"{part}.default", phrase, None, said, place)
    elif (
        was.default is not None and now.default is not None and _default(was, a) != _default(now, b)
    ):
        one, two = _said(was.default, a), _said(now.default, b)
        phrase = ("the default of ", of, " changed", *moved(one, two))
        if is_artifact(now.type):
            phrase = (
                "the default of ",
                of,
                " names other files:",
                " ",
                Name(two),
                " instead of ",
                Name(one),
            )
            if one == two:
                phrase = ("what ", Name(two), ", the default of ", of, ", holds changed")
        yield Change(Category.SEMANTIC, f"{part}.default", phrase, one, two, place)


def _said(default: Literal, version: Version) -> str:
    return file_named(default, version) if is_artifact(default.type) else shown(default)


def renamed_outputs(sight: Sight) -> dict[str, str]:
    """The new names by the old ones: outputs of the same type that hold the same."""
    before, after = sight.old.variant.graph.outputs, sight.new.variant.graph.outputs
    gone = [o for o in before if all(o.name != other.name for other in after)]
    found: dict[str, str] = {}
    for now in after:
        if any(now.name == other.name for other in before):
            continue
        form = sight.outlines[1].of(now.value, _TOP)
        for was in gone:
            same = was.type == now.type and sight.outlines[0].of(was.value, _TOP) == form
            if same and was.name not in found:
                found[was.name] = now.name
                break
    return found


def output_changes(sight: Sight, renamed: Mapping[str, str]) -> Iterator[Change]:
    """Outputs that are new, gone, or hold something else."""
    names = {new: old for old, new in renamed.items()}
    before = {output.name: output for output in sight.old.variant.graph.outputs}
    for now in sight.new.variant.graph.outputs:
        was = before.pop(names.get(now.name, now.name), None)
        part, place = f"outputs.{now.name}", sight.new.place(now.span)
        if was is None:
            phrase: Phrase = ("new output ", Name(now.name), ": ", Value(show(now.type)))
            yield Change(Category.ADDITIVE, part, phrase, None, now.name, place)
        elif was.name != now.name:
            phrase = ("callers read the output ", Name(now.name), ", not ", Name(was.name))
            yield Change(Category.OPERATIONAL, part, phrase, was.name, now.name, place, breaks=True)
        else:
            yield from _output(was, now, sight)
    for name in before:
        phrase = ("the output ", Name(name), " is gone")
        yield Change(Category.SEMANTIC, f"outputs.{name}", phrase, name, breaks=True)


def _output(was: Output, now: Output, sight: Sight) -> Iterator[Change]:
    part, place, of = f"outputs.{now.name}", sight.new.place(now.span), Name(now.name)
    if was.type != now.type:
        types = show(was.type), show(now.type)
        phrase: Phrase = ("the output ", of, " is ", Value(types[1]), ", not ", Value(types[0]))
        if types[0] == types[1]:
            phrase = ("the columns of ", Value(types[1]), " in the output ", of, " changed")
        breaks = not assignable(now.type, was.type)
        yield Change(Category.SEMANTIC, f"{part}.type", phrase, *types, place, breaks=breaks)
    one, two = sight.outlines
    if one.of(was.value, _TOP) != two.of(now.value, _TOP):
        old, new = sight.old.outputs.get(was.name), sight.new.outputs.get(now.name)
        phrase = ("the output ", of, " is another value")
        cause = sight.cause(new or "")
        if old is not None and new is not None and old.split() != new.split():
            phrase = ("the output ", of, " changed", *moved(old, new))
        elif cause is not None:
            yield cause
            return
        yield Change(Category.SEMANTIC, f"{part}.value", phrase, old, new, place)


_TOP = NodeId("")


def option_changes(sight: Sight) -> Iterator[Change]:
    """What is said of the pipeline as a whole, none of which is in a key."""
    was, now = sight.old.variant.graph, sight.new.variant.graph
    places = dict(now.spans)
    options: list[tuple[str, Json, Json]] = [
        ("owner", was.owner, now.owner),
        ("schedule", _schedule(was), _schedule(now)),
        ("timeout", was.timeout, now.timeout),
        ("max_parallel", was.max_parallel, now.max_parallel),
    ]
    labels = dict(was.labels), dict(now.labels)
    options += [
        (f"labels.{name}", labels[0].get(name), labels[1].get(name))
        for name in sorted(labels[0].keys() | labels[1].keys())
    ]
    for name, one, two in options:
        if one != two:
            texts = setting_text(name, one), setting_text(name, two)
            span = places.get(name.partition(".")[0]) or places.get("")
            phrase: Phrase = (Name(name), " of the pipeline", *became(*texts))
            place = None if span is None else sight.new.place(span)
            yield Change(Category.OPERATIONAL, f"pipeline.{name}", phrase, *texts, place)


def _schedule(graph: Graph) -> Json:
    return None if graph.schedule is None else f"{graph.schedule[0]} ({graph.schedule[1]})"


def project_changes(a: Version, b: Version) -> Iterator[Change]:
    """What `mlp.toml` says beside environments, which are in the keys of the steps."""
    for name in sorted(a.project.keys() | b.project.keys()):
        one, two = a.project.get(name), b.project.get(name)
        if one == two:
            continue
        section, _, key = name.partition(".")
        category = Category.OPERATIONAL
        if name == "project.zone" and b.reads_day:
            category = Category.SEMANTIC
        elif name == "project.name":
            category = Category.COSMETIC
        texts = setting_text("", one), setting_text("", two)
        phrase: Phrase = (Name(key), " in ", Name(f"[{section}]"), " of ", Name("mlp.toml"))
        yield Change(category, f"mlp.toml.{name}", (*phrase, *became(*texts)), *texts)


def renames_of(
    a: Version, b: Version, parameters: Mapping[str, str], outputs: Mapping[str, str]
) -> Iterator[Rename]:
    """Another name of the pipeline, of its parameters and outputs."""
    if a.name != b.name:
        yield Rename("pipeline", a.name, b.name)
    for was, now in parameters.items():
        yield Rename("parameter", was, now)
    for was, now in outputs.items():
        yield Rename("output", was, now)
