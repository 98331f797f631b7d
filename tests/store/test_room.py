"""What a collection decides over: the room that results share, what is wanted while it decides."""

import time

import pytest
from store.results import key_of, publish
from store.test_collect import DAY, found, gc, root

from millpond.runtime.folder import FolderStore
from millpond.runtime.outbox import FOLDER as UNSENT
from millpond.runtime.session import Claims

__all__ = ["root"]


def test_what_is_shared_gives_room_with_the_last_that_needs_it(tmp_path):
    store = FolderStore(tmp_path / "store")
    for number in range(3):
        publish(store, number, str(number) * 100, tree=True)
        store.index.touch([key_of(number)], time.time() - 100 * (4 - number))
        store.flush()
    files = {e["digest"]: e["size"] for tree in trees(store) for e in store.manifest(tree)}
    store.close()
    gc(store.root, keep=DAY, most=sum(files.values()) - 101)
    assert found(store.root, *range(3)) == [2]


def trees(store):
    return [a for number in range(3) for a in store.lookup(key_of(number)).artifacts()]


@pytest.mark.parametrize("how", ["is claimed", "is to be sent"])
def test_what_is_wanted_while_it_is_being_decided_stays(root, monkeypatch, how):
    real, other = Claims.decided, FolderStore(root)

    def decided(claims):
        monkeypatch.undo()
        if how == "is claimed":
            other.hold()
            assert other.lookup(key_of("b")) is not None
        else:
            (root / UNSENT).mkdir()
            (root / UNSENT / f"{key_of('b')}.{key_of('a result')}").touch()
        return real(claims)

    monkeypatch.setattr(Claims, "decided", decided)
    gc(root)
    assert found(root, "a", "b", "c") == ["b"]
    other.close()


def test_an_object_that_is_about_to_go_stays_for_a_result_that_has_just_come(root, monkeypatch):
    """Its publisher is gone again by then, and claims nothing any more."""
    real, times = Claims.decided, []

    def decided(claims):
        times.append(1)
        if len(times) == 2:  # the results are forgotten, and no object has gone yet
            other = FolderStore(root)
            publish(other, "new", "of a")
            other.close()
        return real(claims)

    monkeypatch.setattr(Claims, "decided", decided)
    gc(root)
    assert found(root, "a", "b", "c", "new") == ["new"]
