"""`mlp diff`: compare two versions of a pipeline as a reviewer needs it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from ..difference.values import ORDER, Category, FileDifference
from ..driver.comparing import differences
from ..driver.front import Targets, Usage
from ..driver.parameters import DAY, today
from ..driver.sides import Sides, two_sides
from .options import parse, parser, with_format
from .plain import inert
from .show import print_json

BREAKING = "breaking"


def run(words: Sequence[str], targets: Targets) -> int:
    """Prints what changed; 1 where the later side has errors, or `--fail-on` is met."""
    built = parser(
        "diff",
        "compare two versions of a pipeline: what changed, what re-runs, who is affected",
        "mlp diff main pipelines/churn.mlp\n  mlp diff main...HEAD --format markdown\n"
        "  mlp diff old.mlp new.mlp --fail-on semantic",
    )
    built.add_argument(
        "words",
        metavar="A [B] [FILE ...]",
        nargs="+",
        help="two files, two folders, or revisions of git; one revision is compared with the work "
        "tree; FILE: a `.mlp` file or a folder, all of them if not given",
    )
    built.add_argument(
        "--fail-on",
        choices=(*(c.value for c in reversed(ORDER)), BREAKING),
        help="exit code 1 where a change is of this category or reaches farther",
    )
    with_format(built, "text", "json", "markdown")
    options = parse(built, words)
    named, values = _apart(options.words)
    with two_sides(named) as sides:
        found = list(differences(sides, targets, {DAY: str(today("UTC")), **values}))
    _refuse_unknown(found, values)
    if options.format == "json":
        from ..difference.export import comparison_to_json

        print_json(comparison_to_json(sides.a, sides.b, found))
    elif options.format == "markdown":
        from ..difference.markdown import markdown

        print(markdown(sides.a.name, sides.b.name, found), end="")
    else:
        _tell(sides, found)
    broken = [one for each in found for one in each.refused if one.later]
    if broken:
        print("\n\n".join(inert(one.full) for one in broken), file=sys.stderr)
        return 1
    return 1 if options.fail_on is not None and _reaches(found, options.fail_on) else 0


def _apart(words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """What is compared, and values for parameters."""
    from .options import is_value, values_of

    given = [word for word in words if is_value(word)]
    return [word for word in words if word not in (*given, "--")], values_of(given)


def _refuse_unknown(found: Sequence[FileDifference], values: Mapping[str, str]) -> None:
    """Raises `Usage` for a value that no pipeline here takes."""
    pipelines = [one for each in found for one in each.pipelines]
    for name in values:
        if pipelines and name != DAY and all(name not in one.parameters for one in pipelines):
            raise Usage(f"no pipeline here has a parameter called `{name}`")


def _reaches(found: Sequence[FileDifference], least: str) -> bool:
    """Whether anything is of this category or reaches farther. What could not be compared may."""
    if any(each.refused for each in found):
        return True
    pipelines = [one for each in found for one in each.pipelines]
    gone = any(each.removed for each in found)
    if least == BREAKING:
        return gone or any(one.breaks for one in pipelines)
    from_here = ORDER[ORDER.index(Category(least)) :]
    new = Category.ADDITIVE in from_here and any(each.added for each in found)
    moved = Category.COSMETIC in from_here and any(each.moved for each in found)
    return gone or new or moved or any(one.breaks or one.reach in from_here for one in pipelines)


def _tell(sides: Sides, found: Sequence[FileDifference]) -> None:
    from ..difference.telling import lines

    for note in (*sides.a.notes, *sides.b.notes):
        print(f"mlp diff: {inert(note)}", file=sys.stderr)
    for line in lines(found, everything=sides.asked):
        print(inert(line))
