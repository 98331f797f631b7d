"""Words of other languages (`def`, `import`, `let` …) and what is written instead."""

from __future__ import annotations

from .situation import Situation
from .tokens import END, KIND

_GROUPS = {
    "name =": "let var const val final auto set local",
    "step": "def func fn fun function task job component op operator proc stage",
    "use": "import from include require load using",
    "when": "unless switch case match",
    "else when": "elif elsif elseif elsf",
    "for": "while foreach each loop repeat",
    "schema": "class struct type record interface dataclass enum model table",
    "pipeline": "workflow dag flow graph",
    "expect": "assert ensure",
    "on failure": "try except catch rescue",
    "finally": "defer",
}
_INSTEAD = {word: instead for instead, words in _GROUPS.items() for word in words.split()}
_DECLARING = ("edition", "use", "schema", "step", "pipeline", "target", "test")
_STARTS = frozenset(KIND[name] for name in ("LBRACE", "RBRACE"))


def instead_of(situation: Situation, token: int) -> str | None:
    """What to write instead of the word at `token`, which begins a statement; None if nothing."""
    word = situation.tokens.text(token)
    if situation.tokens.kinds[token] not in (KIND["NAME"], KIND["IF"]):
        return None
    if not begins_statement(situation, token):
        return None
    if word == "if":
        return "when"
    if word in ("return", "returns"):
        return "yield" if situation.inside("FOR", "WHEN", "PARTITION") else "output"
    if word in _INSTEAD:
        return _INSTEAD[word]
    if situation.bracket is None:
        return next((right for right in _DECLARING if _near(word, right)), None)
    return None


def begins_statement(situation: Situation, token: int) -> bool:
    """Whether a statement or declaration may begin at `token`, by what stands before it."""
    kinds = situation.tokens.kinds
    if token == 0 or situation.starts_line(token):
        return True
    return kinds[token - 1] in _STARTS or kinds[token - 1] in (KIND["ELSE"], END)


def _near(word: str, right: str) -> bool:
    """Whether two words differ by one letter, or by two letters that changed places."""
    if abs(len(word) - len(right)) > 1 or word == right:
        return False
    if len(word) == len(right):
        different = [i for i, (a, b) in enumerate(zip(word, right, strict=True)) if a != b]
        if len(different) == 1:
            return True
        return len(different) == 2 and (
            word[different[0]] == right[different[1]] and word[different[1]] == right[different[0]]
        )
    short, long = sorted((word, right), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
