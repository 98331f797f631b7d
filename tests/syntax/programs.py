"""Random programs: derivations of the grammar, and edits of healthy files token by token."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st
from syntax.lark_parser import lark

from millpond.compiler.source import Source
from millpond.compiler.syntax.tokens import scan

OK = sorted((Path(__file__).parent / "ok").glob("*.mlp"))

_SAMPLES = {
    "NAME": ("a", "fit", "rows", "x_1"),
    "INT": ("0", "42", "1_000"),
    "FLOAT": ("0.5", "1e-4", "2.50"),
    "QUANTITY": ("30m", "16GB", "10%", "16Gb"),
    "DATE": ("2026-11-22",),
    "DATETIME": ("2026-11-22T06:00Z",),
    "STRING": ('"text"', '"a \\" b"', '""'),
    "FSTRING": ('f"v{a.b} {{x}} {1 + 2}"', 'f"{f(a = "q")}"'),
    "RAWSTRING": ('"""raw\n  text"""',),
    "RAWFSTRING": ('f"""raw {a}\n"""',),
    "BAD_STRING": ("'single'",),
    "DANGLING_DOT": (".\n",),
    "DANGLING_EQUAL": ("=\n",),
}


@cache
def _expansions() -> dict[str, list[tuple[str, ...]]]:
    made: dict[str, list[tuple[str, ...]]] = {}
    for rule in lark().rules:
        made.setdefault(rule.origin.name, []).append(tuple(s.name for s in rule.expansion))
    return made


@cache
def _texts(terminal: str) -> tuple[str, ...]:
    pattern = next(t.pattern for t in lark().terminals if t.name == terminal)
    return _SAMPLES.get(terminal) or (pattern.value,)


@cache
def _size(symbol: str) -> int:
    """How many tokens the shortest text of a symbol has."""
    sizes: dict[str, int] = {}
    while symbol not in sizes:
        for origin, expansions in _expansions().items():
            known = [
                sum(sizes.get(s, 1) for s in expansion)
                for expansion in expansions
                if all(s in sizes or s not in _expansions() for s in expansion)
            ]
            if known:
                sizes.setdefault(origin, min(known))
    return sizes[symbol]


def _shortest(expansions: list[tuple[str, ...]]) -> tuple[str, ...]:
    return min(
        expansions,
        key=lambda parts: (sum(_size(p) if p in _expansions() else 1 for p in parts), parts),
    )


@st.composite
def derived(draw: st.DrawFn, start: str = "start") -> str:
    """A text that the grammar makes, with blanks between all tokens."""
    budget = draw(st.integers(0, 120))
    pieces: list[str] = []
    todo = [start]
    while todo:
        symbol = todo.pop()
        if symbol not in _expansions():
            pieces.append(draw(st.sampled_from(_texts(symbol))))
            continue
        expansions = _expansions()[symbol]
        budget -= 1
        chosen = draw(st.sampled_from(expansions)) if budget > 0 else _shortest(expansions)
        todo.extend(reversed(chosen))
    return " ".join(pieces)


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A healthy file after a few edits of whole tokens."""
    path = draw(st.sampled_from(OK))
    source = Source(path.name, path.read_text(encoding="utf-8"))
    ends = [0, *scan(source).ends]
    pieces = [source.text[start:end] for start, end in pairwise(ends)]
    place = st.integers(0, len(pieces) - 1)
    for _ in range(draw(st.integers(1, 4))):
        here, there = draw(place), draw(place)
        match draw(st.sampled_from(("drop", "copy", "swap", "sign", "cut"))):
            case "drop":
                pieces[here] = ""
            case "copy":
                pieces[here] += pieces[there]
            case "swap":
                pieces[here], pieces[there] = pieces[there], pieces[here]
            case "sign":
                pieces[here] = draw(st.sampled_from(list("(){}[]<>:=,.;$!'\"@%&|\\\n\0 é")))
            case _:
                pieces[here] = pieces[here][: len(pieces[here]) // 2]
    return "".join(pieces)
