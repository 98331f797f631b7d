"""Words for what may stand at a place, and the smallest right example of each construct."""

from __future__ import annotations

from .situation import Situation
from .tokens import KIND

# The first row whose terminals are all accepted names the thing that is missing.
_THINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("INT", "STRING", "LPAR", "NOT"), "a value"),
    (("INT", "STRING", "LPAR"), "a value"),
    (("SCHEMA", "STEP", "PIPELINE"), "a declaration"),
    (("RUN", "TARGET", "RBRACE"), "`run`, a setting or `}`"),
    (("OVERRIDE", "STRING", "RBRACE"), "a setting, `override` or `}`"),
    (("CHECK", "NAME", "RBRACE"), "a column, `check` or `}`"),
    (("GIVEN", "STUB", "EXPECT"), "`given`, `stub`, `expect` or `}`"),
    (("OUTPUT", "EXPECT", "APPROVE", "RBRACE"), "a statement or `}`"),
    (("YIELD", "EXPECT", "APPROVE", "RBRACE"), "a statement or `}`"),
    (("STRING", "NAME", "RBRACE"), "a setting or `}`"),
    (("COLON", "EQUAL"), "`:` and a type, or `=` and a value"),
    (("WHEN", "LBRACE"), "`when` or `{`"),
    (("STRING", "FSTRING"), "text in quotes"),
    (("STRING", "NAME"), "a name or text"),
    (("COMMA", "RPAR"), "`,` or `)`"),
    (("COMMA", "RSQB"), "`,` or `]`"),
    (("COMMA", "RBRACE"), "`,` or `}`"),
    (("NAME", "RPAR"), "a name or `)`"),
    (("EQUAL", "LBRACE"), "`=` and a value, or `{`"),
    (("LPAR", "DOT"), "`=` and a value, or a call"),
    (("COLON", "LBRACE"), "`:` and a kind, or `{`"),
    (("WITH", "LBRACE"), "`with` or `{`"),
    (("ARROW", "LBRACE"), "`->` or `{`"),
    (("THEN",), "`then`"),
    (("IN",), "`in`"),
    (("BY",), "`by`"),
    (("FOR",), "`for`"),
    (("ELSE",), "`else`"),
    (("AS",), "`as`"),
    (("INT",), "a year"),
    (("STRING",), "text in double quotes"),
    (("NAME",), "a name"),
    (("COLON",), "`:` and a type"),
    (("EQUAL",), "`=` and a value"),
    (("LBRACE",), "`{`"),
    (("LPAR",), "`(`"),
    (("RPAR",), "`)`"),
    (("RSQB",), "`]`"),
    (("RBRACE",), "`}`"),
    (("COMMA",), "`,`"),
)

# Construct by keyword: its smallest right example.
_EXAMPLES = {
    "EDITION": "edition 2026",
    "USE": "use std.data, use std.deploy.{canary} or use \"shared/steps.mlp\" as steps",
    "SCHEMA": "schema Row { id: Int }",
    "STEP": 'step fit(rows: Dataset) -> (model: Model) { run python "train:fit" }',
    "RUN": 'run python "train:fit"',
    "PIPELINE": "pipeline main(rows: Dataset) { fitted = fit(rows = rows) }",
    "TARGET": 'target prod: argo { namespace = "ml" }',
    "TEST": 'test "it works" for main { expect run.status == "succeeded" }',
    "GIVEN": 'given rows = dataset("tests/rows.csv")',
    "STUB": "stub fitted = { auc = 0.9 }",
    "OVERRIDE": "override fit { resources { cpu = 4 } }",
    "FOR": "for x in [1, 2] { part = work(x = x) yield part.out }",
    "WHEN": "when score.auc > 0.8 { release(model = fitted.model) }",
    "PARTITION": "partition by day(from = first, to = last) as day { part = work(day = day.start) yield part.out }",
    "EXPECT": 'expect score.auc >= 0.8 else fail "the model is too weak"',
    "CHECK": 'check units >= 0 else fail "no negative sales"',
    "APPROVE": 'approve "Release it?" with (by = ["leads"])',
    "OUTPUT": "output model = fitted.model",
    "YIELD": "yield part.out",
    "ON": 'on failure { notify(text = "it failed") }',
    "FINALLY": "finally { sweep() }",
    "WITH": "with (timeout = 2h)",
    "AFTER": "after prepared",
    "IF": 'if big then 16 else 4',
}
_CONSTRUCTS = {KIND[name]: name for name in _EXAMPLES}


def thing(situation: Situation) -> str:
    """What is missing at a place, in words."""
    accepted = situation.accepted
    for names, words in _THINGS:
        if accepted.issuperset(names):
            return words
    return "the end of the file"


def example(situation: Situation) -> str | None:
    """The smallest right example of the innermost construct that is open."""
    for opened in situation.opens:
        if name := _CONSTRUCTS.get(opened.kind):
            return _EXAMPLES[name]
    return None
