"""The steps of pipeline.mlp: plain functions that know nothing of Millpond."""

from pathlib import Path

WORDS = "the mill by the pond grinds slowly but it grinds very fine".split()


def write(lines: int, out_text: Path) -> None:
    """Writes `lines` lines of a text that is the same every time."""
    rows = (" ".join(WORDS[n % 5 : 5 + n % 7]) for n in range(lines))
    out_text.write_text("\n".join(rows) + "\n")


def count(text: Path) -> dict[str, float]:
    """How many words there are, and how many different ones."""
    words = text.read_text().split()
    return {"words": float(len(words)), "distinct": float(len(set(words)))}
