"""Fixes change the text as they say, and never half."""

from __future__ import annotations

from millpond.compiler.diagnostics.diagnostic import Edit, Fix
from millpond.compiler.diagnostics.fix import apply_fixes
from millpond.compiler.source import Source, Span

SOURCE = Source("a.mlp", "abc def")


def _edit(start: int, end: int, text: str, file: str = "a.mlp") -> Edit:
    return Edit(Span(file, start, end), text)


def _fix(*edits: Edit) -> Fix:
    return Fix("fix", edits, safe=True)


def test_edits_of_several_fixes() -> None:
    fixes = [_fix(_edit(4, 7, "DEF")), _fix(_edit(0, 0, "<"), _edit(3, 3, ">"))]
    assert apply_fixes(SOURCE, fixes) == "<abc> DEF"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply_fixes(SOURCE, [_fix(_edit(3, 3, "1")), _fix(_edit(3, 3, "2"))]) == "abc12 def"


def test_an_overlapping_fix_is_left_out_whole() -> None:
    fixes = [_fix(_edit(0, 3, "x")), _fix(_edit(2, 4, "y"), _edit(6, 7, "z"))]
    assert apply_fixes(SOURCE, fixes) == "x def"


def test_the_same_edit_twice_is_one() -> None:
    assert apply_fixes(SOURCE, [_fix(_edit(0, 1, "x")), _fix(_edit(0, 1, "x"))]) == "xbc def"


def test_edits_of_other_files_are_not_ours() -> None:
    assert apply_fixes(SOURCE, [_fix(_edit(0, 3, "x", "b.mlp"))]) == "abc def"
