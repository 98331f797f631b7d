"""`mlp audit`: run some of the stored results again, and compare."""

from __future__ import annotations

import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence

from ..driver.audit import Audit, Replayed, Verdict, audit
from ..driver.front import Targets
from .begin import begin
from .options import parse, parser, with_file, with_format
from .plain import inert, one_line
from .show import print_json, refuse, show_report

EPILOG = """
Takes a sample of the steps that a run would find stored, runs them again in a place of their
own, and compares what comes out with what is stored. Nothing is published: the first result
stands, and a step that came out otherwise is marked as noisy. Steps that read or change the
world (`cache = false`, `effects = true`) are never run. Ends with exit code 1 where a result
differs, or cannot be made again."""


def run(words: Sequence[str], targets: Targets) -> int:
    """One line per step that was run again; 1 where one differs or fails."""
    says = "run some of the stored results again, and compare"
    built = parser("audit", says, "mlp audit flights.mlp --replay 10%")
    built.epilog = f"{built.epilog}\n{EPILOG}"
    with_file(built, values=True, target=True)
    built.add_argument(
        "--replay",
        metavar="SHARE",
        type=_share,
        default=1.0,
        help="how many of the hits, `10%%`; all if not given",
    )
    built.add_argument("--seed", metavar="NUMBER", type=_seed, help="chooses the same ones again")
    with_format(built, "human", "short", "json")
    options = parse(built, words)
    begun = begin(options, targets)
    if isinstance(begun, int):
        return begun
    checked, _, made = begun
    seed = _any_seed() if options.seed is None else options.seed
    quiet = options.format == "json"
    found = audit(checked, made, options.replay, seed, (lambda row: None) if quiet else _tell)
    if found is None:
        return refuse(checked, options.format)
    if quiet:
        print_json(_object(found))
    else:
        show_report(checked, options.format)
        _sum_up(found, options.file)
    return 0 if found.fine else 1


def _share(text: str) -> float:
    number, percent, rest = text.partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if not percent or rest or not 0 < share <= 1:
        raise ArgumentTypeError(f"`{text}` is no share of the hits; a tenth of them is 10%")
    return share


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise ArgumentTypeError(f"`{text}` is no seed; it is a whole number, as an audit prints it")
    return int(text)


def _any_seed() -> int:
    from secrets import randbelow

    return randbelow(1_000_000)


def _tell(row: Replayed) -> None:
    print(one_line(f"{row.verdict.value:<9}{row.node}{_why(row)}"), flush=True)
    for name, difference in row.outputs:
        said = f": {difference}" if difference else ""
        print(one_line(f"         {name}{said}"))
    if row.verdict is Verdict.FAILED:
        for line in inert(row.log).splitlines():
            print(f"         {line}", file=sys.stderr)


def _why(row: Replayed) -> str:
    match row.verdict:
        case Verdict.SAME:
            return ""
        case Verdict.DIFFERS:
            return ": other bytes than those that are stored"
        case Verdict.FAILED:
            return f": {row.why}"


def _sum_up(found: Audit, file: str) -> None:
    if not found.hits:
        print("there is nothing to audit: no step of this plan has a stored result")
        print(one_line(f"next: mlp run {file}"))
        return
    counts = {v: sum(row.verdict is v for row in found.rows) for v in Verdict}
    said = ", ".join(f"{count} {verdict.value}" for verdict, count in counts.items() if count)
    results = "1 result" if found.hits == 1 else f"{found.hits} results"
    print(f"\n{len(found.rows)} of {results} made again (--seed {found.seed}): {said}")
    if counts[Verdict.DIFFERS]:
        print("what differs depends on more than its key says: a clock, a random number without a")
        print(
            "seed, an order, a file it was not given; `cache = false` is for what reads the world"
        )


def _object(found: Audit) -> dict[str, object]:
    return {
        "version": 1,
        "seed": found.seed,
        "hits": found.hits,
        "nodes": [
            {
                "id": row.node,
                "step": row.step,
                "verdict": row.verdict.value,
                "seconds": row.seconds,
                "outputs": [
                    {"name": name, "difference": difference or None}
                    for name, difference in row.outputs
                ],
                "error": row.why,
                "log": row.log or None,
            }
            for row in found.rows
        ],
    }
