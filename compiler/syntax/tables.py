"""Makes `grammar/tables.py` from the grammar file: lexer patterns and LALR tables as plain data.

Run by developers (`python -m millpond.compiler.syntax.tables`), never by users: building the
tables takes lark half a second, reading them a millisecond.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ... import grammar
from ...runtime.dataclass import dataclass

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule

STARTS = ("start", "expr")
END = "$END"
OUTPUT = Path(grammar.__file__).parent / "tables.py"

_LIST = re.compile(r"__\w+_(?:star|plus)_\d+")
OPERATORS = {
    "==": "EQUALS",
    "!=": "DIFFERS",
    "<=": "ATMOST",
    ">=": "ATLEAST",
    "->": "ARROW",
    "??": "COALESCE",
    "?.": "MAYBEDOT",
}


@dataclass(frozen=True, slots=True)
class _Automaton:
    """LALR rows with states numbered in the order a breadth-first walk meets them.

    An action is `state` for a shift and `~rule` for a reduction.
    """

    actions: tuple[Mapping[int, int], ...]
    gotos: tuple[Mapping[str, int], ...]
    starts: Mapping[str, int]
    ends: Mapping[str, int]


def _loaded() -> Lark:
    from lark import Lark

    return Lark(
        grammar.text(),
        parser="lalr",
        lexer="basic",
        start=list(STARTS),
        maybe_placeholders=True,
    )


def _automaton(lark: Lark, rules: Mapping[Rule, int], terminals: Mapping[str, int]) -> _Automaton:
    from lark.parsers.lalr_analysis import Shift

    table = lark.parser.parser._parse_table
    order: dict[int, int] = {}
    todo = deque(table.start_states[start] for start in STARTS)
    while todo:
        state = todo.popleft()
        if state in order:
            continue
        order[state] = len(order)
        row = table.states[state]
        todo.extend(row[symbol][1] for symbol in sorted(row) if row[symbol][0] is Shift)
    actions: list[Mapping[int, int]] = []
    gotos: list[Mapping[str, int]] = []
    for state in order:
        row = table.states[state]
        actions.append(
            {
                terminals[symbol]: order[target] if kind is Shift else ~rules[target]
                for symbol, (kind, target) in row.items()
                if symbol in terminals
            }
        )
        gotos.append(
            {symbol: order[to] for symbol, (_, to) in row.items() if symbol not in terminals}
        )
    return _Automaton(
        tuple(actions),
        tuple(gotos),
        {start: order[table.start_states[start]] for start in STARTS},
        {start: order[table.end_states[start]] for start in STARTS},
    )


def _plain(name: str, text: Mapping[str, str]) -> str:
    """lark's made-up names replaced by readable ones: `*` for a repetition, ARROW for `->`."""
    if _LIST.fullmatch(name):
        return "*"
    return OPERATORS[text[name]] if name.startswith("__ANON") else str(name)


def _construct(rule: Rule, text: Mapping[str, str]) -> str:
    """The name under which the rule is built; empty where one of its parts passes through."""
    if rule.options.expand1 and not rule.alias:
        return ""
    return _plain(str(rule.alias or rule.origin.name), text)


def _layout(name: str, item: str, rows: Iterable[object]) -> list[str]:
    lines = [f"{name}: tuple[{item}, ...] = ("]
    line = ""
    for row in rows:
        cell = f"{row!r},"
        if line and len(line) + len(cell) > 93:
            lines.append(f"    {line.rstrip()}")
            line = ""
        line += cell + " "
    return [*lines, f"    {line.rstrip()}", ")", ""]


def render() -> str:
    """The text of `grammar/tables.py`; equal for equal grammars, whatever the hash seed."""
    from lark.lexer import BasicLexer, PatternRE, PatternStr

    lark = _loaded()
    strings = {t.name: t.pattern.value for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    shown = {t.name: _plain(t.name, strings) for t in lark.terminals}
    ordered = sorted(lark.terminals, key=lambda t: shown[t.name])
    terminals = {END: 0} | {t.name: i for i, t in enumerate(ordered, start=1)}
    number: dict[str, int] = {shown.get(name, name): index for name, index in terminals.items()}

    lexer = lark.parser.lexer
    if not isinstance(lexer, BasicLexer):
        raise TypeError("the grammar is read with lark's basic lexer")
    patterns = [t for t in lexer.terminals if isinstance(t.pattern, PatternRE) and t.name != "WS"]
    word = next(t.pattern.value for t in patterns if t.name == "NAME")
    words = {text: name for name, text in strings.items() if re.fullmatch(word, text)}
    symbols = {text: name for name, text in strings.items() if text not in words}

    regexes = [(number[shown[t.name]], t.pattern.to_regexp()) for t in patterns]

    def spellings(names: Mapping[str, str]) -> list[tuple[str, int]]:
        return sorted((text, number[shown[name]]) for text, name in names.items())

    rules = {rule: index for index, rule in enumerate(lark.rules)}
    automaton = _automaton(lark, rules, terminals)
    origins = sorted({rule.origin.name for rule in lark.rules})
    origin_number = {name: index for index, name in enumerate(origins)}

    rows: dict[tuple[tuple[int, int], ...], int] = {}
    states: list[int] = []
    for actions in automaton.actions:
        taken = set(actions.values())
        if len(taken) == 1 and (only := taken.pop()) < 0:
            states.append(only)
        else:
            states.append(rows.setdefault(tuple(sorted(actions.items())), len(rows)))
    goto_rows: dict[tuple[tuple[int, int], ...], int] = {}
    goto_states = [
        goto_rows.setdefault(
            tuple(sorted((origin_number[name], to) for name, to in gotos.items())), len(goto_rows)
        )
        for gotos in automaton.gotos
    ]
    rule_rows = [
        (
            _construct(rule, strings),
            origin_number[rule.origin.name],
            tuple(_plain(str(symbol.name), strings) for symbol in rule.expansion),
        )
        for rule in lark.rules
    ]
    lines = [
        '"""Made from mlp.lark by `python -m millpond.compiler.syntax.tables`; do not edit."""',
        "",
        "# fmt: off",
        "",
        "# The lexer: patterns in the order in which they are tried, then plain symbols and words.",
        *_layout("PATTERNS", "tuple[int, str]", regexes),
        *_layout("SYMBOLS", "tuple[str, int]", spellings(symbols)),
        *_layout("WORDS", "tuple[str, int]", spellings(words)),
        *_layout("TERMINALS", "str", [END, *(shown[t.name] for t in ordered)]),
        "# The rules: what to build (empty: nothing), number of the symbol made, its parts.",
        *_layout("RULES", "tuple[str, int, tuple[str, ...]]", rule_rows),
        "# Per state: `~rule` where nothing else can be done, or its row in ACTIONS, whose",
        "# cells are (terminal, next state or ~rule); its row in GOTOS: (symbol, next state).",
        *_layout("STATES", "int", states),
        *_layout("ACTIONS", "tuple[tuple[int, int], ...]", rows),
        *_layout("GOTO_STATES", "int", goto_states),
        *_layout("GOTOS", "tuple[tuple[int, int], ...]", goto_rows),
        f"STARTS = {dict(automaton.starts)!r}".replace("'", '"'),
        f"ENDS = {dict(automaton.ends)!r}".replace("'", '"'),
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    OUTPUT.write_text(render(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
