"""Small promises: order is not in keys, secrets and outward links are not in results."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond import run
from millpond.runtime.key import parts_of, recipe

SPEC = {
    "parts": {"body": {}, "environment": {}, "settings": {}, "salt": ""},
    "inputs": [["tier", ["enum", ["gold", "plain"]], False]],
    "outputs": [
        ["a", "Int", "Int", ""],
        ["b", ["Metrics", [["x", "Float"], ["y", "Float"]]], "", ""],
    ],
}


def test_the_order_of_choices_fields_and_outputs_is_not_in_the_key() -> None:
    other = {
        **SPEC,
        "inputs": [["tier", ["enum", ["plain", "gold"]], False]],
        "outputs": [
            ["b", ["Metrics", [["y", "Float"], ["x", "Float"]]], "", ""],
            ["a", "Int", "Int", ""],
        ],
    }
    one, two = (recipe(parts_of(spec, {"tier": "gold"})) for spec in (SPEC, other))
    assert one == two


def test_a_choice_more_is_in_the_key() -> None:
    other = {**SPEC, "inputs": [["tier", ["enum", ["gold", "plain", "new"]], False]]}
    one, two = (recipe(parts_of(spec, {"tier": "gold"})) for spec in (SPEC, other))
    assert one != two


@pytest.mark.parametrize("kind", ["python", "shell"])
def test_a_link_out_of_the_scratch_folder_is_no_output(kind: str, tmp_path: Path) -> None:
    (tmp_path / "outside.txt").write_text("not for you")
    outside = tmp_path / "outside.txt"
    (tmp_path / "bodies.py").write_text(
        f"def link(out_file):\n    out_file.symlink_to({str(outside)!r})\n"
    )
    body = 'python "bodies:link"' if kind == "python" else f'shell "ln -s {outside} $file"'
    (tmp_path / "p.mlp").write_text(
        "edition 2026\n"
        f"step link() -> (file: File) {{ run {body} }}\n"
        "pipeline p() { linked = link() output file = linked.file }\n"
    )
    done = run(tmp_path / "p.mlp")
    assert done.status == "failed"
    assert "is a link that leaves this step's folder" in (done.nodes[0].why or "")


def test_a_secret_is_no_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT", "correct-horse-battery")
    (tmp_path / "p.mlp").write_text(
        "edition 2026\n"
        'step tell() -> (text: String) { run shell "echo got $TOKEN > $text" '
        'secrets { TOKEN = secret("VAULT") } }\n'
        "pipeline p() { told = tell() output text = told.text }\n"
    )
    done = run(tmp_path / "p.mlp")
    assert done.status == "failed"
    assert "holds a secret of this step" in (done.nodes[0].why or "")
    for file in (tmp_path / ".millpond").rglob("*"):
        assert not file.is_file() or b"correct-horse-battery" not in file.read_bytes()
