"""What the pages say of the tree is there: links, headings, paths, and the table of floors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from architecture.house import FLOORS, TOPS
from architecture.test_tree import tracked

ROOT = Path(__file__).parents[2]
PAGES = [name for name in tracked("*.md") if not name.startswith("tests/")]
FENCED = re.compile(r"^(```+).*?^\1$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
ELSEWHERE = re.compile(r"[a-z]+:")
FOLDERS = {*TOPS, "tests", "docs", "examples", "benchmarks"}


def prose(page: Path) -> str:
    """A page without its blocks of code."""
    return FENCED.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The names that headings have in links."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(page)))
    return {heading.strip().replace(" ", "-") for heading in words}


def dead(page: Path, text: str) -> Iterator[str]:
    """Links and paths in a page that lead to nothing."""
    for link in LINK.findall(text):
        name, _, anchor = link.partition("#")
        there = page.parent / name if name else page
        if ELSEWHERE.match(link):
            continue
        if not there.exists() or (anchor and anchor not in anchors(there)):
            yield link
    for path in CODE.findall(text):
        plain = re.fullmatch(r"[\w./-]+", path) and path.partition("/")[0] in FOLDERS
        if plain and "/" in path and "NAME" not in path and not (ROOT / path).exists():
            yield path


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    page = ROOT / name
    assert list(dead(page, prose(page))) == []


@pytest.mark.parametrize(
    "text",
    [
        "[it](docs/none.md)",
        "[it](README.md#no-such-heading)",
        "[it](#no-such-heading)",
        "see `compiler/none.py`",
    ],
)
def test_a_planted_dead_link_is_found(text: str) -> None:
    assert len(list(dead(ROOT / "README.md", text))) == 1
    assert not list(dead(ROOT / "README.md", "[it](README.md#commands), `compiler/cli`"))


def test_every_page_is_found_from_the_first_one() -> None:
    seen, waiting = set[Path](), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        links = (link.partition("#")[0] for link in LINK.findall(prose(page)))
        found = {(page.parent / link).resolve() for link in links if link.endswith(".md")}
        waiting += found - seen
        seen |= found
    pages = {(ROOT / name).resolve() for name in PAGES if name.startswith("docs/")}
    assert sorted(pages - seen - set((ROOT / "docs" / "decisions").glob("*"))) == []


def test_every_decision_is_in_their_list() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall(prose(folder / "README.md")))
    assert {page.name for page in folder.glob("20*.md")} == listed


@pytest.mark.parametrize("floor", FLOORS)
def test_the_table_of_floors_names_every_room(floor: int) -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    (row,) = re.findall(rf"^\| {floor} \| (.+) \|$", text, re.MULTILINE)
    named = {path.removesuffix(".py") for path in CODE.findall(row)}
    rooms = {room for room in FLOORS[floor] if not room.endswith("__init__")}
    there = {room for room in rooms if (ROOT / room).is_dir() or (ROOT / f"{room}.py").is_file()}
    inside = {room for room in there if any(room.startswith(f"{name}/") for name in named)}
    assert there - inside - {"millpond/__main__"} <= named
