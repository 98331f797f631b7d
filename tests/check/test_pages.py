"""The files on the pages for users are healthy: what a reader copies has no finding."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from check.test_literate import TARGETS

from millpond.compiler.check.program import FileFact, check
from millpond.compiler.diagnostics.diagnostic import Report
from millpond.compiler.source import Source
from millpond.compiler.syntax.parse import parse

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/language.md", "docs/notebooks.md", "docs/environments.md")
FENCE = re.compile(r"^```mlp\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [
    pytest.param(block, id=f"{page}-{number}")
    for page in PAGES
    for number, block in enumerate(FENCE.findall((ROOT / page).read_text("utf-8")), start=1)
]


def anything(path: str) -> FileFact:
    """Whatever a page names is there."""
    return FileFact(True, path)


@pytest.mark.parametrize("block", BLOCKS)
def test_a_file_on_a_page_has_no_finding(block: str) -> None:
    text = block if block.startswith("edition") else f"edition 2026\n{block}"
    source, report = Source("page.mlp", text), Report()
    check(
        source,
        parse(source, report),
        targets=TARGETS,
        bodies=None,
        report=report,
        file_fact=anything,
    )
    assert [(d.code, d.message) for d in report.diagnostics] == []


def test_the_pages_have_files() -> None:
    assert len(BLOCKS) >= 6
