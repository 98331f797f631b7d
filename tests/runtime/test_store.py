"""Stores: results appear whole, the first wins, what is gone or damaged is a miss."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from millpond.runtime import leases
from millpond.runtime.artifact import Artifact
from millpond.runtime.database import file_system
from millpond.runtime.folder import FolderStore
from millpond.runtime.health import examine
from millpond.runtime.opening import open_store
from millpond.runtime.record import Record, UnknownOutputError, output_entry
from millpond.runtime.remote import RemoteStore
from millpond.runtime.store import MissingObjectError, StoreUnreachableError, changed
from millpond.runtime.tiered import TieredStore

REPOSITORY = Path(__file__).parents[2]


def record_of(key, *, seconds=0.0, **outputs):
    entries = {name: output_entry(type, value) for name, (type, value) in outputs.items()}
    return Record(key, entries, {"scheme": 1}, [("x", "none")], {"seconds": seconds})


@pytest.fixture(params=["folder", "file", "memory", "tiered"])
def store(request, tmp_path):
    if request.param == "folder":
        opened = open_store(tmp_path / ".millpond")
    elif request.param == "file":
        opened = open_store(f"file://{tmp_path}/shared")
    elif request.param == "memory":
        opened = open_store(f"memory://{tmp_path.name}")
    else:
        opened = open_store(tmp_path / ".millpond", behind=f"file://{tmp_path}/shared")
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "made"
    (made / "sub").mkdir(parents=True)
    (made / "a.txt").write_text("a" * 50_000)
    (made / "sub" / "run.sh").write_text("run")
    (made / "sub" / "run.sh").chmod(0o755)
    return made


def test_open_store_knows_the_kinds(tmp_path):
    assert isinstance(open_store(tmp_path), FolderStore)
    assert isinstance(open_store(f"file://{tmp_path}"), RemoteStore)
    assert isinstance(open_store(tmp_path, behind=f"file://{tmp_path}/r"), TieredStore)
    with pytest.raises(StoreUnreachableError, match="no file system"):
        open_store("nosuchthing://x/y")
    with pytest.raises(StoreUnreachableError, match="names a host"):
        open_store("file://host/x")


def test_what_is_put_and_published_comes_back(store, folder, tmp_path):
    tree = store.put(folder, "parts")
    file = store.put(folder / "a.txt", "a.txt")
    assert store.has(tree)
    assert store.has(file)
    record = record_of("k" * 64, parts=("Dir", tree), text=("File", file), n=("Int", 3))
    assert store.lookup(record.key) is None
    assert store.publish(record).id == record.id
    found = store.lookup(record.key)
    assert found is not None
    assert found == record
    assert found.content == record.content
    assert store.record(record.id) == record
    assert store.lookup_many([record.key, "other"]) == {record.key: record}
    for share in (False, True):
        target = tmp_path / f"copy{share}"
        guards = store.materialize(tree, target, share=share)
        assert (target / "a.txt").read_text() == "a" * 50_000
        assert os.access(target / "sub" / "run.sh", os.X_OK)
        assert bool((target / "a.txt").stat().st_mode & 0o200) is not share
        assert changed(guards) == []


def test_the_first_result_of_a_key_stands(store):
    first, second = (record_of("k", n=("Int", n)) for n in (1, 2))
    assert store.publish(first) == first
    assert store.publish(second) == first
    assert store.lookup("k") == first
    assert store.record(second.id) in (second, None)
    assert store.publish(second, replace=True) == second
    assert store.lookup("k") == second


def test_a_result_may_answer_to_another_key_or_to_none(store):
    record = record_of("k", n=("Int", 1))
    store.publish(record, answer="")
    assert store.lookup("k") is None
    assert store.record(record.id) == record
    store.publish(record, answer="once")
    assert store.lookup("once") == record


def test_results_age(store):
    store.publish(record_of("k", n=("Int", 1)))
    if isinstance(store, TieredStore):
        store.settle()
    time.sleep(0.02)
    assert store.lookup("k", max_age=60) is not None
    assert store.lookup("k", max_age=0.01) is None


def made_ago(seconds, n=1):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - seconds))
    return replace(record_of("k", n=("Int", n)), provenance={"made": moment})


def test_a_result_that_came_late_is_as_old_as_its_making(store):
    """It was sent after an outage, or brought here by somebody."""
    store.publish(made_ago(7200))
    assert store.lookup("k", max_age=3600) is None
    assert store.lookup("k", max_age=3 * 3600) is not None
    store.publish(made_ago(0, n=2), replace=True)
    assert store.lookup("k", max_age=3600) is not None
    # Within whole seconds nothing is older than it is.
    assert store.lookup("k", max_age=1) is not None


def test_a_result_of_a_time_to_come_may_be_of_any_age(store):
    """A clock was set back since."""
    store.publish(made_ago(-3600))
    assert store.lookup("k", max_age=60) is None
    assert store.lookup("k") is not None


def test_what_another_machine_made_does_not_grow_young_here(tmp_path):
    remote = f"file://{tmp_path}/shared"
    anna = open_store(tmp_path / "anna", behind=remote)
    source = tmp_path / "x.txt"
    source.write_text("content")
    old = record_of("k", x=("File", anna.put(source, "x.txt")))
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 7200))
    anna.publish(replace(old, provenance={"made": moment}))
    anna.close()
    berta = open_store(tmp_path / "berta", behind=remote)
    berta.materialize(berta.lookup("k").value("x", "File"), tmp_path / "copy")
    berta.close()
    near = FolderStore(tmp_path / "berta")
    assert near.lookup("k") is not None
    assert near.lookup("k", max_age=3600) is None
    near.close()


@pytest.mark.parametrize("said", [None, "", "yesterday", 3])
def test_a_result_that_does_not_say_when_is_as_old_as_its_place_here(tmp_path, said):
    store = FolderStore(tmp_path)
    store.publish(replace(record_of("k", n=("Int", 1)), provenance={"made": said}))
    assert store.lookup("k", max_age=60) is not None
    store.close()


def test_what_is_not_there_is_said(store, tmp_path):
    gone = Artifact("file:" + "0" * 64, 3, "x")
    assert not store.has(gone)
    assert not store.has(Artifact("tree:" + "0" * 64, 3, "x"))
    with pytest.raises(MissingObjectError):
        store.materialize(gone, tmp_path / "x")
    assert store.record("0" * 64) is None


@pytest.mark.parametrize("kind", ["folder", "file"])
@pytest.mark.parametrize("harm", ["remove", "truncate"])
def test_a_lost_or_truncated_object_is_a_miss_that_a_new_result_mends(tmp_path, kind, harm):
    root = tmp_path / "store"
    store = open_store(root if kind == "folder" else f"file://{root}")
    source = tmp_path / "x.txt"
    source.write_text("content")
    record = record_of("k", x=("File", store.put(source, "x.txt")))
    store.publish(record)
    path = next(root.glob("objects/??/*"))
    path.chmod(0o644)
    if harm == "remove":
        path.unlink()
    else:
        path.write_text("con")
    assert store.lookup("k") is None
    source.write_text("other")
    again = record_of("k", x=("File", store.put(source, "x.txt")))
    assert store.publish(again) == again
    assert store.lookup("k") == again


def test_a_flipped_bit_is_found_by_verify_and_on_the_way_from_a_remote_store(tmp_path):
    source = tmp_path / "x.txt"
    source.write_text("content")
    near = FolderStore(tmp_path / "near")
    far = RemoteStore(f"file://{tmp_path}/far")
    near.put(source, "x")
    artifact = far.put(source, "x")
    for root in ("near", "far"):
        path = next((tmp_path / root).glob("objects/??/*"))
        path.chmod(0o644)
        path.write_text("c0ntent")
    assert [damage.what for damage in examine(near).damages] == [artifact.hex]
    with pytest.raises(MissingObjectError):
        far.materialize(artifact, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_an_object_changed_through_its_link_is_moved_aside(tmp_path):
    store = FolderStore(tmp_path / "store")
    source = tmp_path / "x.bin"
    source.write_bytes(b"x" * 100_000)
    artifact = store.put(source, "x.bin")
    guards = store.materialize(artifact, tmp_path / "lent", share=True)
    if not guards:
        # this file system shares blocks: what the body got was its own from the start
        (tmp_path / "lent").chmod(0o644)
        (tmp_path / "lent").write_bytes(b"y" * 100_000)
        assert store.has(artifact)
        return
    (tmp_path / "lent").chmod(0o644)
    (tmp_path / "lent").write_bytes(b"y" * 100_000)
    assert changed(guards) == [store.object_path(artifact.hex)]
    assert not store.has(artifact)


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("content", [b"", b"y" * 10, b"y" * 100_000], ids=len)
def test_what_one_body_has_written_to_is_not_lent_to_the_next(tmp_path, content, share):
    store = FolderStore(tmp_path / "store")
    source = tmp_path / "x.bin"
    source.write_bytes(b"x" * 100_000)
    artifact = store.put(source, "x.bin")
    object = store.object_path(artifact.hex)
    object.chmod(0o644)
    object.write_bytes(content)
    with pytest.raises(MissingObjectError):
        store.materialize(artifact, tmp_path / "lent", share=share)
    assert not object.exists()


def test_a_copy_made_while_the_object_is_written_to_is_not_given(tmp_path, monkeypatch):
    store = FolderStore(tmp_path / "store")
    source = tmp_path / "x.bin"
    source.write_bytes(b"x" * 1000)
    artifact = store.put(source, "x.bin")
    object = store.object_path(artifact.hex)
    copyfile = shutil.copyfile

    def late(source, target):
        object.chmod(0o644)
        object.write_bytes(b"y" * 10)
        return copyfile(source, target)

    monkeypatch.setattr(shutil, "copyfile", late)
    store.objects._clones = False
    with pytest.raises(MissingObjectError):
        store.materialize(artifact, tmp_path / "lent")
    assert not object.exists()


def test_group_commit_is_seen_at_once_and_durable_soon(tmp_path):
    store = FolderStore(tmp_path)
    records = [record_of(f"k{n}", n=("Int", n)) for n in range(50)]
    for record in records:
        store.commit(record)
    assert store.lookup("k7") == records[7]
    assert store.record(records[3].id) == records[3]
    other = FolderStore(tmp_path)
    deadline = time.monotonic() + 5
    while len(other.lookup_many(r.key for r in records)) < 50:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    store.close()
    other.close()


def test_write_back_and_read_through(tmp_path):
    source = tmp_path / "x.txt"
    source.write_text("content")
    remote = f"file://{tmp_path}/shared"
    anna = open_store(tmp_path / "anna", behind=remote)
    berta = open_store(tmp_path / "berta", behind=remote)
    record = record_of("k", x=("File", anna.put(source, "x.txt")))
    anna.publish(record)
    assert anna.settle() is None
    found = berta.lookup("k")
    assert found == record
    artifact = found.value("x", "File")
    berta.materialize(artifact, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "content"
    assert berta.near.has(artifact)
    rival = record_of("k", x=("File", berta.put(source, "x.txt")), seconds=1.0)
    berta.publish(rival)
    assert berta.settle() is None
    assert berta.lookup("k") == record, "the first result stands, here too"
    assert berta.near.lookup("k") == record


def test_bindings_reach_into_records():
    record = record_of("k", m=(["Metrics", None], {"auc": 0.7}), none=(["optional", "Json"], None))
    assert record.json("m.auc") == 0.7
    assert record.value("m.auc", "Float") == 0.7
    assert record.json("none.x") is None
    for name in ("x", "m.f1", "m.auc.x"):
        with pytest.raises(UnknownOutputError):
            record.json(name)


def test_records_survive_their_bytes_and_nothing_else_does():
    record = record_of("k", n=("Int", 1))
    assert Record.from_bytes(record.content).id == record.id
    for content in (b"[]", b"{", b"{}", b'{"runtime":1}', b'{"runtime":2}'):
        with pytest.raises(ValueError, match=r".*"):
            Record.from_bytes(content)


def test_write_ahead_logging_where_the_file_system_has_it(tmp_path):
    assert file_system(Path("/proc")) == "proc"
    store = FolderStore(tmp_path)
    assert store.index.journal in ("wal", "delete")
    store.close()


def test_leases(tmp_path):
    index = FolderStore(tmp_path).index
    me = leases.owner()
    assert leases.acquire(index, "k", me)
    assert leases.acquire(index, "k", me)
    host, pid, started = me.rsplit("/", 2)
    parent = f"{host}/{os.getppid()}/"
    dead = f"{host}/{pid}/{int(started) - 1}"
    away = "elsewhere/1/1"
    assert not leases.acquire(index, "k", f"{host}/1/1")
    leases.release(index, ["k"], parent)
    assert leases.holder(index, "k")[0] == me
    leases.release(index, ["k"], me)
    assert leases.acquire(index, "k", dead)
    assert leases.acquire(index, "k", me), "a dead local owner is taken over at once"
    leases.release(index, ["k"], me)
    assert leases.acquire(index, "k", away)
    assert not leases.acquire(index, "k", me), "an owner on another machine has a heartbeat"
    with index.transaction() as connection:
        connection.execute("update leases set beat = beat - 60")
    assert leases.acquire(index, "k", me)


def start(code, *words):
    return subprocess.Popen(
        [sys.executable, "-c", dedent(code), *map(str, words)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


RACE = """
    import sys, time
    from millpond.runtime.record import Record, output_entry
    from millpond.runtime.opening import open_store
    store = open_store(sys.argv[1])
    print("ready", flush=True)
    while time.time() < float(sys.argv[3]):
        pass
    for n in range(30):
        entry = output_entry("Int", int(sys.argv[2]))
        record = Record(f"k{n}", {"n": entry}, {}, [], {})
        print(store.publish(record).id)
    store.close()
"""


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_racing_publishers_get_the_same_record(tmp_path, kind):
    url = tmp_path / "store" if kind == "folder" else f"file://{tmp_path}/store"
    go = time.time() + 0.7
    racers = [start(RACE, url, n, go) for n in range(2)]
    first, second = (racer.communicate(timeout=60)[0].split() for racer in racers)
    assert [racer.returncode for racer in racers] == [0, 0]
    assert len(first) == 31
    assert first == second


LOOP = """
    import json, sys
    from pathlib import Path
    from millpond.runtime.record import Record, output_entry
    from millpond.runtime.folder import FolderStore
    store = FolderStore(Path(sys.argv[1]))
    n = int(sys.argv[2])
    while True:
        scratch = store.scratch()
        (scratch / "x.txt").write_text(f"{n}" * 3000)
        artifact = store.put(scratch / "x.txt", "x.txt", consume=True)
        store.commit(Record(f"k{n}", {"x": output_entry("File", artifact)}, {}, [], {}))
        n += 1
        print(n, flush=True)
"""


def test_a_kill_at_any_moment_leaves_the_store_sound(tmp_path):
    number = 0
    for turn in range(20):
        process = start(LOOP, tmp_path, number)
        process.stdout.readline()
        time.sleep(0.01 * (turn % 7) + 0.13 * (turn % 3))
        process.send_signal(signal.SIGKILL)
        rest = process.communicate(timeout=30)[0].split()
        number = int(rest[-1]) if rest else number + 1
        store = FolderStore(tmp_path)
        assert examine(store).damages == ()
        found = list(store.index.records())
        assert all(store.is_whole(record) for record in found)
        assert store.lookup_many(r.key for r in found).keys() == {r.key for r in found}
        store.close()
    assert number > 20


def test_records_are_json_for_everybody(tmp_path):
    store = RemoteStore(f"file://{tmp_path}")
    record = record_of("k", n=("Int", 1))
    store.publish(record)
    data = json.loads((tmp_path / "records" / f"{record.id}.json").read_text())
    assert data["outputs"]["n"] == {
        "value": 1,
        "type": "Int",
        "digest": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
    }
    assert set(data) == {"runtime", "scheme", "key", "outputs", "parts", "inputs", "provenance"}
