"""The shipped tables read every text as lark reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from lark import Lark
from syntax import lark_parser
from syntax.programs import OK, derived, edited

from millpond import grammar
from millpond.compiler.source import Source
from millpond.compiler.syntax import lalr, tables
from millpond.compiler.syntax.lalr import Machine
from millpond.compiler.syntax.tokens import scan
from millpond.compiler.syntax.tree import Context
from millpond.grammar import tables as shipped


def _ours(text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Our tree in the form of `lark_parser.tree`."""
    tokens = scan(Source("t.mlp", text))
    if tokens.flaws and any(not text.startswith("//", flaw.start) for flaw in tokens.flaws):
        return None

    def builder(number: int, symbols: tuple[str, ...]) -> Any:
        def build(_c: Context, _first: int, _last: int, *parts: Any) -> Any:
            return (
                number,
                *(
                    tokens.starts[part] if symbol in shipped.TERMINALS else part
                    for symbol, part in zip(symbols, parts, strict=True)
                ),
            )

        return build, tuple(range(len(symbols)))

    plans = [builder(n, symbols) for n, (_, _, symbols) in enumerate(shipped.RULES)]
    with monkeypatch.context() as patched:
        patched.setattr(lalr, "PLANS", plans)
        patched.setattr(lalr, "PASSES", [False] * len(plans))
        patched.setattr(lalr, "MAX_DEPTH", 10**6)
        machine = Machine(Context(tokens, lambda _s, _e: None), "start")
        count = len(tokens.kinds)
        fits = machine.take(tokens.kinds, 0, count) == count
        return machine.result if fits else None


def test_the_shipped_tables_are_made_from_the_grammar() -> None:
    assert tables.OUTPUT.read_text(encoding="utf-8") == tables.render()


def test_the_grammar_has_no_conflicts() -> None:
    Lark(grammar.text(), parser="lalr", lexer="basic", strict=True, start=list(tables.STARTS))


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_a_healthy_file_is_read_as_by_lark(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = path.read_text(encoding="utf-8")
    tree = lark_parser.tree(text)
    assert tree is not None
    assert _ours(text, monkeypatch) == tree


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=derived())
def test_a_random_program_is_read_as_by_lark(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ours(text, monkeypatch) == lark_parser.tree(text)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=edited())
def test_an_edited_file_is_read_as_by_lark(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ours(text, monkeypatch) == lark_parser.tree(text)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=edited())
def test_tokens_are_cut_as_by_lark(text: str) -> None:
    theirs = lark_parser.tokens(text)
    ours = scan(Source("t.mlp", text))
    broken = [flaw for flaw in ours.flaws if not text.startswith("//", flaw.start)]
    if theirs is None:
        assert broken
        return
    assert not broken
    shown = [
        (shipped.TERMINALS[kind], start)
        for kind, start in zip(ours.kinds[:-1], ours.starts[:-1], strict=True)
    ]
    names = {
        t.name: tables.OPERATORS.get(t.pattern.value, t.name) for t in lark_parser.lark().terminals
    }
    assert shown == [(names[kind], start) for kind, start in theirs]
