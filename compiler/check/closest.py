"""Did you mean: the nearest of the words that would have been right."""

from __future__ import annotations

from collections.abc import Iterable


def closest(word: str, candidates: Iterable[str], *, shortest: int = 3) -> str | None:
    """The nearest candidate within `max(1, len / 3)` edits of `word`; None without one.

    One edit turns a word of fewer letters than `shortest` into anything: only its case may differ.
    """
    limit = max(1, len(word) // 3) if len(word) >= shortest else 0
    best: tuple[int, str] | None = None
    for candidate in candidates:
        if candidate == word or abs(len(candidate) - len(word)) > limit:
            continue
        found = (_edits(word.lower(), candidate.lower()), candidate)
        if found[0] <= limit and (best is None or found < best):
            best = found
    return best[1] if best else None


def _edits(a: str, b: str) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def listed(words: Iterable[str], joint: str = "and") -> str:
    """`a`, `b` and `c`."""
    quoted = [f"`{word}`" for word in words]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"


def an(word: str) -> str:
    """The word with its article: a Duration, an Int."""
    return f"an {word}" if word[:1] in "AEIO" else f"a {word}"
