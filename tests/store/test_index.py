"""The index of a folder store: what it says holds when it says so."""

from store.results import key_of

from millpond.runtime.index import Index
from millpond.runtime.record import Record, output_entry


def number(name, value):
    return Record(key_of(name), {"out": output_entry("Int", value)}, {"scheme": 1}, [], {})


def test_the_index_speaks_of_no_result_before_its_objects_are_durable(tmp_path):
    published, committed = number("published", 1), number("committed", 1)
    old, new = number("swapped", 1), number("swapped", 2)
    brought = []

    def bring(records):
        brought.extend(record.id for record in records)
        other = Index(tmp_path / "index.sqlite", lambda records: None)
        assert not any(other.record(record.id) for record in records)
        other.close()

    index = Index(tmp_path / "index.sqlite", bring)
    index.publish(published, published.key, replace=False)
    index.add(committed)
    index.flush()
    index.publish(old, old.key, replace=False)
    index.swap(old.key, old, new)
    assert brought == [record.id for record in (published, committed, old, new)]
    index.close()


def test_what_stands_in_the_place_of_another_does_so_in_an_index_made_anew(tmp_path):
    path, key = tmp_path / "index.sqlite", key_of("replaced")
    index = Index(path, lambda records: None)
    index.publish(number("replaced", 1), key, replace=False)
    index.publish(number("replaced", 2), key, replace=True)
    index.publish(number("replaced", 3), key, replace=False)
    index.close()
    path.unlink()
    index = Index(path, lambda records: None)
    assert index.find([key])[key].record == number("replaced", 2)
    index.close()
