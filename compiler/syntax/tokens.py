"""Cuts text into tokens with one compiled pattern made from the grammar's terminals."""

from __future__ import annotations

import re

from ...grammar import tables
from ...runtime.dataclass import dataclass, field
from ..source import Source, Span

KIND = {name: number for number, name in enumerate(tables.TERMINALS)}
END = KIND["$END"]
_COMMENT, _BAD_COMMENT = KIND["COMMENT"], KIND["BAD_COMMENT"]
_COMMENTS = (_COMMENT, _BAD_COMMENT)
_NAME, _NOT = KIND["NAME"], KIND["NOT"]
_SYMBOLS = dict(tables.SYMBOLS)
_WORDS = dict(tables.WORDS)

NAMING = frozenset(
    "edition use schema check step run target pipeline test given stub override".split()
)
"""The words of the language that may also name a thing: `_name` of the grammar."""

# What the grammar cannot read: tried right after the pattern that failed to read it.
_BROKEN = {
    "RAWSTRING": r'f?"""',
    "FSTRING": r'f"',
    "STRING": r'"',
    "INT": r"\d[\d_]*\.?",
    "BAD_STRING": r"'",
}


def can_name(word: str) -> bool:
    """Whether something called so can be spoken of: most words of the language stand for it."""
    return word not in _WORDS or word in NAMING


@dataclass(frozen=True, slots=True)
class Flaw:
    """Characters that no pattern reads whole; `token` is the one made of them, if any."""

    start: int
    end: int
    token: int | None


@dataclass(slots=True)
class Tokens:
    """The tokens of one text as columns; the last is the end, an empty token after all text.

    `docs` maps the number of a token to the doc comment right above it.
    """

    source: Source
    kinds: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    docs: dict[int, str] = field(default_factory=dict)
    comments: list[tuple[int, int]] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    def insert(self, token: int, kind: int, start: int, end: int) -> None:
        """Put a token before `token`; those behind it move up by one."""
        self.kinds.insert(token, kind)
        self.starts.insert(token, start)
        self.ends.insert(token, end)
        self.docs = {at + (at > token): doc for at, doc in self.docs.items()}

    def remove(self, token: int) -> None:
        """Take a token away; those behind it move down by one."""
        del self.kinds[token], self.starts[token], self.ends[token]
        self.docs = {at - (at > token): doc for at, doc in self.docs.items()}

    def text(self, token: int) -> str:
        return self.source.text[self.starts[token] : self.ends[token]]

    def span(self, token: int) -> Span:
        return Span(self.source.name, self.starts[token], self.ends[token])

    def part(self, first: int, last: int) -> Tokens:
        """The tokens `[first, last)` as a text of their own, with an end after them."""
        stop = self.ends[last - 1] if last > first else self.starts[first]
        return Tokens(
            self.source,
            [*self.kinds[first:last], END],
            [*self.starts[first:last], stop],
            [*self.ends[first:last], stop],
            {token - first: doc for token, doc in self.docs.items() if first <= token < last},
        )


def _master() -> tuple[re.Pattern[str], list[int], int]:
    """The master pattern, what each of its outer groups means, and the group of plain symbols.

    A group means a terminal, or where it reads broken text: `~terminal`, END for none.
    """
    means: list[int] = []
    cells: list[str] = []

    def cell(pattern: str, meaning: int) -> None:
        cells.append(f"(?P<_{len(means)}>{pattern})")
        means.append(meaning)

    for kind, pattern in tables.PATTERNS:
        cell(pattern, kind)
        if broken := _BROKEN.get(tables.TERMINALS[kind]):
            cell(broken, ~kind)
    symbols = len(means)
    longest_first = sorted(_SYMBOLS, key=lambda text: (-len(text), text))
    cell("|".join(re.escape(text) for text in longest_first), END)
    cell(r"\Z", END)
    cell(r"[\s\S]", ~END)
    master = re.compile(r"[ \t\r\n]*+(?:" + "|".join(cells) + ")")
    meaning = [END] * (master.groups + 1)
    for name, group in master.groupindex.items():
        meaning[group] = means[int(name[1:])]
    return master, meaning, master.groupindex[f"_{symbols}"]


_MASTER, _MEANING, _SYMBOL = _master()


def scan(source: Source, start: int = 0, end: int | None = None) -> Tokens:
    """The tokens of `source` between two offsets; what cannot be read is in `flaws`."""
    text = source.text
    tokens = Tokens(source)
    kinds, starts, ends = tokens.kinds, tokens.starts, tokens.ends
    if start == 0 and text.startswith("\ufeff"):
        start = 1
    stop = len(text) if end is None else end
    position = start
    match = _MASTER.match
    while found := match(text, position, stop):
        group = found.lastindex
        assert group is not None  # every alternative is a group
        first, position = found.span(group)
        kind = _MEANING[group]
        if kind == _NAME:
            kind = _WORDS.get(text[first:position], _NAME)
        elif group == _SYMBOL:
            kind = _SYMBOLS[text[first:position]]
        elif kind == END:
            break
        elif kind in _COMMENTS:
            tokens.comments.append((first, position))
            if kind == _BAD_COMMENT:
                tokens.flaws.append(Flaw(first, position, None))
            elif text.startswith("##", first):
                _note_doc(tokens, first, position)
            continue
        elif kind < 0:
            kind, position = ~kind, _broken_end(text, position, stop, ~kind)
            if kind == END and text[first] == "!":
                kind = _NOT
            tokens.flaws.append(Flaw(first, position, len(kinds) if kind != END else None))
            if kind == END:
                continue
        kinds.append(kind)
        starts.append(first)
        ends.append(position)
    kinds.append(END)
    starts.append(stop)
    ends.append(stop)
    return tokens


def _note_doc(tokens: Tokens, start: int, end: int) -> None:
    line = tokens.source.text[start:end].lstrip("#").strip()
    token = len(tokens.kinds)
    before = tokens.docs.get(token)
    tokens.docs[token] = line if before is None else f"{before}\n{line}"


def _broken_end(text: str, end: int, stop: int, kind: int) -> int:
    """Where text that could not be read most likely ends."""
    name = tables.TERMINALS[kind]
    if name == "RAWSTRING":
        closing = re.compile(r"\n(?=[^\s#])").search(text, end, stop)
        return closing.start() if closing else stop
    if name in {"STRING", "FSTRING", "BAD_STRING"}:
        line_end = text.find("\n", end, stop)
        rest = text[end : stop if line_end < 0 else line_end]
        if name == "FSTRING" and '"' in rest:
            return end + rest.rindex('"') + 1
        return end + len(rest.rstrip(" \t\r,;)]}"))
    return end
