"""Words for what may stand at a place, and the smallest right example of each construct."""

from __future__ import annotations

from ...grammar import tables
from .situation import Situation
from .tokens import KIND

# The first row whose terminals are all accepted names the thing that is missing.
_THINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("INT", "STRING", "LPAR"), "a value"),
    (("SCHEMA", "STEP", "PIPELINE"), "a declaration"),
    (("RUN", "RBRACE"), "`run`, a setting or `}`"),
    (("OVERRIDE", "RBRACE"), "a setting, `override` or `}`"),
    (("CHECK", "RBRACE"), "a column, `check` or `}`"),
    (("GIVEN", "STUB"), "`given`, `stub`, `expect` or `}`"),
    (("EXPECT", "APPROVE", "RBRACE"), "a statement or `}`"),
    (("STRING", "NAME", "RBRACE"), "a setting or `}`"),
    (("PLUS", "THEN"), "`then`"),
    (("PLUS", "LBRACE"), "`{`"),
    (("PLUS", "COMMA", "RPAR"), "`,` or `)`"),
    (("PLUS", "COMMA", "RSQB"), "`,` or `]`"),
    (("PLUS", "COMMA", "RBRACE"), "`,` or `}`"),
    (("PLUS", "RPAR"), "`)`"),
    (("PLUS", "RSQB"), "`]`"),
    (("PLUS", "ELSE"), "`else`"),
    (("PLUS", "$END"), "an operator or the end of the text"),
    (("COLON", "EQUAL"), "`:` and a type, or `=` and a value"),
    (("COLON", "LBRACE"), "`:` and a kind, or `{`"),
    (("EQUAL", "LBRACE"), "`=` and a value, or `{`"),
    (("EQUAL", "LPAR"), "`=` and a value, or a call"),
    (("WITH", "LBRACE"), "`with` or `{`"),
    (("ARROW", "LBRACE"), "`->` or `{`"),
    (("WHEN", "LBRACE"), "`when` or `{`"),
    (("STRING", "FSTRING"), "text in quotes"),
    (("STRING", "NAME"), "a name or text in quotes"),
    (("COMMA", "RPAR"), "`,` or `)`"),
    (("COMMA", "RSQB"), "`,` or `]`"),
    (("COMMA", "RBRACE"), "`,` or `}`"),
    (("NAME", "RPAR"), "a name or `)`"),
    (("THEN",), "`then`"),
    (("IN",), "`in`"),
    (("BY",), "`by`"),
    (("FOR",), "`for`"),
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
    "USE": 'use std.data, use std.deploy.{canary} or use "shared/steps.mlp" as steps',
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
    "PARTITION": "partition by day(from = first, to = last) as day { … }",
    "EXPECT": 'expect score.auc >= 0.8 else fail "the model is too weak"',
    "CHECK": 'check units >= 0 else fail "no negative sales"',
    "APPROVE": 'approve "Release it?" with (by = ["leads"])',
    "OUTPUT": "output model = fitted.model",
    "YIELD": "yield part.out",
    "ON": 'on failure { notify(text = "it failed") }',
    "FINALLY": "finally { sweep() }",
    "WITH": "with (timeout = 2h)",
    "AFTER": "after prepared",
    "IF": "if big then 16 else 4",
}
# The keywords that may be plain words, as the grammar says.
_NAMES = frozenset(symbols[0] for name, _, symbols in tables.RULES if name == "_name")
_LABELS = _NAMES | {
    symbols[0] for name, _, symbols in tables.RULES if name == "_label" and symbols != ("_name",)
}
# Those that begin a part of a body and are no plain words there.
_BODY = {"STEP": {"RUN"}, "TARGET": {"OVERRIDE"}, "SCHEMA": {"CHECK"}}
_CONSTRUCTS = {KIND[name]: name for name in _EXAMPLES}


def thing(situation: Situation) -> str:
    """What is missing at a place, in words."""
    accepted = situation.accepted
    if situation.opens and situation.opens[0].kind == KIND["RUN"] and "NAME" in accepted:
        return "`python`, `shell`, `notebook` or `container`"
    # Where a keyword may be a plain word, it does not tell what is expected.
    for words in (_LABELS, _NAMES):
        if accepted >= words:
            accepted -= words
            accepted |= {"NAME"} | _BODY.get(_construct(situation) or "", set())
    for names, words_ in _THINGS:
        if accepted.issuperset(names):
            return words_
    return "the end of the file"


def _construct(situation: Situation) -> str | None:
    """The innermost construct that is open."""
    return next(
        (name for opened in situation.opens if (name := _CONSTRUCTS.get(opened.kind))), None
    )


def example(situation: Situation) -> str | None:
    """The smallest right example of the innermost construct that is open."""
    name = _construct(situation)
    return None if name is None else _EXAMPLES[name]
