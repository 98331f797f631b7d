"""What can be read of a shell body: its variables, its scripts, and templates that are not ours."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

from ...runtime.dataclass import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ASSIGNED = re.compile(
    r"(?:^|[;&|({\s])(?:(?:export|local|readonly|declare|typeset)\s+(?:-\w+\s+)*)?"
    r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?="
)
_LOOPED = re.compile(r"(?:^|[;&|({\s])(?:for|select)\s+([A-Za-z_]\w*)\b")
_READ = re.compile(r"(?:^|[;&|({\s])(?:read|mapfile|readarray|getopts\s+\S+)((?:\s+[^\s;&|<>]+)+)")
_HEREDOC = re.compile(r"<<(-?)\s*(\\?)(['\"]?)([A-Za-z_][\w.-]*)\3")
_TEMPLATE = re.compile(r"\$?\{\{\s*([^{}]*?)\s*\}\}")
_SCRIPT_RUNNERS = frozenset(("bash", "dash", "ksh", "sh", "source", "zsh", "."))
_WORD_BREAK = re.compile(r"[\s;&|()<>]+")


@dataclass(frozen=True, slots=True)
class Variable:
    """A reference `$name` or `${name...}`; offsets count code points of the script.

    `defaulted` is true for the forms that are meant for a variable that may be missing.
    """

    name: str
    start: int
    end: int
    defaulted: bool


@dataclass(frozen=True, slots=True)
class Template:
    """`{{name}}` or `${{name}}`, which other tools would replace and the shell does not."""

    text: str
    inner: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shell:
    """What a script refers to. `assigned` are the variables that the script sets itself."""

    text: str
    variables: tuple[Variable, ...]
    assigned: frozenset[str]
    templates: tuple[Template, ...]


def read_shell(text: str) -> Shell:
    """What the dedented script refers to; quoting and here-documents are respected."""
    variables: list[Variable] = []
    _Scan(text, variables).run()
    names = {match.group(1) for match in (*_ASSIGNED.finditer(text), *_LOOPED.finditer(text))}
    for match in _READ.finditer(text):
        names.update(word for word in match.group(1).split() if _NAME.fullmatch(word))
    templates = tuple(
        Template(match.group(), match.group(1), match.start(), match.end())
        for match in _TEMPLATE.finditer(text)
    )
    inside = [(template.start, template.end) for template in templates]
    return Shell(
        text,
        tuple(
            item
            for item in variables
            if not any(start <= item.start < end for start, end in inside)
        ),
        frozenset(names),
        templates,
    )


def script_files(
    text: str, folder: Path, root: Path, is_file: Callable[[Path], bool] = Path.is_file
) -> tuple[Path, ...]:
    """Files of the project that the script runs: `bash x.sh`, `python x.py`, `./x`, sorted.

    Paths are relative to `folder`; only files inside `root` count, links followed.
    """
    found: set[Path] = set()
    real_root = os.path.join(os.path.realpath(root), "")
    for word in _script_words(text):
        path = folder / word
        if os.path.realpath(path).startswith(real_root) and is_file(path):
            found.add(Path(os.path.normpath(path)))
    return tuple(sorted(found))


def _script_words(text: str) -> list[str]:
    found: list[str] = []
    for line in text.replace("\\\n", " ").splitlines():
        words = [word.strip("\"'") for word in _WORD_BREAK.split(line) if word]
        for position, word in enumerate(words):
            if word.startswith("#"):
                break
            if word.startswith(("./", "../")):
                found.append(word)
            elif word in _SCRIPT_RUNNERS or re.fullmatch(r"python[\d.]*", os.path.basename(word)):
                following = next(
                    (item for item in words[position + 1 :] if not item.startswith("-")), ""
                )
                # `-c` and `-m` take a text or a module, not a file.
                if "-c" not in words[position + 1 :][:2] and "-m" not in words[position + 1 :][:2]:
                    found.append(following)
    return [word for word in found if word and not os.path.isabs(word) and "$" not in word]


class _Scan:
    """One pass over a script; knows quotes, comments, escapes and here-documents."""

    def __init__(self, text: str, found: list[Variable]) -> None:
        self.text = text
        self.found = found
        self.position = 0
        self.pending: list[tuple[str, bool, bool]] = []  # delimiter, literal, tabs stripped

    def run(self) -> None:
        text = self.text
        double = False
        while self.position < len(text):
            char = text[self.position]
            if char == "\\":
                self.position += 2
            elif char == "'" and not double:
                end = text.find("'", self.position + 1)
                self.position = len(text) if end < 0 else end + 1
            elif char == '"':
                double = not double
                self.position += 1
            elif char == "#" and not double and self._starts_word():
                end = text.find("\n", self.position)
                self.position = len(text) if end < 0 else end
            elif char == "$":
                self._dollar(double)
            elif char == "<" and not double and text.startswith("<<<", self.position):
                self.position += 3
            elif char == "<" and not double and self._heredoc():
                pass
            elif char == "\n" and self.pending:
                self.position += 1
                self._bodies()
            else:
                self.position += 1

    def _starts_word(self) -> bool:
        return self.position == 0 or self.text[self.position - 1] in " \t\n;&|()"

    def _dollar(self, double: bool) -> None:
        text, start = self.text, self.position
        if text.startswith("$'", start) and not double:
            end = start + 2
            while end < len(text) and text[end] != "'":
                end += 2 if text[end] == "\\" else 1
            self.position = end + 1
            return
        braced = text.startswith("${", start)
        begin = start + (2 if braced else 1)
        if braced and text[begin : begin + 1] in ("#", "!"):
            begin += 1
        match = _NAME.match(text, begin)
        if match is None:
            # What stands inside `$( )`, `$(( ))` or `${1:-...}` is read as it comes.
            self.position = begin
            return
        after = text[match.end() : match.end() + 2]
        defaulted = braced and (
            after[:1] in ("-", "+", "?", "=") or after in (":-", ":+", ":?", ":=")
        )
        end = match.end()
        if braced and text[end : end + 1] == "}":
            end += 1
        self.found.append(Variable(match.group(), start, end, defaulted))
        self.position = end

    def _heredoc(self) -> bool:
        match = _HEREDOC.match(self.text, self.position)
        if match is None:
            return False
        literal = bool(match.group(2) or match.group(3))
        self.pending.append((match.group(4), literal, match.group(1) == "-"))
        self.position = match.end()
        return True

    def _bodies(self) -> None:
        """Read the here-documents that begin on this line."""
        pending, self.pending = self.pending, []
        for delimiter, literal, stripped in pending:
            while self.position < len(self.text):
                end = self.text.find("\n", self.position)
                end = len(self.text) if end < 0 else end
                line = self.text[self.position : end]
                if (line.lstrip("\t") if stripped else line) == delimiter:
                    self.position = end
                    break
                if literal:
                    self.position = end + 1
                else:
                    self._expanded(end)

    def _expanded(self, end: int) -> None:
        while self.position < end:
            if self.text[self.position] == "\\":
                self.position += 2
            elif self.text[self.position] == "$":
                self._dollar(double=True)
            else:
                self.position += 1
        self.position = max(self.position, end + 1)
