"""What bodies leave behind goes, however they have made it, and nothing else does."""

from __future__ import annotations

import os

import pytest

from millpond.runtime.removal import clear, remove


def _deep(folder, levels):
    """Folders in each other, deeper than a path may be long and than Python may call itself."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d" * 20, dir_fd=here)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("file", os.O_CREAT, dir_fd=here))
    os.close(here)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "folder"
    (folder / "outputs" / "inner").mkdir(parents=True)
    (folder / "a" / "b" / "c").mkdir(parents=True)
    (folder / "a" / "b" / "file").write_text("x")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    (folder / "a" / "link").symlink_to(tmp_path / "kept")
    (folder / "link").symlink_to(tmp_path / "kept")
    os.mkfifo(folder / "pipe")
    for name in ("a/b/c", "a/b", "a"):
        (folder / name).chmod(0)
    return folder


def test_everything_goes_and_nothing_that_links_lead_to(folder, tmp_path):
    remove(folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "kept"]
    (tmp_path / "link").symlink_to("kept")
    remove(tmp_path / "link")
    remove(tmp_path / "nothing")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    remove(tmp_path / "kept" / "file")
    assert not any((tmp_path / "kept").iterdir())


def test_a_body_s_folder_is_there_again_and_empty(folder, tmp_path):
    clear(folder)
    assert [str(path.relative_to(folder)) for path in folder.rglob("*")] == ["outputs"]
    folder.rename(tmp_path / "elsewhere")
    clear(folder)
    assert not any(folder.iterdir())
    folder.rmdir()
    folder.symlink_to(tmp_path / "kept")
    clear(folder)
    assert not folder.is_symlink()
    assert not any(folder.iterdir())
    assert (tmp_path / "kept" / "file").read_text() == "kept"


@pytest.mark.parametrize("how", [remove, clear])
def test_no_folder_is_too_deep(tmp_path, how):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "top").mkdir()
    _deep(folder / "top", 1200)
    how(folder)
    assert not (folder / "top").exists()
