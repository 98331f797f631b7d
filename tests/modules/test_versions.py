"""Ranges of versions: what lies in them, and how an installer reads them."""

from __future__ import annotations

import pytest

from millpond.compiler.versions import read_range

RANGES = {
    "^2.1": ("2.1 2.1.0 2.1.post1 2.9.4 2.10", "2.0.9 2.1rc1 2.1.dev3 3.0 3.0rc1 3.0.dev1"),
    "^0.3": ("0.3 0.3.9", "0.2 0.4 0.4a1 1.0"),
    "^0.0.3": ("0.0.3 0.0.3.1", "0.0.4 0.1"),
    "^0": ("0.0.1 0.9", "1.0"),
    "~2.1": ("2.1 2.1.7", "2.0 2.2 3"),
    "~2.1.3": ("2.1.3 2.1.10", "2.1.2 2.2"),
    "~2": ("2.0 2.9", "1.9 3.0"),
    "2.1": ("2.1 2.1.0 v2.1 2.1+local.1", "2.1.1 2.1rc1 2.1.post1"),
    "==2.1.4": ("2.1.4", "2.1"),
    "==2.1+cu.1": ("2.1+cu.1", "2.1 2.1+cu.2"),
    ">=2,<3": ("2.0 2.5", "1.9 3.0 3.0rc1"),
    ">2.1": ("2.1.1 2.2", "2.1 2.1.dev1 2.1b2 2.1.post1 2.1+local.1"),
    "<=2.1": ("2.1 2.1rc1 1.0", "2.1.post1 2.2"),
    "<2.1rc2": ("2.1rc1 2.1b7 2.0", "2.1rc2 2.1"),
    ">=2.1a1": ("2.1a1 2.1b1 2.1", "2.1.dev5 2.0"),
    "*": ("0.0.1.dev1 99", ""),
}


@pytest.mark.parametrize("text", RANGES)
def test_what_lies_in_a_range(text: str) -> None:
    within = read_range(text)
    assert within is not None
    inside, outside = (words.split() for words in RANGES[text])
    for words, expected in ((inside, True), (outside, False)):
        for word in words:
            assert within.holds(word) is expected, word


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("^2.1", ">=2.1,<3"),
        ("~2.1.3", ">=2.1.3,<2.2"),
        ("2.1", "==2.1"),
        (">=2, <3", ">=2,<3"),
        ("*", ""),
    ],
)
def test_how_an_installer_reads_a_range(text: str, requirement: str) -> None:
    within = read_range(text)
    assert within is not None
    assert within.requirement == requirement


@pytest.mark.parametrize(
    "text", ["", "latest", "^", "^^2", "2.x", "2.1 3", "!=2", "2,", "=2", "a1", "2.1.*", "^2.1+a"]
)
def test_what_is_no_range(text: str) -> None:
    assert read_range(text) is None


def test_what_is_no_version_lies_in_every_range() -> None:
    within = read_range("^2.1")
    assert within is not None
    assert within.holds("unknown")
