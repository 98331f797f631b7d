"""What is different about the outputs of a pipeline, which its callers read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..ir.nodes import Output
from ..ir.values import NodeId
from ..types.relate import assignable
from ..types.types import show
from .phrase import Name, Phrase, Value, moved
from .sight import Sight
from .values import Category, Change


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
