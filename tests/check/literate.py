"""Reads the checker's tests: Markdown with `.mlp` blocks that say what is wrong in them.

A block ```` ```mlp ```` is one file. What is expected of a line stands behind it as a comment:
`# error[MLP0204]: message`. A block ```` ```mlp prelude ```` is put behind every other block of its
document, and nothing is expected of it. ```` ```python m.py ```` and ```` ```json n.ipynb ```` are
a module and a notebook that the next blocks run, ```` ```mlp steps.mlp ```` a file that they use.
Files without an edition get one in front of their first line, but for ```` ```mlp bare ````.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)[ \t]*([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPECTED = re.compile(
    r"# (error|warning|lint)\[(MLP\d{4})\]: (.*?)(?=[ \t]*# (?:error|warning|lint)\[|[ \t]*$)"
)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One diagnostic as a test writes it."""

    line: int
    severity: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Case:
    """One file, what is expected of it, and the code and `.mlp` files beside it."""

    name: str
    text: str
    lines: int
    expected: tuple[Finding, ...]
    modules: tuple[tuple[str, str], ...] = field(default=())
    files: tuple[tuple[str, str], ...] = field(default=())


def cases(document: Path) -> Iterator[Case]:
    """The cases of one document."""
    text = document.read_text(encoding="utf-8")
    found: list[Case] = []
    preludes: list[str] = []
    modules: dict[str, str] = {}
    files: dict[str, str] = {}
    for number, fence in enumerate(_FENCE.finditer(text), start=1):
        language, info, body = fence.groups()
        if language in ("python", "json"):
            modules[info.strip()] = body
        elif language == "mlp" and info.strip() == "prelude":
            preludes.append(body)
        elif language == "mlp" and info.strip().endswith(".mlp"):
            files[info.strip()] = body
        elif language == "mlp":
            headings = _HEADING.findall(text[: fence.start()])
            title = headings[-1] if headings else ""
            if "bare" not in info and not body.lstrip().startswith("edition"):
                body = f"edition 2026 {body}"
            found.append(
                Case(
                    f"{document.stem}: {title} ({number})",
                    body,
                    body.count("\n"),
                    tuple(_expected(body)),
                    tuple(modules.items()),
                    tuple(files.items()),
                )
            )
    for case in found:
        yield replace(case, text=case.text + "".join(preludes))


def _expected(body: str) -> Iterator[Finding]:
    for line, text in enumerate(body.splitlines(), start=1):
        for match in _EXPECTED.finditer(text):
            yield Finding(line, match[1], match[2], match[3])
