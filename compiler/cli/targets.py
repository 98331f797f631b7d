"""`mlp targets`: compare what the targets can do, from the tables that also refuse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from ..contract.feature import Feature, Impossible, Lowered, Native, Support
from ..driver.front import Targets
from .options import parse, parser, with_format
from .show import print_json


def run(words: Sequence[str], targets: Targets) -> int:
    """Prints the capability tables side by side."""
    built = parser("targets", "compare what the targets can do", "mlp targets --notes")
    built.add_argument("--notes", action="store_true", help="say how, and what to do instead")
    with_format(built, "text", "json")
    options = parse(built, words)
    tables = {kind: targets.load(kind).features for kind in targets.kinds}
    if options.format == "json":
        print_json(
            {
                "version": 1,
                "targets": {
                    kind: {f.value: _as_json(table[f]) for f in Feature}
                    for kind, table in tables.items()
                },
            }
        )
        return 0
    wide = max(len(feature.value) for feature in Feature) + 2
    column = max(len("lowered"), *map(len, tables)) + 2
    print(" " * wide + "".join(f"{kind:<{column}}" for kind in tables))
    for feature in Feature:
        cells = "".join(f"{_word(table[feature]):<{column}}" for table in tables.values())
        print(f"{feature.value:<{wide}}{cells}".rstrip())
        if options.notes:
            for kind, table in tables.items():
                note = _note(table[feature])
                if note:
                    print(f"    {kind}: {note}")
    print()
    print("native: the engine says it itself   lowered: Millpond says it with other means")
    print("later: not built yet                no: the engine cannot")
    return 0


def _word(support: Support) -> str:
    match support:
        case Native():
            return "native"
        case Lowered():
            return "lowered"
        case Impossible(later=True):
            return "later"
        case Impossible():
            return "no"
        case _:
            assert_never(support)


def _note(support: Support) -> str:
    match support:
        case Native(how) | Lowered(how):
            return how
        case Impossible(why, instead):
            return f"cannot {why}; instead: {'; or '.join(instead)}"
        case _:
            assert_never(support)


def _as_json(support: Support) -> dict[str, object]:
    return {"support": _word(support), "note": _note(support)}
