"""The examples of docs/commands.md for `plan` and `why`, typed in the order in which they stand."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

from cli.conftest import Mlp

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = (
    (re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{4}\b"), "RUN"),
    (re.compile(r"(?<= on )\S+(?= at )"), "MACHINE"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"), "TIME"),
    (re.compile(r"(about|less than) [\d.]+ s"), "about N s"),
    (re.compile(r", [\d.]+ s at least"), ""),
    (re.compile(r"(?<=, in )(less than )?[\d.]+ s"), "N s"),
)


def steady(text: str) -> str:
    """Without what is another thing in each run."""
    for pattern, word in reversed(CHANGING):
        text = pattern.sub(word, text)
    return text


def test_the_page_shows_what_is_printed(mlp: Mlp, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    begin, end = page.index("## mlp plan"), page.index("## mlp diff")
    shutil.copytree(ROOT / "examples" / "hello", tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / ".millpond", ignore_errors=True)
    assert mlp("run", "hello.mlp").code == 0
    code = tmp_path / "hello.py"
    code.write_text(code.read_text("utf-8").replace("Hello", "Good day"), "utf-8")
    examples = EXAMPLE.findall(page[begin:end])
    assert len(examples) == 4
    for example in examples:
        for block in re.split(r"^\$ ", example, flags=re.MULTILINE)[1:]:
            typed, _, expected = block.partition("\n")
            program, *words = shlex.split(typed)
            assert program == "mlp"
            answer = mlp(*words)
            if expected:
                assert steady(answer.out + answer.err) == steady(expected)
