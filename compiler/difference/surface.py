"""What only people see of a change: comments, layout, docs, the order of declarations, tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..ir.definitions import NotebookBody, PythonBody
from ..ir.nodes import Task
from .phrase import Name, Phrase, listed
from .values import Category, Change, Place, Rename, Surface, Variant, Version


def changed_constants(a: Version, b: Version) -> Mapping[str, Place]:
    """Where constants stand that are written otherwise now."""
    before = {name: text for s in a.surfaces for kind, name, text in s.declared if kind == "name"}
    return {
        name: surface.places[name]
        for surface in b.surfaces
        for kind, name, text in surface.declared
        if kind == "name" and before.get(name, text) != text
    }


def renamed_declarations(a: Version, b: Version) -> Iterator[Rename]:
    """Files that lie elsewhere, and steps, schemas and constants that are written as others were
    but for the name."""
    for was, now in _pairs(a, b):
        if was.path != now.path and now is not b.surfaces[0]:
            yield Rename("file", was.path, now.path)
        had = {(kind, name): text for kind, name, text in was.declared}
        has = {(kind, name): text for kind, name, text in now.declared}
        gone = [key for key in had if key not in has and key[0] in _KINDS]
        for kind, name in (key for key in has if key not in had and key[0] in _KINDS):
            for old in gone:
                if old[0] == kind and _under(had[old], old[1], name) == has[kind, name]:
                    gone.remove(old)
                    yield Rename(_KINDS[kind], old[1], name)
                    break


def _pairs(a: Version, b: Version) -> list[tuple[Surface, Surface]]:
    """The files of both versions: the first is the program itself, others have the same path, or
    declare most of what one that is gone did."""
    before = {surface.path: surface for surface in a.surfaces[1:]}
    pairs = [(a.surfaces[0], b.surfaces[0])]
    paths = {surface.path for surface in b.surfaces}
    gone = [surface for path, surface in before.items() if path not in paths]
    for now in b.surfaces[1:]:
        was = before.get(now.path)
        if was is None:
            most = max(gone, key=lambda other: _shared(other, now), default=None)
            if most is None or 2 * _shared(most, now) <= len(now.declared):
                continue
            gone.remove(most)
            was = most
        pairs.append((was, now))
    return pairs


def _shared(was: Surface, now: Surface) -> int:
    """How many declarations two files have in common, by their names."""
    return len({each[:2] for each in was.declared} & {each[:2] for each in now.declared})


_KINDS = {"step": "step", "schema": "schema", "name": "constant"}


def _under(text: str, was: str, now: str) -> str:
    """A declaration under another name."""
    return "\n".join(now if word == was else word for word in text.split("\n"))


def surface_changes(
    a: Version, b: Version, renames: Sequence[Rename], *, alone: bool
) -> Iterator[Change]:
    """What no key knows. `alone` says that nothing else was found: what is written otherwise then
    means the same."""
    names = {rename.was: rename.now for rename in renames}
    for was, now in _pairs(a, b):
        if was.text != now.text:
            yield from _file(was, now, names, b, alone=alone)
            yield from _steps(was, now, names, b.variant)
    yield from _tests(a.surfaces[0], b.surfaces[0], names)
    yield from _code(a.variant, b.variant)


def _file(
    was: Surface, now: Surface, names: Mapping[str, str], b: Version, *, alone: bool
) -> Iterator[Change]:
    others = {name for kind, name, _ in now.declared if kind == "pipeline"} - {b.name}
    parts: list[str] = []
    if was.comments != now.comments:
        parts.append("comments")
    if _in_another_order(was, now, names):
        parts.append("the order of declarations")
    if was.tokens == now.tokens and was.docs == now.docs and not parts:
        parts.append("layout")
    if parts:
        phrase: Phrase = (f"{' and '.join(parts)} in ", Name(now.path))
        yield Change(Category.COSMETIC, "text", phrase)
    docs = {_renamed(name, names): text for name, text in was.docs.items()}
    for name in sorted(docs.keys() | now.docs.keys()):
        if docs.get(name) != now.docs.get(name) and name.partition(".")[0] not in others:
            phrase = ("the docs of ", Name(name))
            place = now.places.get(name.partition(".")[0])
            yield Change(Category.COSMETIC, f"docs.{name}", phrase, place=place)
    other = _written_otherwise(was, now, b)
    if alone and not parts and other:
        verb = " is written otherwise" if len(other) == 1 else " are written otherwise"
        yield Change(Category.COSMETIC, "text", (*listed(other), verb))


def _in_another_order(was: Surface, now: Surface, names: Mapping[str, str]) -> bool:
    """Whether the declarations that both sides have stand in another order."""
    before = [names.get(name, name) for _, name, _ in was.declared]
    after = [name for _, name, _ in now.declared]
    both = set(before) & set(after)
    return [n for n in before if n in both] != [n for n in after if n in both]


def _renamed(name: str, names: Mapping[str, str]) -> str:
    head, dot, rest = name.partition(".")
    return f"{names.get(head, head)}{dot}{rest}"


def _written_otherwise(was: Surface, now: Surface, b: Version) -> list[str]:
    """What belongs to the pipeline and is written otherwise."""
    before = {(kind, name): text for kind, name, text in was.declared}
    own = {("pipeline", b.name), *(("step", step) for step in _called(b.variant))}
    return [
        name
        for kind, name, text in now.declared
        if (kind, name) in own and before.get((kind, name), text) != text
    ]


def _called(variant: Variant) -> set[str]:
    """The steps that a pipeline calls, by name."""
    return {n.definition.name for n in variant.graph.everything() if isinstance(n, Task)}


def _steps(
    was: Surface, now: Surface, names: Mapping[str, str], variant: Variant
) -> Iterator[Change]:
    """Steps that nothing in this pipeline calls: new ones, and those that are gone."""
    had = {names.get(name, name) for kind, name, _ in was.declared if kind == "step"}
    called = {node.definition.name for node in variant.graph.everything() if isinstance(node, Task)}
    for kind, name, _ in now.declared:
        if kind == "step" and name not in had and name not in called:
            phrase: Phrase = ("new step ", Name(name), ", which this pipeline does not call")
            yield Change(Category.ADDITIVE, f"steps.{name}", phrase, None, name, now.places[name])
    has = {name for kind, name, _ in now.declared if kind == "step"}
    for name in sorted(had - has - _mentioned(was)):
        phrase = ("the step ", Name(name), " is gone")
        yield Change(Category.OPERATIONAL, f"steps.{name}", phrase, name)


def _mentioned(side: Surface) -> set[str]:
    """Every word of the pipelines in a file."""
    texts = (text for kind, _, text in side.declared if kind == "pipeline")
    return {word for text in texts for word in text.split("\n")}


def _tests(was: Surface, now: Surface, names: Mapping[str, str]) -> Iterator[Change]:
    """Tests guard changes, and are in no key; under other names they are the same."""
    had = {name: _translated(text, names) for kind, name, text in was.declared if kind == "test"}
    has = {name: text for kind, name, text in now.declared if kind == "test"}
    for title, text in has.items():
        if title not in had or had[title] != text:
            word = "new test " if title not in had else "other words in the test "
            phrase: Phrase = (word, Name(title))
            yield Change(Category.OPERATIONAL, "test", phrase, place=now.places[title])
    for title in had:
        if title not in has:
            yield Change(
                Category.OPERATIONAL, "test", ("the test ", Name(title), " is gone"), title
            )


def _translated(text: str, names: Mapping[str, str]) -> str:
    """The words of a test under the later names."""
    last = {was.rpartition(".")[2]: now.rpartition(".")[2] for was, now in names.items()}
    return "\n".join(last.get(word, word) for word in text.split("\n"))


def _code(a: Variant, b: Variant) -> Iterator[Change]:
    """Modules whose text changed, and nothing in them that a step reaches."""
    before, after = _modules(a), _modules(b)
    for path in sorted(before.keys() & after.keys()):
        if before[path][0] != after[path][0] and before[path][1] == after[path][1]:
            phrase: Phrase = ("nothing that a step reaches in ", Name(path))
            yield Change(Category.COSMETIC, f"code.{path}", phrase)


def _modules(variant: Variant) -> dict[str, tuple[bytes, frozenset[tuple[str, str]]]]:
    """The text of each module that travels with a step, and the symbols of it that steps reach."""
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
            for label, digest in body.symbols:
                file = label.rpartition(":")[0] or label  # a file that the code reads
                symbols.setdefault(file, set()).add((label, digest))
    return {
        path: (
            text,
            frozenset(
                pair for file, pairs in symbols.items() if _is_of(path, file) for pair in pairs
            ),
        )
        for path, text in texts.items()
    }


def _is_of(path: str, file: str) -> bool:
    """Whether a module travels at a path; symbols name it from the root of its folder."""
    return path == file or f"/{path}".endswith(f"/{file}") or f"/{file}".endswith(f"/{path}")
