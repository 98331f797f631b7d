"""What `*`, `?` and `**` stand for: the same files on a disk and in a bucket, as one folder."""

from __future__ import annotations

import fsspec
import pytest

from millpond.runtime.artifact import Artifact
from millpond.runtime.digest import digest_path
from millpond.runtime.folder import FolderStore
from millpond.runtime.pattern import Pattern
from millpond.runtime.source import SourceError, fetch, find, fingerprint, nothing_at, places

FILES = (
    "1.csv",
    "2.csv",
    "10.csv",
    ".3.csv",
    "notes.txt",
    "x/1.csv",
    "x/y/1.csv",
    "x/y/z.txt",
    ".git/1.csv",
    "part.csv/0",
    "part.csv/.crc",
)
MEANT = {
    "*.csv": {"1.csv", "2.csv", "10.csv", "part.csv/0", "part.csv/.crc"},
    "?.csv": {"1.csv", "2.csv"},
    ".*.csv": {".3.csv"},
    "*/*.csv": {"x/1.csv"},
    "**/1.csv": {"1.csv", "x/1.csv", "x/y/1.csv"},
    "x/**/*.csv": {"1.csv", "y/1.csv"},
    "x/*": {"1.csv", "y/1.csv", "y/z.txt"},
    "x/**": {"1.csv", "y/1.csv", "y/z.txt"},
    "*/y/*.txt": {"x/y/z.txt"},
    "n*": {"notes.txt"},
}


@pytest.fixture
def rows(tmp_path):
    for name in FILES:
        path = tmp_path / "rows" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"a\n{name}\n")
    return tmp_path / "rows"


@pytest.mark.parametrize("pattern", MEANT)
def test_a_pattern_means_the_same_files_here_and_behind_a_url(rows, pattern, tmp_path):
    files = fsspec.filesystem("memory")
    for name in FILES:
        files.pipe_file(f"/{tmp_path.name}/{name}", (rows / name).read_bytes())
    here = find(pattern, rows)
    there = fingerprint(f"memory://{tmp_path.name}/{pattern}")
    assert (here.digest, here.size) == (there.digest, there.size)
    for number, found in enumerate((here, there)):
        copy = tmp_path / f"copy-{number}"
        fetch(found, copy)
        held = {p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()}
        assert held == MEANT[pattern]
        assert digest_path(copy)[0] == found.digest


def test_all_files_of_a_folder_are_the_folder(rows):
    """So a pattern that leaves nothing out has the keys of its folder."""
    assert find("x/*", rows).digest == find("x", rows).digest
    assert find("x/*", rows).name == "x"


def test_what_no_file_matches_is_nothing(rows):
    for nothing in ("*.parquet", "none/*.csv", "*/none/*"):
        with pytest.raises(FileNotFoundError):
            find(nothing, rows)
    with pytest.raises(FileNotFoundError):
        fingerprint("memory://nobody/*.csv")


def test_a_name_with_a_star_is_the_file_that_has_it(rows):
    (rows / "a*.csv").write_text("a\n")
    (rows / "ab.csv").write_text("b\n")
    found = find("a*.csv", rows)
    assert (found.digest[:5], found.name) == ("file:", "a*.csv")
    odd = rows / "100%2A ?"
    odd.mkdir()
    (odd / "1.csv").write_text("c\n")
    assert find("*.csv", odd).digest == digest_path(odd)[0]


def test_another_file_that_matches_is_another_content(rows, tmp_path):
    before = find("*.csv", rows)
    (rows / "notes2.txt").write_text("not meant")
    assert find("*.csv", rows) == before
    assert Artifact.from_json(before.to_json()) == before
    assert [path.name for path in places(before)] == ["1.csv", "10.csv", "2.csv", ".crc", "0"]
    (rows / "4.csv").write_text("a\n4\n")
    assert find("*.csv", rows).digest != before.digest
    with pytest.raises(SourceError, match="has changed since this run began"):
        FolderStore(tmp_path / "store").bring(before)


def test_over_http_a_star_is_a_star():
    assert Pattern.of("rows/*.csv") == Pattern("rows/", "*.csv")
    assert Pattern.of("rows/a.csv") is None
    url = "http://127.0.0.1:9/*.csv"
    with pytest.raises(FileNotFoundError):
        fingerprint(url)
    assert nothing_at(url) == f"there is nothing at `{url}`"
    assert nothing_at("s3://rows/*.csv") == "no file matches `s3://rows/*.csv`"
