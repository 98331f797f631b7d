"""The command in this process, in a folder of its own: what it prints and its exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from millpond.face.main import start

HELLO = """\
edition 2026

step greet(name: String, excited: Bool = false) -> (message: String) {
  run python "hello:greet"
}

step count(message: String) -> (words: Int) {
  run shell "echo $message | wc -w > $words"
}

pipeline hello(name: String = "world") {
  hi = greet(name = name)
  length = count(message = hi.message)

  output message = hi.message
  output words = length.words
}
"""
GREET = """\
def greet(name: str, excited: bool) -> str:
    return f"Hello, {name}{'!' if excited else '.'}"
"""


@dataclass(frozen=True)
class Answer:
    """What one call of the command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one object that it must be."""
        found = json.loads(self.out)
        assert found["version"] == 1
        return found


Mlp = Callable[..., Answer]


@pytest.fixture
def mlp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Mlp:
    """Calls the command; the working folder is `tmp_path`."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Answer:
        capfd.readouterr()
        try:
            code = start(words, "0.1.0")
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        printed = capfd.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """The smallest project: `hello.mlp` and its Python file."""
    (tmp_path / "hello.py").write_text(GREET, "utf-8")
    file = tmp_path / "hello.mlp"
    file.write_text(HELLO, "utf-8")
    return file
