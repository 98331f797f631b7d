"""Garbage collection: what is needed stays, whatever starts meanwhile; what went is a miss."""

import os
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest
from store.results import REPOSITORY, key_of, made, publish

from millpond.runtime import leases
from millpond.runtime.collect import BusyError, Rules, alone, collect
from millpond.runtime.environments import held, used
from millpond.runtime.folder import FolderStore
from millpond.runtime.health import examine
from millpond.runtime.index import Index
from millpond.runtime.leftovers import clear, leftovers
from millpond.runtime.outbox import FOLDER as UNSENT
from millpond.runtime.record import Record
from millpond.runtime.session import Claims
from millpond.runtime.source import fingerprint
from millpond.runtime.store import StoreUnreachableError

DAY = 86_400.0


def gc(root, keep=0.0, now=None, **rules):
    """One collection, as the command makes it."""
    store = FolderStore(root)
    try:
        with alone(root):
            return collect(store, Rules(keep, **rules), time.time() + 1 if now is None else now)
    finally:
        store.close()


def objects(root):
    return {path.name for path in root.glob("objects/??/*")}


@pytest.fixture
def root(tmp_path):
    """Three results, two of them folders that share a file."""
    store = FolderStore(tmp_path / "store")
    for name, tree in (("a", False), ("b", True), ("c", True)):
        publish(store, name, tree=tree)
    store.close()
    return store.root


def found(root, *names):
    store = FolderStore(root)
    there = store.lookup_many(map(key_of, names))
    store.close()
    return [name for name in names if key_of(name) in there]


def test_what_was_used_within_the_time_to_keep_stays(root):
    before = objects(root)
    done = gc(root, keep=DAY)
    assert done.gone == ()
    assert objects(root) == before
    assert gc(root, keep=DAY, now=time.time() + 2 * DAY).kept == 0
    assert objects(root) == set()
    assert found(root, "a", "b", "c") == []


def test_a_dry_run_says_what_a_real_one_does_and_does_nothing(root):
    store = FolderStore(root)
    rules, now = Rules(0.0), time.time() + 1
    with alone(root):
        foreseen = collect(store, rules, now, dry_run=True)
        assert found(root, "a", "b", "c") == ["a", "b", "c"]
        done = collect(store, rules, now)
    store.close()
    assert (done.objects, done.bytes) == (foreseen.objects, foreseen.bytes) != (0, 0)
    assert {kept.key for kept in done.gone} == {kept.key for kept in foreseen.gone}


def test_an_object_that_is_shared_stays_with_the_last_that_needs_it(root):
    store = FolderStore(root)
    store.index.pin([store.lookup(key_of("b")).id], "a paper")
    store.close()
    assert gc(root).kept == 1
    assert found(root, "a", "b", "c") == ["b"]
    store = FolderStore(root)
    assert examine(store).damages == ()
    assert len(objects(root)) == 3
    store.index.unpin([store.lookup(key_of("b")).id])
    store.close()
    assert gc(root).kept == 0


def test_leased_and_registered_results_stay(root):
    store = FolderStore(root)
    assert leases.acquire(store.index, key_of("a"), "elsewhere/1/1")
    model = store.lookup(key_of("b")).outputs["x"]["digest"].partition(":")[2]
    store.close()
    gc(root, models={model})
    assert found(root, "a", "b", "c") == ["a", "b"]


def test_what_the_shared_store_does_not_have_yet_stays(root):
    (root / UNSENT).mkdir()
    note = root / UNSENT / f"{key_of('b')}.{key_of('a result')}"
    note.touch()
    gc(root)
    assert found(root, "a", "b", "c") == ["b"]
    note.unlink()
    assert gc(root).kept == 0


def test_beyond_the_size_the_longest_unused_goes_first(tmp_path):
    store = FolderStore(tmp_path / "store")
    for number in range(4):
        publish(store, number, str(number) * 100)
        store.index.touch([key_of(number)], time.time() - 100 * (4 - number))
        store.flush()
    store.close()
    gc(store.root, keep=DAY, most=250)
    assert found(store.root, *range(4)) == [2, 3]


def test_what_a_live_session_found_or_put_stays_and_goes_with_it(root):
    store = FolderStore(root)
    store.hold()
    assert store.lookup(key_of("b")) is not None
    fresh = made(store, "fresh", "not yet published")
    gc(root)
    assert store.lookup(key_of("b")) is not None
    assert store.lookup(key_of("a")) is None
    store.publish(fresh)
    assert store.lookup(fresh.key) == fresh
    store.close()
    assert gc(root).kept == 0


def test_who_only_looks_keeps_nothing(root):
    store = FolderStore(root)
    assert store.lookup(key_of("b")) is not None
    assert gc(root).kept == 0
    assert store.lookup(key_of("b")) is None
    store.close()


def test_use_is_noted_by_who_relies_on_it_and_seldom(root):
    store = FolderStore(root)

    def used():
        return store.index.find([key_of("a")])[key_of("a")].used

    long_ago = time.time() - 10 * DAY
    store.index.touch([key_of("a")], long_ago)
    store.flush()
    store.lookup(key_of("a"))
    store.flush()
    assert used() == long_ago
    store.hold()
    store.lookup_many([key_of("a")])
    store.flush()
    assert used() > time.time() - 60
    now = used()
    store.lookup(key_of("a"))
    store.flush()
    assert used() == now, "within the hour nothing is written"
    store.index.touch([key_of("a")], time.time() + 10 * DAY)
    store.flush()
    store.lookup(key_of("a"))
    store.flush()
    assert used() < time.time() + 60, "a moment that has not come yet is no use"
    store.close()


def test_the_index_forgets_before_an_object_goes(root, monkeypatch):
    """A kill between any two removals leaves results that are whole, or are not there."""
    real = Path.unlink
    left = []

    def unlink(path, missing_ok=False):
        if path.parent.parent.name == "objects":
            watcher = FolderStore(root)
            assert watcher.lookup_many(map(key_of, "abc")) == {}
            watcher.close()
            left.append(path)
            if len(left) == 2:
                raise KeyboardInterrupt
        real(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink)
    with pytest.raises(KeyboardInterrupt):
        gc(root)
    monkeypatch.undo()
    store = FolderStore(root)
    assert examine(store).damages == ()
    store.close()
    gc(root)
    assert objects(root) == set()


def test_two_collections_do_not_meet(root):
    with alone(root), pytest.raises(BusyError, match="another `mlp cache`"), alone(root):
        pass


def test_the_ledger_shrinks_with_the_index(root):
    before = (root / "ledger").stat().st_size
    gc(root)
    assert 0 < (root / "ledger").stat().st_size < before / 4


def test_records_stay_for_those_who_explain(root):
    store = FolderStore(root)
    record = store.lookup(key_of("a"))
    store.close()
    gc(root, explained={record.id})
    store = FolderStore(root)
    assert store.record(record.id) == record
    assert store.lookup(key_of("a")) is None
    store.close()


def test_a_source_goes_with_its_note(tmp_path):
    (tmp_path / "data").write_text("far away")
    store = FolderStore(tmp_path / "store")
    remote = fingerprint(f"file://{tmp_path}/dat?")
    store.bring(remote)
    gc(store.root, keep=DAY)
    assert len(objects(store.root)) == 2
    store.close()
    old = time.time() - 3 * DAY
    os.utime(store.root / "sources" / remote.hex, (old, old))
    gc(store.root, keep=DAY)
    assert objects(store.root) == set()


LEAVER = """
    import os, signal, sys
    from pathlib import Path
    from millpond.runtime.folder import FolderStore
    store = FolderStore(Path(sys.argv[1]))
    (store.scratch() / "deep").mkdir()
    (store.root / "tmp").mkdir(exist_ok=True)
    (store.root / "tmp" / f"{store.hold().name}.1.1").write_text("half")
    os.chmod(store.root / "scratch", 0o755)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_dead_sessions_left_goes_and_what_living_ones_have_stays(tmp_path):
    root = tmp_path / "store"
    words = [sys.executable, "-c", dedent(LEAVER), str(root)]
    subprocess.run(words, cwd=REPOSITORY, check=False)
    living = FolderStore(root)
    own = living.scratch()
    (root / "tmp" / "nobody").write_text("of unknown origin")
    claims = Claims(root)
    cleared = leftovers(root, claims, DAY, time.time())
    assert sorted(each.what for each in cleared) == ["scratch", "tmp"]
    assert all(clear(each, DAY, time.time()) for each in cleared)
    claims.close()
    assert os.listdir(root / "scratch") == [own.name]
    assert os.listdir(root / "tmp") == ["nobody"]
    other = FolderStore(root)
    other.hold()
    assert len(os.listdir(root / "sessions")) == 3
    other.close()
    assert os.listdir(root / "sessions") == [living.hold().name]
    living.close()
    assert os.listdir(root / "sessions") == []


def test_whoever_ends_clears_away_what_the_dead_have_left(tmp_path):
    root = tmp_path / "store"
    words = [sys.executable, "-c", dedent(LEAVER), str(root)]
    subprocess.run(words, cwd=REPOSITORY, check=False)
    living, ending = FolderStore(root), FolderStore(root)
    own = living.scratch()
    ending.scratch()
    os.chmod(next(path / "deep" for path in (root / "scratch").iterdir() if any(path.iterdir())), 0)
    ending.close()
    assert os.listdir(root / "scratch") == [own.name]
    assert os.listdir(root / "tmp") == []
    living.close()
    assert os.listdir(root / "scratch") == []


def test_the_index_shrinks_with_what_it_holds(tmp_path):
    root = tmp_path / "store"
    store = FolderStore(root)
    one = made(store, "one")
    for name in range(1500):
        store.commit(Record(key_of(name), one.outputs, one.parts, one.inputs, {"name": name}))
    store.close()
    before = (root / "index.sqlite").stat().st_size
    watcher = FolderStore(root)
    assert watcher.lookup(key_of(1)) is not None
    gc(root, keep=0)
    assert (root / "index.sqlite").stat().st_size < before / 4
    assert watcher.lookup(key_of(1)) is None
    watcher.close()
    store = FolderStore(root)
    assert examine(store).damages == ()
    store.close()


def test_code_goes_once_nobody_has_used_it_for_long_and_nobody_works(tmp_path):
    root = tmp_path / "store"
    old = time.time() - 3 * DAY
    for name in ("old", "fresh", "half-old"):
        (root / "code" / name).mkdir(parents=True)
    os.utime(root / "code" / "old", (old, old))
    os.utime(root / "code" / "half-old", (old, old))
    living = FolderStore(root)
    living.hold()
    claims = Claims(root)
    assert leftovers(root, claims, 2 * DAY, time.time()) == []
    claims.close()
    living.close()
    claims = Claims(root)
    found = leftovers(root, claims, 2 * DAY, time.time())
    claims.close()
    assert sorted(each.path.name for each in found) == ["half-old", "old"]


def test_environments_go_once_they_are_unused_and_not_when_they_are_taken_up_again(tmp_path):
    root = tmp_path / "store"
    old = time.time() - 3 * DAY
    for name in ("old", "fresh"):
        (root / "environments" / name / "bin").mkdir(parents=True)
        (root / "environments" / name / "made.json").write_text("{}")
    os.utime(root / "environments" / "old" / "made.json", (old, old))
    claims = Claims(root)
    (found,) = leftovers(root, claims, DAY, time.time())
    claims.close()
    assert found.path.name == "old"
    with held(found.path):
        assert not clear(found, DAY, time.time()), "somebody is in it"
    used(found.path)
    assert not clear(found, DAY, time.time()), "somebody was in it meanwhile"
    assert (found.path / "made.json").exists()
    os.utime(found.path / "made.json", (old, old))
    assert clear(found, DAY, time.time())
    assert not found.path.exists()
    assert (root / "environments" / "fresh").is_dir()


RUNNER = """
    import random, sys, time
    from pathlib import Path
    sys.path.insert(0, "tests")
    from store.results import content, key_of, made
    from millpond.runtime.folder import FolderStore
    root, seed, until = Path(sys.argv[1]), int(sys.argv[2]), time.time() + float(sys.argv[3])
    dice = random.Random(seed)
    rounds = hits = 0
    while time.time() < until:
        store = FolderStore(root)
        store.hold()
        desk = store.scratch()
        for _ in range(dice.randrange(1, 6)):
            name = dice.randrange(12)
            record = store.lookup(key_of(name))
            hits += record is not None
            if record is None:
                made_now = made(store, name, tree=name % 2 == 0)
                time.sleep(dice.random() * 0.01)
                if dice.random() < 0.5:
                    record = store.publish(made_now)
                else:
                    store.commit(made_now)
                    record = store.lookup(key_of(name))
            time.sleep(dice.random() * 0.01)
            place = desk / str(rounds)
            assert content(store, record, place) == f"of {name}"
            rounds += 1
        store.close()
    print(rounds, hits)
"""


def test_runs_and_collections_in_a_loop_never_miss_what_they_rely_on(tmp_path):
    """Everything may go at any time but for what sessions claim; every find must hold."""
    root, seconds = tmp_path / "store", float(os.environ.get("MILLPOND_LOOP_SECONDS", "4"))
    runners = [
        subprocess.Popen(
            [sys.executable, "-c", dedent(RUNNER), str(root), str(seed), str(seconds)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(3)
    ]
    swept = collections = 0
    while any(runner.poll() is None for runner in runners):
        done = gc(root, now=time.time() + DAY)
        swept, collections = swept + done.objects, collections + 1
    said = [runner.communicate() for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0, 0], said
    rounds = sum(int(out.split()[0]) for out, _ in said)
    hits = sum(int(out.split()[1]) for out, _ in said)
    assert rounds > 30
    assert hits > 0
    assert swept > 10
    assert collections > 5
    store = FolderStore(root)
    assert examine(store).damages == ()
    store.close()


def test_a_collector_does_not_wait_for_ever(tmp_path, monkeypatch):
    monkeypatch.setattr("millpond.runtime.session._PATIENCE", 0.05)
    store = FolderStore(tmp_path)
    claims = Claims(tmp_path)
    with (
        store.hold().claiming("key", ["k"]),
        pytest.raises(StoreUnreachableError, match="has held the store's lock"),
        claims.decided(),
    ):
        pass
    claims.close()
    store.close()


def test_who_pins_says_why(tmp_path):
    index = Index(tmp_path / "index.sqlite", lambda records: None)
    index.pin(["one"], "run 2026\nfor the paper")
    assert index.pins() == {"one": "run 2026\nfor the paper"}
    index.unpin(["one"])
    assert index.pins() == {}
    index.close()
