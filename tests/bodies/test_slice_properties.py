"""Random projects, random edits: only what is said and reached changes a digest."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.module import Module
from millpond.compiler.bodies.slice import Slice, slice_function

Literal = int | float | str | bytes | bool | None | tuple[int, ...]


@dataclass(frozen=True)
class Function:
    """A function that uses some constants, calls some later functions, and holds a literal."""

    name: str
    module: int
    constants: tuple[int, ...]
    calls: tuple[int, ...]
    literal: Literal
    style: int


@dataclass(frozen=True)
class Program:
    """Constants live in the module of their number modulo the number of modules."""

    modules: int
    constants: tuple[Literal, ...]
    functions: tuple[Function, ...]

    def reached(self) -> tuple[set[int], set[int]]:
        functions: set[int] = set()
        waiting = [0]
        while waiting:
            number = waiting.pop()
            if number not in functions:
                functions.add(number)
                waiting.extend(self.functions[number].calls)
        return functions, {c for number in functions for c in self.functions[number].constants}


literals: st.SearchStrategy[Literal] = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="@", exclude_categories=["Cs"]), max_size=8),
    st.binary(max_size=4),
    st.booleans(),
    st.none(),
    st.tuples(st.integers(0, 9)),
)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    modules = draw(st.integers(1, 3))
    constants = tuple(draw(st.lists(literals, min_size=1, max_size=4)))
    count = draw(st.integers(1, 5))
    functions = tuple(
        Function(
            f"f{number}",
            0 if number == 0 else draw(st.integers(0, modules - 1)),
            tuple(sorted(draw(st.sets(st.integers(0, len(constants) - 1), max_size=2)))),
            tuple(sorted(draw(st.sets(st.integers(number + 1, count - 1), max_size=2))))
            if number + 1 < count
            else (),
            draw(literals),
            draw(st.integers(0, 4)),
        )
        for number in range(count)
    )
    return Program(modules, constants, functions)


def render(program: Program, taste: random.Random) -> dict[str, str]:
    """The project's files; `taste` decides on everything that says nothing."""
    files: dict[str, str] = {"p/__init__.py": comment(taste)}
    for module in range(program.modules):
        blocks = [
            f"C{number} = {spelled(value, taste)}{comment(taste)}"
            for number, value in enumerate(program.constants)
            if number % program.modules == module
        ]
        blocks += [
            text(program, function, taste)
            for function in program.functions
            if function.module == module
        ]
        taste.shuffle(blocks)
        imports = [f"import {name}" for name in ("os", "re", "json") if taste.random() < 0.5]
        imports += [
            f"from . import m{other}" for other in range(program.modules) if other != module
        ]
        taste.shuffle(imports)
        head = ['"""' + taste.choice(["Some", "Other"]) + ' words."""'] * taste.randint(0, 1)
        gaps = ["\n" * taste.randint(1, 3) + comment(taste) + "\n" for _ in blocks]
        body = "".join(block + gap for block, gap in zip(blocks, gaps, strict=True))
        files[f"p/m{module}.py"] = "\n".join([*head, *imports, body])
    return files


def text(program: Program, function: Function, taste: random.Random) -> str:
    def name(module: int, plain: str) -> str:
        return plain if module == function.module else f"m{module}.{plain}"

    used = [name(number % program.modules, f"C{number}") for number in function.constants]
    called = [
        name(program.functions[number].module, f"f{number}") + "(x)" for number in function.calls
    ]
    parts = [*used, *called, spelled(function.literal, taste)]
    gap = taste.choice([" ", "\n        ", "  # why\n        "])
    total = f"[{gap}{f',{gap}'.join(parts)}{taste.choice(['', ','])}]"
    total = taste.choice(["{}", "({})"]).format(total)
    lines = {
        0: [f"return {total}"],
        1: [f"kept{taste.choice(['', ': list[int]'])} = {total}", "return kept"],
        2: ["if x:", f"    return {total}", "return None"],
        3: [f"return [y for y in {total} if y]"],
        4: ["def inner(y):", f"    return {total}", "return inner(x)"],
    }[function.style]
    doc = ['"""' + taste.choice(["Do it.", "Do that.\n\n    At length."]) + '"""']
    body = doc * taste.randint(0, 1) + ["pass"] * taste.randint(0, 1) + lines
    indent = " " * taste.choice([2, 4])
    joined = "\n".join(indent + line for line in body)
    return f"def {function.name}(x):{comment(taste)}\n{joined}"


def spelled(value: Literal, taste: random.Random) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return repr(value)
    if isinstance(value, int):
        return taste.choice([str(value), hex(value), f"{value:_}"])
    escaped = "".join(f"\\U{ord(char):08x}" for char in value)
    cut = taste.randint(0, len(value))
    return taste.choice([repr(value), f'"{escaped}"', f"{value[:cut]!r} {value[cut:]!r}"])


def comment(taste: random.Random) -> str:
    return taste.choice(["", "", "  # a word", "  # TABLE = 3"])


def cut(files: dict[str, str]) -> Slice:
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, encoding="utf-8")
        library = Library([Path(folder)])
        module = library.module("p.m0")
        assert isinstance(module, Module), module
        found = slice_function(library, module, "f0")
        assert isinstance(found, Slice)
        assert found.reasons == ()
        return found


def differs(one: Literal, other: Literal) -> bool:
    return repr(one) != repr(other)


@settings(max_examples=60, deadline=None)
@given(programs(), st.randoms(use_true_random=False), st.randoms(use_true_random=False))
def test_layout_comments_docstrings_and_order_say_nothing(
    program: Program, one: random.Random, other: random.Random
) -> None:
    first, second = cut(render(program, one)), cut(render(program, other))
    assert first.digest == second.digest
    assert first.table == second.table


@settings(max_examples=60, deadline=None)
@given(programs(), st.data(), st.randoms(use_true_random=False))
def test_an_edit_changes_the_digest_exactly_where_it_is_reached(
    program: Program, data: st.DataObject, taste: random.Random
) -> None:
    functions, constants = program.reached()
    new = data.draw(literals)
    if data.draw(st.booleans()):
        number = data.draw(st.integers(0, len(program.constants) - 1))
        values = list(program.constants)
        changes = number in constants and differs(values[number], new)
        values[number] = new
        edited = replace(program, constants=tuple(values))
    else:
        number = data.draw(st.integers(0, len(program.functions) - 1))
        bodies = list(program.functions)
        changes = number in functions and differs(bodies[number].literal, new)
        bodies[number] = replace(bodies[number], literal=new)
        edited = replace(program, functions=tuple(bodies))
    first, second = cut(render(program, taste)), cut(render(edited, taste))
    assert (first.digest != second.digest) is changes
    assert (first.table != second.table) is changes


@settings(max_examples=30, deadline=None)
@given(programs(), st.randoms(use_true_random=False))
def test_the_symbols_are_exactly_what_is_reached(program: Program, taste: random.Random) -> None:
    functions, constants = program.reached()
    expected = {f"p/m{program.functions[number].module}.py:f{number}" for number in functions} | {
        f"p/m{number % program.modules}.py:C{number}" for number in constants
    }
    assert set(cut(render(program, taste)).table) == expected
