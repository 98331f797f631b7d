"""What a code means at length, from `explanations.md`: prose, a wrong file and a right one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from ...runtime.dataclass import dataclass
from .codes import CODES, Code

_DATA = Path(__file__).parent / "explanations.md"
_EXAMPLE = re.compile(r"^```mlp (wrong|right)( sketch)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code explained. `wrong` and `right` are whole files, or None where none can show it.

    With `sketch` they need something beside them (a Python file, a construct of a later release).
    """

    code: Code
    text: str
    wrong: str | None
    right: str | None
    sketch: bool


def explain(code: str) -> Explanation | None:
    """The explanation of a code, None where there is no such code."""
    return explanations().get(code.upper())


@cache
def explanations() -> dict[str, Explanation]:
    """All explanations by code, in the order of the codes."""
    sections = re.split(r"^## ", _DATA.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {section[:7]: _explanation(section) for section in sections}


def _explanation(section: str) -> Explanation:
    code, _, body = section.partition("\n")
    examples = {kind: text for kind, _, text in _EXAMPLE.findall(body)}
    text = body.partition("```")[0].strip()
    sketch = "```mlp wrong sketch" in body or "```mlp right sketch" in body
    return Explanation(
        CODES[code.strip()], text, examples.get("wrong"), examples.get("right"), sketch
    )


def render_explanation(explanation: Explanation) -> str:
    """An explanation as `mlp explain` prints it."""
    code = explanation.code
    parts = [f"{code.severity.value}[{code.code}]: {code.title}", _filled(explanation.text)]
    for title, example in (("Wrong:", explanation.wrong), ("Right:", explanation.right)):
        if example is not None:
            lines = (f"  {line}".rstrip() for line in example.rstrip("\n").split("\n"))
            parts.append("\n".join([title, "", *lines]))
    return "\n\n".join(parts) + "\n"


def _filled(text: str) -> str:
    from textwrap import fill

    return "\n\n".join(
        fill(paragraph, 88, break_long_words=False, break_on_hyphens=False)
        for paragraph in text.split("\n\n")
    )
