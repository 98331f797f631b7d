"""The examples of `mlp explain`, through the whole front: the wrong ones show their code alone.

A sketch names the Python file beside it in a comment, `# train.py: def fit(rows): ...`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from millpond.compiler.diagnostics.codes import CODES
from millpond.compiler.diagnostics.explain import explain
from millpond.compiler.driver.front import front
from millpond.face.api import TARGETS

_BESIDE = re.compile(r"^# (\w+\.py): (.*)$", re.MULTILINE)
LATER = "MLP0910"

# Codes whose examples cannot show them, and why.
UNSEEN = {
    "MLP0723": "`mlp test` says it, check does not",
    "MLP0909": "compile says it, check does not",
}


def codes_of(text: str, folder: Path) -> set[str]:
    """What the front says about a file."""
    for name, content in _BESIDE.findall(text):
        (folder / name).write_text(f"{content}\n", "utf-8")
    file = folder / "example.mlp"
    file.write_text(text, "utf-8")
    return {diagnostic.code for diagnostic in front(file, TARGETS).report}


@pytest.mark.parametrize("code", [code for code in CODES if code not in UNSEEN])
def test_the_wrong_example_shows_exactly_its_code(code: str, tmp_path: Path) -> None:
    found = explain(code)
    assert found is not None
    if found.wrong is None:
        return
    codes = codes_of(found.wrong, tmp_path)
    if found.sketch and LATER in codes:
        assert code not in codes or codes == {code, LATER}
    else:
        assert codes == {code}


@pytest.mark.parametrize("code", [code for code in CODES if code not in UNSEEN])
def test_the_right_example_has_no_mistake(code: str, tmp_path: Path) -> None:
    found = explain(code)
    assert found is not None
    if found.right is None:
        return
    codes = codes_of(found.right, tmp_path)
    assert codes == set() or (found.sketch and codes == {LATER})


@pytest.mark.parametrize("code", UNSEEN)
def test_what_is_said_to_be_unseen_is_unseen(code: str, tmp_path: Path) -> None:
    found = explain(code)
    assert found is not None
    assert found.wrong is not None
    assert code not in codes_of(found.wrong, tmp_path)
