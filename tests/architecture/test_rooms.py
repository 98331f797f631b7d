"""Rooms of many files begin with a map, which names no file that is not there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("room", ["compiler/bodies", "backends/local"])
def test_the_map_of_a_room_leads_to_its_files(room: str) -> None:
    text = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text("utf-8")))
    assert text is not None
    named = re.findall(r"`(\w+)`", text)
    there = {path.stem for path in (ROOT / room).iterdir()}
    assert len(named) > 30
    assert set(named) <= there
