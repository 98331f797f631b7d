"""What is different about the parameters of a pipeline, and which changes break its callers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..ir.nodes import Parameter
from ..ir.values import Json, Literal
from ..types.relate import assignable
from ..types.types import Optional, is_artifact, show
from .calls import file_named, shown
from .forms import content
from .phrase import Name, Phrase, Value, moved
from .values import Category, Change, Place, Version


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
    default = parameter.default
    if default is None:
        return None
    return [content(default.value) if is_artifact(default.type) else default.value]


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
        yield _type(was, now, f"{part}.type", place)
    one, two = (None if p.default is None else _said(p.default, v) for p, v in ((was, a), (now, b)))
    category, breaks = Category.SEMANTIC, False
    if one is not None and two is None:
        phrase: Phrase = ("the parameter ", of, " has no default any more")
        breaks = not isinstance(now.type, Optional)
    elif one is None and two is not None:
        phrase = ("the parameter ", of, " has a default: ", Value(two))
        category = Category.ADDITIVE
    elif one is None or two is None or _default(was, a) == _default(now, b):
        return
    elif not is_artifact(now.type):
        phrase = ("the default of ", of, " changed", *moved(one, two))
    elif one == two:
        phrase = ("what ", Name(two), ", the default of ", of, ", holds changed")
    else:
        phrase = ("the default of ", of, " names ", Name(two), " instead of ", Name(one))
    yield Change(category, f"{part}.default", phrase, one, two, place, breaks=breaks)


def _type(was: Parameter, now: Parameter, part: str, place: Place) -> Change:
    """Callers break where what they said is not taken any more."""
    old, new = show(was.type), show(now.type)
    wider = assignable(was.type, now.type)
    less = "more" if wider else "less"
    of = Name(now.name)
    phrase: Phrase = ("the parameter ", of, f" takes {less}: ", Value(new), ", not ", Value(old))
    if old == new:
        phrase = ("the columns of ", Value(new), " in the parameter ", of, " changed")
    category = Category.ADDITIVE if wider else Category.SEMANTIC
    return Change(category, part, phrase, old, new, place, breaks=not wider)


def _said(default: Literal, version: Version) -> str:
    return file_named(default, version) if is_artifact(default.type) else shown(default)
