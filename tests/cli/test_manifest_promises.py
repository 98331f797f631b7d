"""What `mlp.toml` asks for is done or refused, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond import check
from millpond.compiler.diagnostics.diagnostic import Severity

PROGRAM = """edition 2026

step note() -> (text: String) {
  run shell "echo hi > $text"
  environment { image = "busybox" }
}

pipeline p() {
  noted = note()
  output text = noted.text
}
"""


@pytest.mark.parametrize(
    ("manifest", "code", "words"),
    [
        ('[security]\npickle = "sometimes"\n', "MLP0503", 'not "sometimes"'),
        ('[dependencies]\n"acme.steps" = "newest"\n', "MLP0503", "`acme.steps`"),
        ("[project]\nedition = 2031\n", "MLP0002", "edition 2031"),
        ('[project]\nzone = "Mars/Base"\n', "MLP0503", "`Mars/Base`"),
        ('[environment]\nrequirements = "nope.txt"\n', "MLP0506", "`nope.txt`"),
        ("environment = 3\n", "MLP0502", "`[environment]`"),
    ],
)
def test_a_key_without_effect_is_said(manifest: str, code: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "p.mlp").write_text(PROGRAM)
    (tmp_path / "mlp.toml").write_text(manifest)
    (found,) = check(tmp_path / "p.mlp")
    assert found.code == code
    assert words in found.message


@pytest.mark.parametrize("strict", [True, False])
def test_strict_makes_loose_images_an_error(strict: bool, tmp_path: Path) -> None:
    (tmp_path / "p.mlp").write_text(PROGRAM)
    (tmp_path / "mlp.toml").write_text(f"[lint]\nstrict = {str(strict).lower()}\n")
    (found,) = check(tmp_path / "p.mlp")
    wanted = Severity.ERROR if strict else Severity.LINT
    assert (found.code, found.severity) == ("MLP0509", wanted)
