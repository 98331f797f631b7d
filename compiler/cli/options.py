"""What the commands have in common on the command line: FILE, options, name=value."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from pathlib import Path

from ..driver.front import Usage

_VALUE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_]+)*)=(.*)", re.DOTALL)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> None:  # type: ignore[override]
        if message.startswith("the following arguments are required: FILE"):
            # argparse also names the words that may follow it
            message = "which file? name a `.mlp` file"
        raise Usage(f"{message}; `{self.prog} --help` shows how")


def _help(prog: str) -> argparse.HelpFormatter:
    """Help as wide as our text: asking the terminal costs more than checking a small file."""
    return argparse.RawDescriptionHelpFormatter(prog, width=98)


def parser(command: str, says: str, example: str) -> argparse.ArgumentParser:
    """A parser for one command, with an example under its help."""
    return _Parser(
        prog=f"mlp {command}",
        description=says[:1].upper() + says[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=_help,
        allow_abbrev=False,
    )


def with_file(built: argparse.ArgumentParser, *, values: bool, target: bool) -> None:
    """Adds FILE, and what goes with it."""
    built.add_argument("file", metavar="FILE", help="a `.mlp` file")
    if values:
        built.add_argument(
            "values", metavar="name=value", nargs="*", help="values for the pipeline's parameters"
        )
    built.add_argument("--pipeline", metavar="NAME", help="which one, where a file has several")
    if target:
        built.add_argument(
            "--target", metavar="NAME", help="a `target` of the file, or a kind such as argo"
        )


def with_project(built: argparse.ArgumentParser) -> None:
    """Adds `--project`, for commands that take no file."""
    built.add_argument(
        "--project", metavar="FOLDER", help="the project's folder; the one around here if not given"
    )


def with_format(built: argparse.ArgumentParser, *formats: str) -> None:
    """Adds `--format`; the first one is the default."""
    built.add_argument("--format", choices=formats, default=formats[0], help="how to print")


def parse(built: argparse.ArgumentParser, words: Sequence[str]) -> argparse.Namespace:
    """The options, wherever they stand among the other words. Raises `Usage`."""
    open_ = any(
        action.nargs in ("*", "?") and not action.option_strings for action in built._actions
    )
    found = (built.parse_intermixed_args if open_ else built.parse_args)(list(words))
    if hasattr(found, "file") and _VALUE.fullmatch(found.file):
        raise Usage(f"name the file before `{found.file}`")
    return found


def is_value(word: str) -> bool:
    """Whether a word is `name=value`."""
    return _VALUE.fullmatch(word) is not None


def values_of(words: Sequence[str]) -> dict[str, str]:
    """`name=value` words as a table. Raises `Usage`."""
    table: dict[str, str] = {}
    for word in words:
        match = _VALUE.fullmatch(word)
        if match is None:
            raise Usage(f"`{word}` is neither an option nor `name=value`")
        if match[1] in table:
            raise Usage(f"`{match[1]}` is given twice")
        table[match[1]] = match[2]
    return table


def path_of(text: str) -> Path:
    """The `.mlp` file that was named. Raises `Usage` where there is none."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise Usage(f"the name of the file `{text}` is not UTF-8")
    path = Path(text)
    if path.is_dir():
        raise Usage(f"`{text}` is a folder; name a `.mlp` file in it")
    if not path.exists():
        raise Usage(f"there is no file `{text}`{_nearest(path)}")
    return path


def _nearest(path: Path) -> str:
    from difflib import get_close_matches

    if not path.parent.is_dir():
        return ""
    names = sorted(entry.name for entry in path.parent.glob("*.mlp"))
    close = get_close_matches(path.name, names, n=1, cutoff=0.5)
    return f"; did you mean `{path.parent / close[0]}`?" if close else ""
