"""What only people see of a change: comments, layout, docs, the order of declarations."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir.definitions import NotebookBody, PythonBody
from ..ir.nodes import Task
from .phrase import Name, Phrase, listed
from .values import Category, Change, Surface, Variant, Version


def surface_changes(a: Version, b: Version, *, alone: bool) -> Iterator[Change]:
    """Cosmetic changes. `alone` says that nothing else was found: what is written otherwise then
    means the same."""
    before = {surface.path: surface for surface in a.surfaces}
    for number, now in enumerate(b.surfaces):
        was = before.get(now.path)
        if was is None and number == 0 and a.surfaces:
            was = a.surfaces[0]  # the file itself has another name
        if was is not None and was.text != now.text:
            yield from _file(was, now, alone)
    yield from _tests(a, b)
    yield from _code(a.variant, b.variant)


def _file(was: Surface, now: Surface, alone: bool) -> Iterator[Change]:
    parts: list[str] = []
    if was.comments != now.comments:
        parts.append("comments")
    order = [d[:2] for d in was.declared if d[:2] in {o[:2] for o in now.declared}]
    other = [d[:2] for d in now.declared if d[:2] in {o[:2] for o in was.declared}]
    if order != other:
        parts.append("the order of declarations")
    if was.tokens == now.tokens and not parts and was.docs == now.docs:
        parts.append("layout")
    if parts:
        text = " and ".join(parts)
        phrase: Phrase = (f"{text} in ", Name(now.path))
        yield Change(Category.COSMETIC, "text", phrase)
    for name in sorted(was.docs.keys() | now.docs.keys()):
        if was.docs.get(name) != now.docs.get(name):
            phrase = ("the docs of ", Name(name))
            yield Change(Category.COSMETIC, f"docs.{name}", phrase, place=now.places.get(name))
    if alone and not parts and was.tokens != now.tokens and was.docs == now.docs:
        changed = _other(was, now)
        if changed:
            yield Change(
                Category.COSMETIC,
                "text",
                (
                    *listed(changed),
                    " is written otherwise" if len(changed) == 1 else " are written otherwise",
                ),
            )
    if was.declared != now.declared:
        yield from _declared(was, now)


def _other(was: Surface, now: Surface) -> list[str]:
    """Declarations that are on both sides, and written otherwise."""
    before = {declared[:2]: declared[2] for declared in was.declared}
    return [
        name
        for kind, name, text in now.declared
        if kind != "test" and (kind, name) in before and before[kind, name] != text
    ]


def _declared(was: Surface, now: Surface) -> Iterator[Change]:
    """Steps and schemas that no call of this pipeline shows."""
    for kind in ("step", "schema", "name"):
        had = {name: text for of, name, text in was.declared if of == kind}
        has = {name: text for of, name, text in now.declared if of == kind}
        for name in has:
            if name not in had and kind == "step" and name not in ():
                phrase: Phrase = (f"new {kind} ", Name(name))
                yield Change(
                    Category.ADDITIVE, f"declared.{name}", phrase, place=now.places.get(name)
                )


def _tests(a: Version, b: Version) -> Iterator[Change]:
    had = {n: t for s in a.surfaces[:1] for kind, n, t in s.declared if kind == "test"}
    has = {n: t for s in b.surfaces[:1] for kind, n, t in s.declared if kind == "test"}
    places = b.surfaces[0].places if b.surfaces else {}
    for names, word in (
        ([n for n in has if n not in had], "new test "),
        ([n for n in had if n not in has], "no more test "),
        ([n for n in has if n in had and has[n] != had[n]], "other words in the test "),
    ):
        for name in names:
            phrase: Phrase = (word, Name(name))
            yield Change(Category.OPERATIONAL, "test", phrase, place=places.get(name))


def _code(a: Variant, b: Variant) -> Iterator[Change]:
    """Modules whose text changed, and nothing in them that a step reaches."""
    before, after = _modules(a), _modules(b)
    for path in sorted(before.keys() & after.keys()):
        if before[path][0] != after[path][0] and before[path][1] == after[path][1]:
            yield Change(
                Category.COSMETIC, f"code.{path}", ("nothing that a step reaches in ", Name(path))
            )


def _modules(variant: Variant) -> dict[str, tuple[bytes, frozenset[tuple[str, str]]]]:
    """The text of each Python file of the project, and the symbols of it that steps reach."""
    texts: dict[str, bytes] = {}
    symbols: dict[str, set[tuple[str, str]]] = {}
    seen: set[int] = set()
    for node in variant.graph.everything():
        if not isinstance(node, Task) or id(node.definition) in seen:
            continue
        seen.add(id(node.definition))
        body = node.definition.body
        if isinstance(body, PythonBody | NotebookBody):
            texts.update((f.path.removeprefix("code/"), f.content) for f in body.files)
            for symbol, digest in body.symbols:
                symbols.setdefault(symbol.rpartition(":")[0], set()).add((symbol, digest))
    found = {}
    for path, text in texts.items():
        mine = {
            pair
            for file, pairs in symbols.items()
            if file == path or file.endswith(f"/{path}") or path.endswith(f"/{file}")
            for pair in pairs
        }
        found[path] = (text, frozenset(mine))
    return found
