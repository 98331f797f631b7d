"""Push and pull through a bucket: moto's server on loopback."""

from pathlib import Path

from store.results import content, key_of, publish

from millpond.runtime.folder import FolderStore
from millpond.runtime.remote import RemoteStore
from millpond.runtime.survey import Survey
from millpond.runtime.transfer import Moved, pull, push


def quiet(moved: Moved) -> None:
    pass


def test_what_is_pushed_to_a_bucket_can_be_pulled(bucket: str, tmp_path: Path) -> None:
    near, far = FolderStore(tmp_path / "near"), RemoteStore(bucket)
    assert list(far.keys()) == []
    for name in range(12):
        publish(near, name, tree=name % 2 == 0)
    sent = push(near, far, Survey(near).results(), quiet)
    assert (sent.results, sent.lacking) == (12, ())
    assert push(near, far, Survey(near).results(), quiet) == Moved(there=12)
    near.close()
    other = FolderStore(tmp_path / "other")
    assert list(far.keys()) == sorted(map(key_of, range(12)))
    got = pull(other, far, far.keys(), quiet)
    assert (got.results, got.lacking) == (12, ())
    for name in range(12):
        record = other.lookup(key_of(name))
        assert record is not None
        assert content(other, record, tmp_path / str(name)) == f"of {name}"
    other.close()
