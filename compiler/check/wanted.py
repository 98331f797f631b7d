"""Which steps of a library a program may run: the code of the others is not looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from ..syntax import ast
from .modules import Loaded
from .uses import module_name
from .walk import nodes


def wanted_steps(files: Iterable[Loaded]) -> dict[str, set[str]]:
    """The names that the files take from libraries, by the name of the library's source.

    Names that a library mentions itself count for it too: its pipelines call its steps.
    """
    loaded = list(files)
    wanted: dict[str, set[str]] = {each.name: set() for each in loaded if not each.found.whole}
    if not wanted:
        return wanted
    for each in loaded:
        aliases: dict[str, str] = {}
        for use in each.file.declarations:
            source = each.uses.get(id(use))
            if source not in wanted:
                continue
            match use:
                case ast.UseNames(names=names):
                    wanted[source].update(name.text for name in names)
                case ast.UseModule() | ast.UseFile():
                    aliases[module_name(use).text] = source
                case _:
                    pass
        for owner, name in _mentioned(each.file):
            if owner in aliases:
                wanted[aliases[owner]].add(name)
            elif not owner and each.name in wanted:
                wanted[each.name].add(name)
    return wanted


def _mentioned(file: ast.File) -> Iterator[tuple[str, str]]:
    """Names in a file with what they are taken from: `steps.fit`, or nothing and `fit`."""
    for node in nodes(file):
        match node:
            case ast.FieldOf(base=ast.NameRef(name=owner), field=member):
                yield owner, member.text
            case ast.NameRef(name=name):
                yield "", name
            case ast.Ref(parts=parts):
                for before, word in pairwise(parts):
                    yield before.text, word.text
                yield "", parts[-1].text
            case _:
                pass
