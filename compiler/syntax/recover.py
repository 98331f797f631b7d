"""Reads what can be read of a file that does not parse, one declaration at a time."""

from __future__ import annotations

from collections.abc import Callable

from ...grammar import tables
from ...runtime.dataclass import dataclass, replace
from ..diagnostics.diagnostic import Diagnostic, Fix, Label, error
from . import ast
from .chunks import chunks
from .lalr import MAX_DEPTH, Machine, TooDeepError
from .mistakes import Change, Mistake, recognise
from .situation import Situation, accepts
from .tokens import END, KIND, Tokens
from .tree import Context

MAX_REPAIRS = 24
MAX_WORK = 400_000  # tokens read again and again in one declaration
_MERGED = frozenset({"MLP0103", "MLP0105", "MLP0109", "MLP0111"})
_WORDS = frozenset(dict(tables.WORDS).values())
_NAMES = _WORDS | {KIND["NAME"]}
_DECLARING = frozenset(KIND[n] for n in ("SCHEMA", "STEP", "PIPELINE", "TARGET"))

_FOLLOWS_NAME = frozenset(KIND[n] for n in ("EQUAL", "DANGLING_EQUAL", "COLON"))

# Makes the context in which a declaration's tokens are built.
Contexts = Callable[[Tokens], Context]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What one declaration's tokens gave: its tree, or only its name, and what to say."""

    file: ast.File | None
    broken: ast.Name | None
    diagnostics: tuple[Diagnostic, ...]


def recover(
    tokens: Tokens, contexts: Contexts, is_flawed: Callable[[int, int], bool]
) -> tuple[ast.File, list[Diagnostic]]:
    """The tree of every declaration that can be read, and at most one syntax error for each other.

    `is_flawed(start, end)` says whether a range of the text has characters already reported.
    """
    edition: ast.Edition | None = None
    declarations: list[ast.Declaration] = []
    broken: list[ast.Name] = []
    diagnostics: list[Diagnostic] = []
    behind = 0
    todo = list(reversed(list(chunks(tokens))))
    while todo:
        first, last = todo.pop()
        flawed = is_flawed(behind, tokens.ends[last - 1])
        recovered = read(tokens.part(first, last), contexts, silent=flawed)
        whole = _whole(tokens.part(first, last), contexts) if recovered.file is None else 0
        if whole:
            todo += [(first + whole, last), (first, first + whole)]
            continue
        behind = tokens.ends[last - 1]
        diagnostics.extend(recovered.diagnostics)
        if recovered.file is not None:
            edition = edition or recovered.file.edition
            declarations.extend(recovered.file.declarations)
        if recovered.broken is not None:
            broken.append(recovered.broken)
    source = tokens.source
    span = source.span(0, len(source.text))
    return ast.File(span, edition, tuple(declarations), tuple(broken)), diagnostics


def read(tokens: Tokens, contexts: Contexts, *, silent: bool) -> Recovered:
    """Read one declaration, mending what can be mended; only its first mistake is told."""
    told: Diagnostic | None = None
    for _ in range(max(1, min(MAX_REPAIRS, MAX_WORK // len(tokens.kinds)))):
        context = contexts(tokens)
        machine = Machine(context, "start")
        found = _stop(machine, tokens)
        if found is None:
            first = () if told is None or silent else (told,)
            return Recovered(machine.result, None, (*first, *context.mistakes))
        told = found.diagnostic if told is None else merged(told, found.diagnostic)
        if not found.changes:
            break
        for change in found.changes:
            _apply(tokens, change)
    if told is None:
        raise AssertionError("a declaration that could be read was given up")
    return _given_up(tokens, told, silent=silent)


def _whole(tokens: Tokens, contexts: Contexts) -> int:
    """How many tokens of a range that cannot be read are whole declarations in front.

    Behind those a line must begin, or everything would be whole that an error follows.
    """
    machine = Machine(contexts(tokens), "start")
    text, whole = tokens.source.text, 0
    try:
        for token, kind in enumerate(tokens.kinds):
            begins = token > 0 and text[tokens.starts[token] - 1] == "\n"
            if begins and kind != END and accepts(machine.states, (END,)):
                whole = token
            if not accepts(machine.states, (kind,)):
                return whole
            machine.take(tokens.kinds, token, token + 1)
    except TooDeepError:
        pass
    return whole


def stopped_at(tokens: Tokens, context: Context, start: str) -> Diagnostic:
    """What to say about tokens that are known not to parse as `start`."""
    found = _stop(Machine(context, start), tokens)
    if found is None:
        raise AssertionError("these tokens parse")
    return found.diagnostic


def _stop(machine: Machine, tokens: Tokens) -> Mistake | None:
    """Feed tokens until one does not fit, and recognise the mistake; None if all fit."""
    try:
        for token, kind in enumerate(tokens.kinds):
            if not accepts(machine.states, (kind,)):
                return recognise(Situation(tokens, machine, token))
            machine.take(tokens.kinds, token, token + 1)
    except TooDeepError as deep:
        return Mistake(too_deep(tokens, deep.token))
    return None


def _apply(tokens: Tokens, change: Change) -> None:
    if change.kind is None:
        tokens.remove(change.token)
        return
    if not change.insert:
        tokens.kinds[change.token] = change.kind
        return
    if change.like is not None:
        start, end = tokens.starts[change.like], tokens.ends[change.like]
    else:
        start = end = tokens.ends[change.token - 1] if change.token else 0
    tokens.insert(change.token, change.kind, start, end)


def _given_up(tokens: Tokens, told: Diagnostic, *, silent: bool) -> Recovered:
    name: ast.Name | None = None
    kinds = tokens.kinds
    declared = kinds[0] in _DECLARING or told.code == "MLP0104"
    if declared and kinds[1] in _NAMES:
        name = ast.Name(tokens.text(1), tokens.span(1))
    elif kinds[0] == KIND["NAME"] and kinds[1] in _FOLLOWS_NAME:
        name = ast.Name(tokens.text(0), tokens.span(0))
    return Recovered(None, name, () if silent else (told,))


def too_deep(tokens: Tokens, token: int) -> Diagnostic:
    """The diagnostic for what nests so deep that nobody could follow."""
    return error(
        "MLP0112",
        f"this is nested more than {MAX_DEPTH} deep",
        tokens.span(token),
        "too deep here",
        help=["give parts of it names of their own"],
    )


def merged(told: Diagnostic, more: Diagnostic) -> Diagnostic:
    """The first mistake of a declaration, with later ones of the same kind as further labels."""
    if told.code != more.code or told.code not in _MERGED or more.span is None:
        return told
    old, new = told.fixes[0] if told.fixes else None, more.fixes[0] if more.fixes else None
    fixes = told.fixes
    if old is not None and new is not None:
        count = 1 + sum(1 for label in told.labels if label.text == "and this one")
        title = "replace both" if count == 1 else "replace all"
        if told.code == "MLP0109":
            title = "add both" if count == 1 else "add all"
        fixes = (Fix(title, (*old.edits, *new.edits), safe=old.safe and new.safe),)
    return replace(told, labels=(*told.labels, Label(more.span, "and this one")), fixes=fixes)
