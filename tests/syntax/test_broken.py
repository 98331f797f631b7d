"""Broken files: what is said about each, word for word, and what is read all the same.

`MILLPOND_ACCEPT=1 python -m pytest tests/syntax/test_broken.py` writes down what is said now.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from millpond.compiler.diagnostics.codes import CODES
from millpond.compiler.diagnostics.diagnostic import Report
from millpond.compiler.diagnostics.fix import apply_fixes
from millpond.compiler.diagnostics.render import render, summary
from millpond.compiler.source import Source
from millpond.compiler.syntax.parse import parse

FOLDER = Path(__file__).parent / "broken"
BROKEN = sorted(FOLDER.glob("*.mlp"))
SYNTAX_CODES = {code for code in CODES if "MLP0003" <= code < "MLP0200"}


def _source(path: Path) -> Source:
    return Source(path.name, path.read_bytes().decode("utf-8"))


def _said(source: Source) -> str:
    report = Report()
    file = parse(source, report)
    blocks = [render(diagnostic, {source.name: source}) for diagnostic in report]
    read = ", ".join(type(declaration).__name__.lower() for declaration in file.declarations)
    broken = ", ".join(name.text for name in file.broken)
    blocks.append(
        f"{summary(report) or 'nothing wrong'}\nread: {read or '-'}\nbroken: {broken or '-'}"
    )
    return "\n\n".join(blocks) + "\n"


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_what_is_said(path: Path) -> None:
    expected = path.with_suffix(".txt")
    said = _said(_source(path))
    if os.environ.get("MILLPOND_ACCEPT"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


def test_every_syntax_code_has_a_broken_file() -> None:
    said = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.txt"))
    assert {code for code in SYNTAX_CODES if f"[{code}]" in said} == SYNTAX_CODES


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_safe_fixes_mend_what_they_claim(path: Path) -> None:
    source, report = _source(path), Report()
    parse(source, report)
    for diagnostic in report:
        for fix in diagnostic.fixes:
            if not fix.safe:
                continue
            mended, after = Source(source.name, apply_fixes(source, [fix])), Report()
            parse(mended, after)
            again = [
                d for d in after if (d.code, d.message) == (diagnostic.code, diagnostic.message)
            ]
            assert len(again) < sum(
                1 for d in report if (d.code, d.message) == (diagnostic.code, diagnostic.message)
            )
