"""Environments that nobody has used for long are found, and go when nobody is in them."""

import os
import threading
from pathlib import Path

from millpond.runtime.environments import MARK, held, remove, unused, used


def environment(folder: Path, name: str, last: float, *, whole: bool = True) -> Path:
    place = folder / name
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").write_text("")
    Path(f"{place}.log").write_text("made")
    if whole:
        (place / MARK).write_text("{}")
        os.utime(place / MARK, (last, last))
    os.utime(place, (last, last))
    return place


def test_what_was_used_before_a_time_is_unused(tmp_path):
    old = environment(tmp_path, "old", 100.0)
    half = environment(tmp_path, "half", 100.0, whole=False)
    environment(tmp_path, "new", 300.0)
    (tmp_path / "old.lock").write_text("")
    assert unused(tmp_path, 200.0) == [half, old]
    used(old)
    assert unused(tmp_path, 200.0) == [half]
    assert unused(tmp_path / "none", 200.0) == []


def test_what_is_removed_is_gone_with_its_log(tmp_path):
    old = environment(tmp_path, "old", 100.0)
    assert remove(old, 200.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["old.lock"]
    assert not remove(old, 200.0)


def test_what_somebody_is_in_stays(tmp_path):
    old = environment(tmp_path, "old", 100.0)
    with held(old), held(old):
        assert not remove(old, 200.0)
    assert (old / MARK).exists()
    # Somebody was faster: it has been used since it was found.
    used(old)
    assert not remove(old, 200.0)
    assert (old / "bin" / "python").exists()


def test_who_waits_for_it_finds_it_gone(tmp_path):
    """Both locks are on the same file, whatever is removed."""
    old = environment(tmp_path, "old", 100.0)
    seen: list[bool] = []

    def enter() -> None:
        with held(old):
            seen.append((old / MARK).exists())

    with held(old, alone=True):
        other = threading.Thread(target=enter)
        other.start()
        (old / MARK).unlink()
    other.join()
    assert seen == [False]
    assert remove(old, os.stat(old).st_mtime + 1)
