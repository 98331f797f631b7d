"""The launcher's command line, the same form on every engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

USAGE = """usage: python code.zip [--helper NODE] --store URL --result PATH [--result-json PATH]
  [--arg NAME VALUE | --arg=NAME:VALUE [--more=TEXT]...]... [--emit OUTPUT PATH]...
  [--run ID] [--node ID] [--scratch DIR]"""


class UsageError(Exception):
    """The command line is not of the launcher's form."""


@dataclass(slots=True)
class Options:
    """`emit` writes an output, or a field of one (`metrics.auc`), as text to a path."""

    store: str = ""
    helper: str | None = None
    arguments: dict[str, str] = field(default_factory=dict)
    result: Path | None = None
    result_json: Path | None = None
    emit: list[tuple[str, Path]] = field(default_factory=list)
    run: str | None = None
    node: str | None = None
    scratch: Path | None = None


def parse_options(argv: Sequence[str]) -> Options:
    """Raises `UsageError`. An option's value follows it, or is joined to it by `=`."""
    options = Options()
    last = ""
    words = iter(argv)
    for word in words:
        name, joined, text = word.partition("=")
        if name == "--arg":
            if joined:
                last, colon, value = text.partition(":")
                if not colon:
                    raise UsageError(f"{word}: NAME:VALUE is wanted")
            else:
                last, value = _next(words, word), _next(words, word)
            if last in options.arguments:
                raise UsageError(f"--arg {last} is given twice")
            options.arguments[last] = value
        elif name == "--more":
            if not last:
                raise UsageError("--more follows an --arg")
            options.arguments[last] += text if joined else _next(words, word)
        elif name == "--emit":
            options.emit.append((_next(words, word), Path(_next(words, word))))
        else:
            _set(options, name, text if joined else _next(words, word))
    if not options.store or options.result is None:
        raise UsageError("--store and --result are needed")
    return options


def _next(words: Iterator[str], option: str) -> str:
    try:
        return next(words)
    except StopIteration:
        raise UsageError(f"{option} needs a value") from None


def _set(options: Options, name: str, value: str) -> None:
    if name == "--store":
        options.store = value
    elif name == "--helper":
        options.helper = value
    elif name == "--result":
        options.result = Path(value)
    elif name == "--result-json":
        options.result_json = Path(value)
    elif name == "--run":
        options.run = value
    elif name == "--node":
        options.node = value
    elif name == "--scratch":
        options.scratch = Path(value)
    else:
        raise UsageError(f"there is no option {name}")
