"""Where a file from outside lies, as plans say it: the same on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.runtime.origin import place_of, sources_of
from millpond.runtime.source import find


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "mlp.toml").write_text("")
    for name in ("data/days/a.csv", "data/days/deep/b.csv", "flow/pipe.mlp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")
    return tmp_path


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("../data/days/a.csv", "data/days/a.csv"),
        ("../data/days", "data/days"),
        ("../data/days/*.csv", "data/days/*.csv"),
        ("../data/**/*.csv", "data/**/*.csv"),
        ("pipe.m?p", "flow/pipe.m?p"),
    ],
)
def test_files_patterns_and_folders_are_told_from_the_root(
    project: Path, written: str, told: str
) -> None:
    found = sources_of({"rows": find(written, project / "flow")})["rows"]
    assert isinstance(found, dict)
    assert list(found) == [told]


def test_what_lies_in_no_project_has_its_name_and_urls_stay(tmp_path: Path) -> None:
    assert place_of(str(tmp_path / "rows.csv")) == "rows.csv"
    assert place_of("s3://rows/*.csv") == "s3://rows/*.csv"
