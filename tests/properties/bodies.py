"""What the steps of random programs do: small numbers, and now and then nothing or a fault."""

from __future__ import annotations

from pathlib import Path


def add(a: int, b: int) -> int:
    return (3 * a + b) % 7


def maybe(a: int) -> int | None:
    return None if a % 3 == 0 else a


def spread(n: int) -> list[int]:
    return [(n + i) % 5 for i in range(n % 4)]


def total(xs: list[int], more: int | None = None) -> int:
    return (sum(xs) + 2 * (more or 0)) % 7


def pair(a: int) -> dict[str, int]:
    return {"x": a % 3, "y": (a + 5) % 7}


def risky(a: int) -> int:
    if a % 4 == 1:
        raise ValueError(f"{a} is one too many")
    return a


def note(a: int) -> int:
    return a


def weigh(rows: Path) -> int:
    return int(rows.read_text()) % 7


def cut(a: int) -> int:
    """What the shell does."""
    return (a + 12) % 5
