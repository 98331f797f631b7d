"""Whoever goes on editing while a run is under way: the run is of what was planned."""

from __future__ import annotations

import pytest
from local.project import Project

BODY = """
from deep import level


def answer(told: str) -> int:
    return 41 + level()
"""


@pytest.mark.parametrize("fresh", ["", 'env { FRESH = "process" }'])
def test_an_edit_changes_nothing_of_the_run_that_is_under_way(project: Project, fresh: str) -> None:
    project.body(BODY)
    project.write("deep/__init__.py", "def level() -> int:\n    return 4100\n")
    project.pipeline(
        f"""
        step edit(code: String) -> (done: String) {{
          run shell \"\"\"
            sed -i s/41/99/ "$code/body.py" "$code/deep/__init__.py"
            printf yes > "$done"
          \"\"\"
        }}
        step answer(told: String) -> (x: Int) {{
          run python "body:answer"
          {fresh}
        }}
        pipeline p(code: String) {{
          edited = edit(code = code)
          it = answer(told = edited.done)
          output x = it.x
        }}
        """
    )
    here = f"code={project.folder}"
    first = project.run(here)
    assert first.json["outputs"]["x"] == 4141
    assert "41" not in (project.folder / "body.py").read_text()
    # What is there now is other work, and known as such.
    again = project.run(here)
    assert again.states["it"] == "ran"
    assert again.json["outputs"]["x"] == 99 + 9900


def test_a_file_beside_the_code_that_is_edited_meanwhile_fails_its_reader(project: Project) -> None:
    project.write("words/a.txt", "one")
    project.body(
        """
        from pathlib import Path


        def read(told: str) -> str:
            return (Path(__file__).parent / "words" / "a.txt").read_text()
        """
    )
    project.pipeline(
        """
        step edit(code: String) -> (done: String) {
          run shell \"\"\"
            printf two > "$code/words/a.txt"
            printf yes > "$done"
          \"\"\"
        }
        step read(told: String) -> (text: String) { run python "body:read" }
        pipeline p(code: String) {
          edited = edit(code = code)
          it = read(told = edited.done)
          output text = it.text
        }
        """
    )
    here = f"code={project.folder}"
    first = project.run(here)
    assert first.states["it"] == "failed"
    assert "`words/a.txt` has changed since this run began" in first.err
    assert project.run(here).json["outputs"]["text"] == "two"
