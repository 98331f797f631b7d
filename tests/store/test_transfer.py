"""Push and pull: only what is missing moves, it arrives as it was, and can be gone on with."""

import os

import pytest
from store.results import content, key_of, publish

from millpond.runtime.folder import FolderStore
from millpond.runtime.health import examine
from millpond.runtime.opening import open_store
from millpond.runtime.remote import RemoteStore
from millpond.runtime.store import StoreUnreachableError
from millpond.runtime.survey import Survey
from millpond.runtime.transfer import Moved, pull, push

NAMES = range(40)


def quiet(moved):
    pass


@pytest.fixture(params=["file", "memory"])
def far(request, tmp_path):
    kinds = {"file": f"file://{tmp_path}/far", "memory": f"memory://{tmp_path.name}"}
    return RemoteStore(kinds[request.param])


@pytest.fixture
def near(tmp_path):
    store = FolderStore(tmp_path / "near")
    for name in NAMES:
        publish(store, name, tree=name % 2 == 0)
    yield store
    store.close()


def test_what_is_pushed_can_be_pulled_elsewhere(near, far, tmp_path):
    told = []
    sent = push(near, far, Survey(near).results(), told.append)
    assert (sent.results, sent.there, sent.lacking) == (40, 0, ())
    assert sent.objects == len(list(near.root.glob("objects/??/*")))
    assert told[-1] == sent
    assert push(near, far, Survey(near).results(), quiet) == Moved(there=40)
    other = FolderStore(tmp_path / "other")
    assert list(far.keys()) == sorted(map(key_of, NAMES))
    got = pull(other, far, far.keys(), quiet)
    assert (got.results, got.lacking) == (40, ())
    assert pull(other, far, far.keys(), quiet) == Moved(there=40)
    assert examine(other).damages == ()
    other.close()
    again = open_store(tmp_path / "other")
    for name in NAMES:
        assert content(again, again.lookup(key_of(name)), tmp_path / str(name)) == f"of {name}"
    again.close()


def test_a_push_that_was_cut_off_goes_on_where_it_was(near, far):
    class CutError(Exception):
        pass

    def cut(moved):
        if moved.results >= 10:
            raise CutError

    with pytest.raises(CutError):
        push(near, far, Survey(near).results(), cut)
    there = far.lookup_many(map(key_of, NAMES))
    assert len(there) >= 10
    before = {a for record in there.values() for a in record.artifacts()}
    assert all(far.has(artifact) for artifact in before), "no result is there without its objects"
    rest = push(near, far, Survey(near).results(), quiet)
    assert rest.there == len(there)
    assert rest.results + rest.there == 40


def test_a_damaged_object_is_not_sent_and_its_result_is_named(near, far):
    record = near.lookup(key_of(1))
    (artifact,) = record.artifacts()
    path = near.object_path(artifact.hex)
    path.chmod(0o644)
    path.write_text("0f 1")
    sent = push(near, far, Survey(near).results(), quiet)
    assert (sent.results, sent.lacking) == (39, (key_of(1),))
    assert far.lookup(key_of(1)) is None
    os.unlink(near.object_path(next(near.lookup(key_of(3)).artifacts()).hex))
    assert push(near, far, Survey(near).results(), quiet).lacking == (key_of(1),)


def test_what_is_damaged_on_the_way_does_not_arrive(near, tmp_path):
    far = RemoteStore(f"file://{tmp_path}/far")
    push(near, far, Survey(near).results(), quiet)
    artifact = next(near.lookup(key_of(1)).artifacts())
    path = tmp_path / "far" / "objects" / artifact.hex[:2] / artifact.hex
    path.write_text("0f 1")
    other = FolderStore(tmp_path / "other")
    got = pull(other, far, far.keys(), quiet)
    assert (got.results, got.lacking) == (39, (key_of(1),))
    assert examine(other).damages == ()
    assert other.lookup(key_of(1)) is None
    other.close()


def test_the_first_result_of_a_key_stands_in_the_shared_store(near, far, tmp_path):
    push(near, far, Survey(near).results(), quiet)
    other = FolderStore(tmp_path / "other")
    own = publish(other, 1, "other bytes")
    assert push(other, far, Survey(other).results(), quiet) == Moved(there=1)
    assert far.lookup(key_of(1)) == near.lookup(key_of(1)) != own
    other.close()


def test_keys_that_nobody_knows_move_nothing(near, far):
    assert pull(near, far, [key_of("unheard of")], quiet) == Moved()


def test_a_store_that_is_not_there_is_said(near, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnreachableError):
        push(near, RemoteStore(f"file://{tmp_path}/file"), Survey(near).results(), quiet)
