"""Damage: every flipped bit is found, what is hurt is named, and what can be mended is."""

import os
import random
import sqlite3

import pytest
from store.results import content, key_of, publish

from millpond.runtime import health, ledger
from millpond.runtime.folder import FolderStore
from millpond.runtime.health import Kind, examine
from millpond.runtime.mend import mend, rebuild
from millpond.runtime.remote import RemoteStore
from millpond.runtime.store import StoreUnreachableError
from millpond.runtime.survey import Survey
from millpond.runtime.transfer import push

NAMES = ("a", "b", "c")


@pytest.fixture
def root(tmp_path):
    """Three results, one of them a folder; one answers for a run only, one is pinned."""
    store = FolderStore(tmp_path / "store")
    publish(store, "a")
    record = publish(store, "b", tree=True)
    store.publish(record, answer=key_of("once"))
    publish(store, "c")
    publish(store, "c", "other bytes for the same key")
    store.index.pin([record.id], "for ever")
    store.close()
    return store.root


@pytest.fixture
def far(root, tmp_path):
    """A shared store that has everything."""
    store, far = FolderStore(root), RemoteStore(f"file://{tmp_path}/far")
    push(store, far, Survey(store).results(), lambda moved: None)
    store.close()
    return far


def flip(path, at, bit=0):
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[at] ^= 1 << bit
    path.write_bytes(content)


def look(root, far=None, *, repair=False):
    """What is wrong, and after a repair what still is."""
    store = FolderStore(root)
    try:
        seen = examine(store)
        if repair:
            mend(store, seen, far)
            assert examine(store).damages == ()
        return seen
    finally:
        store.close()


def change(root, statement, *values):
    """Changes the index behind its back."""
    connection = sqlite3.connect(root / "index.sqlite")
    assert connection.execute(statement, values).rowcount == 1
    connection.commit()
    connection.close()


def found(root):
    store = FolderStore(root)
    keys = {key_of(name): name for name in (*NAMES, "once")}
    there = store.lookup_many(keys)
    store.close()
    return sorted(keys[key] for key in there)


def test_a_sound_store_has_no_damage(root):
    seen = look(root)
    assert seen.damages == ()
    assert (seen.results, seen.objects, seen.loose) == (4, 6, 1)


def test_a_flip_of_any_bit_of_any_object_is_found(root):
    dice = random.Random(4)
    for path in sorted(root.glob("objects/??/*")):
        whole = path.read_bytes()
        at = dice.randrange(len(whole))
        flip(path, at, dice.randrange(8))
        damages = look(root).damages
        assert [(d.kind, d.what) for d in damages if d.kind is Kind.CHANGED] == [
            (Kind.CHANGED, path.name)
        ]
        path.write_bytes(whole)
    assert look(root).damages == ()


def test_a_flip_of_any_bit_of_the_ledger_is_found(root):
    dice, path = random.Random(5), root / "ledger"
    whole = path.read_bytes()
    for _ in range(60):
        # But for the very last, which tells a line that was finished from a torn one.
        flip(path, dice.randrange(len(whole) - 1), dice.randrange(8))
        assert any(damage.kind is Kind.LEDGER for damage in look(root).damages)
        path.write_bytes(whole)


@pytest.mark.parametrize(
    ("table", "column", "where"),
    [
        ("records", "content", "id in (select id from results)"),
        ("results", "id", "true"),
        ("results", "key", "true"),
        ("results", "made", "true"),
        ("others", "key", "true"),
        ("pins", "id", "true"),
    ],
)
def test_a_change_in_the_index_is_found_and_the_ledger_sets_it_right(root, table, column, where):
    """SQLite keeps no checksums: to it, another digit is as good as the one that was stored."""
    connection = sqlite3.connect(root / "index.sqlite")
    rows = connection.execute(f"select distinct {column} from {table} where {where}").fetchall()
    connection.close()
    before = found(root)
    for (value,) in rows:
        if isinstance(value, float):
            new = value + 1
        elif isinstance(value, bytes):
            new = value.replace(b'"seconds":0.0', b'"seconds":0.1')
        else:
            new = value[:-1] + ("0" if value[-1] != "0" else "1")
        query = f"update {table} set {column} = ? where {column} = ?"
        if table == "results" and column == "id":
            # Two keys may have the same result.
            query += f" and key = (select min(key) from results where id = '{value}')"
        change(root, query, new, value)
        assert look(root, repair=True).damages != ()
        assert found(root) == before
    store = FolderStore(root)
    assert len(store.index.pins()) == 1
    store.close()


def test_a_changed_record_is_never_a_hit(root):
    store = FolderStore(root)
    id = store.lookup(key_of("a")).id
    whole = store.record(id).content
    store.close()
    changed = whole.replace(b'"seconds":0.0', b'"seconds":9.0')
    change(root, "update records set content = ? where id = ?", changed, id)
    assert found(root) == ["b", "c", "once"]
    store = FolderStore(root)
    again = publish(store, "a")
    assert store.lookup(again.key) == again, "a new result takes its place"
    store.close()


def test_a_folder_in_the_place_of_an_object_goes_where_it_is_made_again(root):
    store = FolderStore(root)
    (artifact,) = store.lookup(key_of("a")).artifacts()
    path = store.object_path(artifact.hex)
    bytes_ = path.read_bytes()
    path.unlink()
    (path / "more").mkdir(parents=True)
    assert store.lookup(key_of("a")) is None
    store.put_bytes(bytes_)
    assert store.lookup(key_of("a")) is not None
    store.close()
    assert (root / "damaged" / path.name / "more").is_dir()
    assert look(root).damages == ()


def test_a_file_in_the_place_of_a_folder_of_objects_is_moved_aside(root):
    store = FolderStore(root)
    (artifact,) = store.lookup(key_of("a")).artifacts()
    folder = store.object_path(artifact.hex).parent
    store.close()
    folder.rename(root / "elsewhere")
    folder.write_text("")
    seen = look(root, repair=True)
    assert {damage.kind for damage in seen.damages} == {Kind.MISSING, Kind.STRAY}
    assert look(root).damages == ()
    store = FolderStore(root)
    publish(store, "a")
    store.close()
    assert "a" in found(root)


def test_a_file_in_the_place_of_all_objects_is_told_as_their_loss(root):
    (root / "objects").rename(root / "elsewhere")
    (root / "objects").write_text("")
    assert {damage.kind for damage in look(root).damages} == {Kind.MISSING}


@pytest.mark.parametrize("harm", ["remove", "truncate", "extend", "flip"])
def test_what_is_lost_is_fetched_again_or_else_made_again(root, far, harm):
    for shared in (far, None):
        store = FolderStore(root)
        (artifact,) = store.lookup(key_of("b")).artifacts()
        own = next(e for e in store.manifest(artifact) if e["path"] == "own")["digest"]
        store.close()
        path = root / "objects" / own[:2] / own
        path.chmod(0o644)
        if harm == "remove":
            path.unlink()
        elif harm == "flip":
            flip(path, 0)
        else:
            path.write_bytes(path.read_bytes() + b"!" if harm == "extend" else b"o")
        seen = look(root, shared, repair=True)
        assert seen.hurt == {key_of("b"), key_of("once")}
        whole = ["a", "b", "c", "once"] if shared is not None else ["a", "c"]
        assert found(root) == whole
        assert (root / "damaged").is_dir() is (harm != "remove")


def test_a_damaged_manifest_is_fetched_with_all_that_it_names(root, far, tmp_path):
    store = FolderStore(root)
    record = store.lookup(key_of("b"))
    (artifact,) = record.artifacts()
    for entry in store.manifest(artifact):
        store.object_path(entry["digest"]).unlink()
    store.close()
    flip(root / "objects" / artifact.hex[:2] / artifact.hex, 7)
    look(root, far, repair=True)
    store = FolderStore(root)
    assert content(store, store.lookup(key_of("b")), tmp_path / "copy") == "of b"
    store.close()


def test_strays_are_set_aside(root):
    folder = next(root.glob("objects/??"))
    (folder / "note.txt").write_text("mine")
    (root / "objects" / "zz").mkdir()
    (root / "objects" / "zz" / ("0" * 64)).write_text("misplaced")
    seen = look(root, repair=True)
    assert [damage.kind for damage in seen.damages] == [Kind.STRAY, Kind.STRAY]
    assert (root / "damaged" / "note.txt").read_text() == "mine"
    assert found(root) == ["a", "b", "c", "once"]


@pytest.mark.parametrize("harm", ["zeros", "header", "truncated", "gone"])
def test_an_index_that_is_lost_is_made_anew_from_the_ledger(root, harm):
    index = root / "index.sqlite"
    before = found(root)
    pins = FolderStore(root).index.pins()
    for rest in root.glob("index.sqlite-*"):
        rest.unlink()
    whole = index.read_bytes()
    if harm == "gone":
        index.unlink()
    elif harm == "header":
        index.write_bytes(b"x" * 100 + whole[100:])
    else:
        half = len(whole) // 2
        index.write_bytes(b"\0" * len(whole) if harm == "zeros" else whole[: half - half % 4096])
    if harm in ("header", "truncated"):
        with pytest.raises(StoreUnreachableError, match="mlp cache verify --repair"):
            found(root)
        rebuild(root)
        assert (root / "damaged" / "index.sqlite").exists()
    elif harm == "zeros":
        rebuild(root)
    assert found(root) == before
    store = FolderStore(root)
    assert store.index.pins() == pins
    assert examine(store).damages == ()
    store.close()


def test_no_index_is_made_anew_under_a_run(root):
    living = FolderStore(root)
    living.hold()
    with pytest.raises(StoreUnreachableError, match="a run is under way"):
        rebuild(root)
    living.close()


@pytest.mark.parametrize("instead", [None, os.mkdir, os.mkfifo])
def test_a_lost_ledger_is_written_anew_and_costs_nothing(root, instead):
    (root / "ledger").unlink()
    if instead is not None:
        instead(root / "ledger")
    seen = look(root, repair=True)
    lost = {Kind.ROW} if instead is None else {Kind.ROW, Kind.LEDGER}
    assert {damage.kind for damage in seen.damages} == lost
    assert found(root) == ["a", "b", "c", "once"]
    (root / "index.sqlite").unlink()
    assert found(root) == ["a", "b", "c", "once"]


def test_a_torn_last_line_was_never_written(root):
    path = root / "ledger"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:100])
    assert look(root).damages == ()
    store = FolderStore(root)
    publish(store, "d")
    store.close()
    lines = list(ledger.read(path))
    assert None not in lines
    assert path.read_bytes().startswith(whole)
    assert look(root).damages == ()


def test_a_disk_that_cannot_give_bytes_back_is_damage_not_a_fault(root, monkeypatch):
    bad = sorted(root.glob("objects/??/*"))[0]
    real = health.digest_file

    def digest(path):
        if path == bad:
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(health, "digest_file", digest)
    store = FolderStore(root)
    assert [(d.kind, d.what) for d in examine(store).damages] == [(Kind.CHANGED, bad.name)]
    store.close()
    assert os.path.exists(bad)
