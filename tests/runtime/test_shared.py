"""A shared store that is slow, away, damaged, or asked by many at once."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import fsspec
import pytest
from store.results import content, key_of, made

from millpond.runtime import outbox, tiered
from millpond.runtime.artifact import Artifact
from millpond.runtime.blobs import FileBlobs, open_blobs
from millpond.runtime.folder import FolderStore
from millpond.runtime.outbox import FOLDER
from millpond.runtime.record import Record, output_entry
from millpond.runtime.remote import RemoteStore
from millpond.runtime.store import MissingObjectError, StoreRefusedError, StoreUnreachableError
from millpond.runtime.tiered import TieredStore


class Weather:
    """What every call of a space of names goes through: `seconds` on the way, or nobody there."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.seconds = 0.0
        self.away = False
        self.calls = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call = getattr(self.inner, name)

        def made_to_wait(*words: Any) -> Any:
            self.calls += 1
            time.sleep(self.seconds)
            if self.away:
                raise StoreUnreachableError("nobody answers")
            return call(*words)

        return made_to_wait


def shared(place: Path) -> tuple[RemoteStore, Weather]:
    store = RemoteStore(f"file://{place}")
    weather = Weather(FileBlobs(place))
    store._blobs = weather  # type: ignore[assignment]
    return store, weather


@pytest.fixture
def far(tmp_path: Path) -> tuple[RemoteStore, Weather]:
    return shared(tmp_path / "shared")


@pytest.fixture
def store(tmp_path: Path, far: tuple[RemoteStore, Weather]) -> Iterator[TieredStore]:
    opened = TieredStore(FolderStore(tmp_path / "near"), far[0])
    yield opened
    opened.close()


def notes(root: Path) -> list[str]:
    """The keys of what waits to be sent."""
    names = os.listdir(root / FOLDER) if (root / FOLDER).exists() else []
    return sorted(name.partition(".")[0] for name in names)


def test_a_thousand_look_ups_wait_together(far: tuple[RemoteStore, Weather]) -> None:
    remote, weather = far
    keys = [key_of(n) for n in range(1000)]
    for key in keys[:40]:
        remote.publish(Record(key, {"n": output_entry("Int", 1)}, {}, [], {}))
    weather.seconds, weather.calls = 0.02, 0
    began = time.monotonic()
    found = remote.lookup_many(keys)
    took = time.monotonic() - began
    assert found.keys() == set(keys[:40])
    assert took < weather.calls * weather.seconds / 4


def test_a_slow_store_holds_nobody_up(store: TieredStore, far: tuple[RemoteStore, Weather]) -> None:
    far[1].seconds = 0.2
    records = [made(store.near, name) for name in range(4)]
    began = time.monotonic()
    for record in records:
        store.commit(record)
    assert time.monotonic() - began < 0.2
    assert store.settle() is None
    far[1].seconds = 0.0
    assert far[0].lookup_many(r.key for r in records).keys() == {r.key for r in records}
    assert notes(store.near.root) == []


def test_what_an_outage_keeps_back_is_sent_by_the_next_run(
    tmp_path: Path, far: tuple[RemoteStore, Weather]
) -> None:
    remote, weather = far
    store = TieredStore(FolderStore(tmp_path / "near"), remote)
    first, second = made(store.near, "first"), made(store.near, "second", tree=True)
    store.commit(first)
    assert store.settle() is None
    weather.away = True
    store.commit(second)
    assert store.lookup(key_of("never")) is None, "who cannot ask computes"
    note = store.settle()
    assert note is not None
    assert "nobody answers" in note
    assert "1 result is kept here" in note
    assert store.lookup(second.key) == second
    store.close()
    assert notes(tmp_path / "near") == [second.key]
    weather.away = False
    assert remote.lookup(second.key) is None
    later = TieredStore(FolderStore(tmp_path / "near"), remote)
    later.take_up()
    assert later.settle() is None
    later.close()
    assert remote.lookup(second.key) == second
    assert notes(tmp_path / "near") == []


def test_an_outage_that_ends_within_a_run_keeps_nothing_back(
    store: TieredStore, far: tuple[RemoteStore, Weather], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "_PAUSE", 0.1)
    monkeypatch.setattr(tiered, "_PAUSE", 0.1)
    far[1].away = True
    lost = made(store.near, "lost")
    store.commit(lost)
    store.outbox.settle()
    assert notes(store.near.root) == [lost.key]
    far[1].away = False
    time.sleep(0.15)
    store.commit(made(store.near, "after"))
    store.settle()
    assert notes(store.near.root) == []
    assert far[0].lookup(lost.key) == lost


def test_while_it_is_away_it_is_asked_once(
    store: TieredStore, far: tuple[RemoteStore, Weather]
) -> None:
    far[1].away, far[1].calls = True, 0
    for name in range(50):
        assert store.lookup(key_of(name)) is None
    assert far[1].calls == 1


def test_a_store_that_refuses_is_told_of_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "shared").write_text("a file where the folder should be")
    store = TieredStore(FolderStore(tmp_path / "near"), RemoteStore(f"file://{tmp_path}/shared"))
    with pytest.raises(StoreRefusedError):
        store.lookup_many(())
    store.close()


def test_a_half_note_of_a_killed_run_is_harmless(
    store: TieredStore, far: tuple[RemoteStore, Weather]
) -> None:
    kept = made(store.near, "kept")
    store.near.publish(kept)
    folder = store.near.root / FOLDER
    folder.mkdir()
    old = time.time() - 7200
    gone = folder / f"{key_of('gone')}.{key_of('no record')}"
    gone.touch()
    os.utime(gone, (old, old))
    (folder / f"{kept.key}.{kept.id}").write_text("")
    store.take_up()
    assert store.settle() is None
    assert notes(store.near.root) == []
    assert far[0].lookup(kept.key) == kept


def test_what_is_sent_late_does_not_undo_what_has_replaced_it(
    store: TieredStore, far: tuple[RemoteStore, Weather]
) -> None:
    first, late, new = (made(store.near, "x", text) for text in ("1", "2", "3"))
    for artifact in first.artifacts():
        far[0].put_file(store.near.object_path(artifact.hex))
    far[0].publish(first)
    store.near.publish(late)
    reached, released = threading.Event(), threading.Event()
    publish = far[0].publish

    def slow(record: Record, **how: Any) -> Record:
        standing = publish(record, **how)
        if record == late:
            reached.set()
            released.wait(60)
        return standing

    far[0].publish = slow  # type: ignore[method-assign]
    store.outbox.send(store.outbox.note(late, over=False))
    assert reached.wait(60)
    assert store.publish(new, replace=True) == new
    released.set()
    assert store.settle() is None
    assert store.lookup(new.key) == new
    assert far[0].lookup(new.key) == new
    assert notes(store.near.root) == []


@pytest.mark.parametrize("harm", ["../../etc/passwd", "", "\0", "0" * 64, "é"])
def test_a_damaged_key_is_a_miss_that_is_mended(tmp_path: Path, harm: str) -> None:
    remote = RemoteStore(f"file://{tmp_path}/shared")
    near = FolderStore(tmp_path / "near")
    record = _sent(near, remote, "x")
    (tmp_path / "shared" / "keys" / record.key[:2] / record.key).write_text(harm)
    assert remote.lookup(record.key) is None
    remote.publish(record)
    assert remote.lookup(record.key) == record
    near.close()


def _sent(near: FolderStore, remote: RemoteStore, name: str, *, tree: bool = False) -> Record:
    record = made(near, name, tree=tree)
    near.publish(record)
    for artifact in record.artifacts():
        for entry in near.manifest(artifact) if tree else ():
            remote.put_file(near.object_path(entry["digest"]))
        remote.put_file(near.object_path(artifact.hex))
    return remote.publish(record)


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize("what", ["records", "objects"])
def test_damage_at_rest_is_a_miss_is_made_again_and_replaced(
    tmp_path: Path, what: str, tree: bool
) -> None:
    """A bit flips in the shared store: the length stays, so only who reads it can tell."""
    remote = RemoteStore(f"file://{tmp_path}/shared")
    anna, berta = FolderStore(tmp_path / "anna"), FolderStore(tmp_path / "berta")
    record = _sent(anna, remote, "x", tree=tree)
    (artifact,) = record.artifacts()
    for file in sorted((tmp_path / "shared" / what).rglob("*")):
        if file.is_file():
            file.chmod(0o644)
            file.write_bytes(bytes([file.read_bytes()[0] ^ 1]) + file.read_bytes()[1:])
    store = TieredStore(berta, remote)
    if store.lookup(record.key) is not None:
        with pytest.raises(MissingObjectError):
            store.bring(artifact)
    assert store.lookup(record.key) is None
    again = made(berta, "x", tree=tree)
    store.commit(again)
    assert store.settle() is None
    store.close()
    carla = TieredStore(FolderStore(tmp_path / "carla"), remote)
    found = carla.lookup(record.key)
    assert found is not None
    assert content(carla, found, tmp_path / "copy") == "of x"  # type: ignore[arg-type]
    carla.close()
    anna.close()


def test_a_file_system_without_hard_links_still_has_a_first_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    blobs = FileBlobs(tmp_path)
    assert blobs.create("keys/k", b"one")
    assert not blobs.create("keys/k", b"two")
    assert blobs.read("keys/k") == b"one"


@pytest.mark.parametrize("kind", ["file", "s3"])
def test_of_many_writers_one_is_first(kind: str, bucket: str, tmp_path: Path) -> None:
    url = bucket if kind == "s3" else f"file://{tmp_path}/shared"
    together = threading.Barrier(8)

    def write(number: int) -> bool:
        blobs = open_blobs(url)
        together.wait()
        return blobs.create("keys/k", str(number).encode())

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(write, range(8)))
    assert won.count(True) == 1
    assert open_blobs(url).read("keys/k") == str(won.index(True)).encode()


@pytest.fixture
def anew(bucket: str) -> Iterator[None]:
    """File systems are made anew, by what the variables say now."""
    kind = fsspec.get_filesystem_class("s3")
    kind.clear_instance_cache()
    yield
    kind.clear_instance_cache()


@pytest.mark.usefixtures("anew")
def test_without_credentials_the_way_out_is_said(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    store = TieredStore(FolderStore(tmp_path / "near"), RemoteStore(bucket))
    with pytest.raises(StoreRefusedError, match=r"no credentials for s3://pond.*AWS_PROFILE"):
        store.lookup_many(())
    store.close()


@pytest.mark.usefixtures("anew")
def test_a_port_where_nobody_listens_is_an_outage_within_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", "http://127.0.0.1:9")
    store = TieredStore(FolderStore(tmp_path / "near"), RemoteStore("s3://pond/away"))
    record = made(store.near, "x")
    began = time.monotonic()
    assert store.lookup(record.key) is None
    store.commit(record)
    note = store.settle()
    assert time.monotonic() - began < 20
    assert note is not None
    assert "s3://pond/away does not answer" in note
    assert notes(store.near.root) == [record.key]
    store.close()


def test_a_bucket_that_is_not_there_keeps_results_back_and_says_so(
    bucket: str, tmp_path: Path
) -> None:
    store = TieredStore(FolderStore(tmp_path / "near"), RemoteStore("s3://nobody/here"))
    store.commit(made(store.near, "x"))
    note = store.settle()
    assert note is not None
    assert "there is no s3://nobody/here" in note
    store.close()


def test_what_was_killed_before_its_key_was_written_is_not_there(
    bucket: str, endpoint: str, tmp_path: Path
) -> None:
    remote = RemoteStore(bucket)
    near = FolderStore(tmp_path / "near")
    record = made(near, "x")
    (artifact,) = record.artifacts()
    remote.put_file(near.object_path(artifact.hex))
    assert remote.lookup(record.key) is None
    # Half an object, as a store without whole writes may leave it.
    client = boto3.client("s3", endpoint_url=endpoint)
    name = f"{bucket.removeprefix('s3://pond/')}/objects/{artifact.hex[:2]}/{artifact.hex}"
    remote.publish(record)
    client.put_object(Bucket="pond", Key=name, Body=b"o")
    assert remote.lookup(record.key) is None
    remote.put_file(near.object_path(artifact.hex))
    assert remote.lookup(record.key) == record
    assert json.loads(record.content)["key"] == record.key
    assert remote.has(Artifact(artifact.digest, artifact.size, "x"))
    near.close()


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "../outside"},
        {"path": "/tmp/outside"},
        {"path": "inner/../../outside"},
        {"path": "in\0side"},
        {"path": ""},
        {"digest": "../../../outside"},
        {"digest": 7},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["near", "file"])
def test_a_folder_that_says_to_lie_elsewhere_is_none(
    tmp_path: Path, kind: str, entry: dict[str, Any]
) -> None:
    """Whoever may write to a shared store may write a manifest whose digest is right."""
    remote, near = RemoteStore(f"file://{tmp_path}/shared"), FolderStore(tmp_path / "near")
    (tmp_path / "x").write_text("x")
    hex, size = remote.put_file(tmp_path / "x")
    near.put_file(tmp_path / "x")
    said = {"path": "x", "digest": hex, "size": size, "executable": False} | entry
    manifest = json.dumps([said]).encode()
    artifact = Artifact(f"tree:{remote.put_bytes(manifest)}", size, "folder")
    near.put_bytes(manifest)
    store = near if kind == "near" else remote
    assert not store.has(artifact)
    with pytest.raises(MissingObjectError):
        store.materialize(artifact, tmp_path / "folder")
    assert not (tmp_path / "outside").exists()
    near.close()


def test_a_record_that_names_no_object_is_a_miss(tmp_path: Path) -> None:
    remote = RemoteStore(f"file://{tmp_path}/shared")
    (tmp_path / "secret").write_text("secret")
    for hex in ("../../secret", "", "x"):
        artifact = Artifact(f"file:{hex}", 6, "x")
        remote.publish(Record(key_of(hex), {"x": output_entry("File", artifact)}, {}, [], {}))
        assert remote.lookup(key_of(hex)) is None
        with pytest.raises(MissingObjectError):
            remote.materialize(artifact, tmp_path / "copy")
    assert (tmp_path / "secret").exists()
    assert Artifact("file:x", 1, "x./../../../outside").suffix == ""


@pytest.mark.parametrize(
    "mark",
    [b'{"format": 2, "scheme": 1}', b'{"format": 1, "scheme": 2}', b"[]", b"{", b'{"format": "1"}'],
)
def test_a_store_of_a_newer_version_is_refused_and_left_alone(
    far: tuple[RemoteStore, Weather], store: TieredStore, tmp_path: Path, mark: bytes
) -> None:
    record = made(store.near, "a")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "format.json").write_bytes(mark)
    for ask in (
        lambda: store.lookup_many(()),
        lambda: store.lookup(record.key),
        lambda: far[0].lookup_many([record.key]),
        lambda: far[0].publish(record),
    ):
        with pytest.raises(StoreRefusedError, match="made by a newer Millpond"):
            ask()
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["format.json"]


def test_a_store_says_of_which_format_it_is_once_there_is_something_in_it(
    far: tuple[RemoteStore, Weather], store: TieredStore, tmp_path: Path
) -> None:
    store.lookup_many(())
    assert not (tmp_path / "shared").exists()
    store.publish(made(store.near, "a"))
    store.settle()
    mark = tmp_path / "shared" / "format.json"
    assert json.loads(mark.read_bytes()) == {"format": 1, "scheme": 1}
    mark.unlink()  # as in stores of before
    assert shared(tmp_path / "shared")[0].lookup(key_of("a")) is not None
