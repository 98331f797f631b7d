"""Digests of files and folders."""

import hashlib
import os
import time

import pytest

from millpond.runtime.digest import (
    Stamp,
    UnfitPathError,
    digest_file,
    digest_file_once,
    digest_path,
    digest_tree,
)


def test_a_file_is_its_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 1_000_000)
    assert digest_file(path) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()
    assert digest_path(path) == (f"file:{digest_file(path)}", 3_000_000)


def test_a_folder_is_its_files_by_name(tmp_path):
    folder = tmp_path / "a"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "x.txt").write_text("x")
    (folder / "b.sh").write_text("b")
    (folder / "b.sh").chmod(0o755)
    digest, manifest = digest_tree(folder)
    assert [(e["path"], e["size"], e["executable"]) for e in manifest] == [
        ("b.sh", 1, True),
        ("sub/x.txt", 1, False),
    ]
    (folder / "empty").mkdir()
    assert digest_tree(folder)[0] == digest
    os.utime(folder / "b.sh", (1, 1))
    assert digest_tree(folder)[0] == digest
    (folder / "b.sh").chmod(0o644)
    assert digest_tree(folder)[0] != digest


def test_links(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "x").write_text("x")
    (folder / "y").symlink_to("x")
    plain = tmp_path / "b"
    plain.mkdir()
    (plain / "x").write_text("x")
    (plain / "y").write_text("x")
    assert digest_tree(folder) == digest_tree(plain)
    (folder / "out").symlink_to("../b")
    with pytest.raises(UnfitPathError, match="`out` leaves its folder"):
        digest_tree(folder)
    (folder / "out").unlink()
    (folder / "round").symlink_to(".")
    with pytest.raises(UnfitPathError, match="goes in a circle"):
        digest_tree(folder)
    (folder / "round").unlink()
    os.mkfifo(folder / "pipe")
    with pytest.raises(UnfitPathError, match="neither a file nor a folder"):
        digest_tree(folder)


def test_folders_that_could_not_be_laid_out_elsewhere_are_refused(tmp_path):
    bomb = tmp_path / "bomb"
    for number in range(40):
        (bomb / str(number)).mkdir(parents=True)
        for name in "ab" if number < 39 else "":
            (bomb / str(number) / name).symlink_to(f"../{number + 1}")
    with pytest.raises(UnfitPathError, match="lead to more than 10,000 folders"):
        digest_tree(bomb)
    loop = tmp_path / "loop"
    loop.mkdir()
    (loop / "x").symlink_to("x")
    with pytest.raises(UnfitPathError, match="the link `x` goes in a circle"):
        digest_tree(loop)
    deep = tmp_path / "deep" / "/".join(["d" * 50] * 60)
    deep.mkdir(parents=True)
    with pytest.raises(UnfitPathError, match="lies too deep"):
        digest_tree(tmp_path / "deep")


def test_a_memo_saves_hashing_but_is_never_believed_too_early(tmp_path):
    path, memo = tmp_path / "x", {}
    path.write_text("one")
    now = digest_file_once(path, memo)
    assert memo == {}
    before = time.time() - 60.5
    os.utime(path, (before, before))
    assert digest_file_once(path, memo) == now
    assert memo == {}, "its status has changed just now, as it would with its content"
    time.sleep(0.05)
    assert digest_file_once(path, memo) == now
    assert list(memo) == [str(path)]
    memo[str(path)] = (Stamp.of(path), "remembered")
    assert digest_file_once(path, memo) == "remembered"
    path.write_text("two")
    assert digest_file_once(path, memo) == hashlib.sha256(b"two").hexdigest()


def test_a_time_that_was_set_by_hand_hides_no_change(tmp_path):
    path, memo = tmp_path / "x", {}
    path.write_text("one")
    stamp = path.stat()
    time.sleep(0.05)
    digest_file_once(path, memo)
    assert list(memo) == [str(path)]
    path.write_text("two")
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert path.stat().st_mtime_ns == stamp.st_mtime_ns
    assert digest_file_once(path, memo) == hashlib.sha256(b"two").hexdigest()
