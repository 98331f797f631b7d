"""The files on the pages for users are healthy: what a reader copies has no finding."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from check.test_literate import TARGETS

from millpond.compiler.check.program import FileFact, check
from millpond.compiler.diagnostics.diagnostic import Report
from millpond.compiler.driver.disk import STDLIB, Shelf
from millpond.compiler.driver.finder import Modules
from millpond.compiler.driver.front import is_for
from millpond.compiler.project import find_project
from millpond.compiler.source import Source
from millpond.compiler.syntax.parse import parse

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "docs/language.md",
    "docs/notebooks.md",
    "docs/environments.md",
    "docs/testing.md",
    "docs/std.md",
)
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
def test_a_file_on_a_page_has_no_finding(block: str, tmp_path: Path) -> None:
    text = block if block.startswith("edition") else f"edition 2026\n{block}"
    source, report = Source("page.mlp", text), Report()
    project = find_project(tmp_path / "page.mlp").project
    check(
        source,
        parse(source, report),
        targets=TARGETS,
        bodies=None,
        report=report,
        file_fact=anything,
        modules=Modules(Shelf(project), source, tmp_path / "page.mlp"),
    )
    found = [d for d in report if is_for(source, d)]
    assert [(d.code, d.message) for d in found] == []


def test_the_pages_have_files() -> None:
    assert len(BLOCKS) >= 14


HEAD = re.compile(r"^step [^{]*(?= \{$)", re.MULTILINE)
MODULES = sorted(STDLIB.rglob("*.mlp"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_the_page_has_every_step_of_a_module_as_it_is_declared(module: Path) -> None:
    name = ".".join(("std", *module.relative_to(STDLIB).with_suffix("").parts))
    page = (ROOT / "docs" / "std.md").read_text("utf-8")
    section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    source = re.sub(r"^ *#.*\n", "", module.read_text("utf-8"), flags=re.MULTILINE)
    declared = [_one_line(head) for head in HEAD.findall(source)]
    (listed,) = re.findall(r"^```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert declared
    assert _one_line(listed) == " ".join(declared)
    assert re.search(rf"^use {re.escape(name)}\b", section, re.MULTILINE), "an example"


def _one_line(text: str) -> str:
    """A declaration without its layout."""
    return re.sub(r",? (?=\))|(?<=\() ", "", " ".join(text.split()))
