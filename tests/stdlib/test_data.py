"""std.data: what is read, sampled and split is what was asked for, every time."""

from datetime import date, timedelta

import pyarrow as pa
import pytest

from millpond.stdlib.millpond_std.data import (
    conform,
    read,
    sample,
    split,
    split_by_key,
    split_by_time,
)


@pytest.fixture
def rows() -> pa.Table:
    """Two hundred rows over fifty days and eleven users."""
    first = date(2026, 1, 1)
    return pa.table(
        {
            "id": list(range(200)),
            "day": [first + timedelta(days=i // 4) for i in range(200)],
            "user": [f"u{i % 11}" for i in range(200)],
        }
    )


def ids(table: pa.Table) -> list[int]:
    return table["id"].to_pylist()


def test_read_keeps_the_columns_asked_for_in_their_order(rows: pa.Table) -> None:
    assert read(rows, ["user", "id"]).column_names == ["user", "id"]
    assert read(rows, []) == rows


def test_read_names_the_column_that_is_missing(rows: pa.Table) -> None:
    with pytest.raises(ValueError, match="no column `usr`; there are id, day, user"):
        read(rows, ["usr"])


def test_conform_changes_nothing(tmp_path) -> None:
    assert conform(tmp_path) == tmp_path


def test_a_sample_is_a_share_in_order(rows: pa.Table) -> None:
    taken = ids(sample(rows, 0.25, seed=1))
    assert len(taken) == 50
    assert taken == sorted(set(taken))
    assert taken != list(range(50))
    assert ids(sample(rows, 0.25, seed=1)) == taken
    assert ids(sample(rows, 0.25, seed=2)) != taken


def test_a_larger_sample_holds_the_smaller_one(rows: pa.Table) -> None:
    assert set(ids(sample(rows, 0.1, seed=3))) < set(ids(sample(rows, 0.3, seed=3)))


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (1.0, 200)])
def test_a_sample_can_be_nothing_or_all(rows: pa.Table, share: float, count: int) -> None:
    taken = sample(rows, share, seed=0)
    assert taken.num_rows == count
    assert taken.schema == rows.schema


def test_a_share_is_a_share(rows: pa.Table) -> None:
    with pytest.raises(ValueError, match="between 0% and 100%, it is 120%"):
        sample(rows, 1.2, seed=0)


def test_a_split_loses_nothing_and_doubles_nothing(rows: pa.Table) -> None:
    parts = split(rows, valid=0.1, test=0.2, seed=5)
    assert [len(part) for part in parts] == [140, 20, 40]
    assert sorted(ids(parts.train) + ids(parts.valid) + ids(parts.test)) == list(range(200))
    assert split(rows, valid=0.1, test=0.2, seed=5) == parts
    assert split(rows, valid=0.1, test=0.2, seed=6) != parts


@pytest.mark.parametrize(("valid", "test"), [(0.5, 0.5), (-0.1, 0.2), (0.0, 1.0)])
def test_a_split_leaves_something_to_learn_from(rows: pa.Table, valid: float, test: float) -> None:
    for parts in (
        lambda: split(rows, valid, test, seed=0),
        lambda: split_by_time(rows, "day", valid, test),
        lambda: split_by_key(rows, "user", valid, test, seed=0),
    ):
        with pytest.raises(ValueError, match="something to learn from"):
            parts()


def test_time_goes_from_train_over_valid_to_test(rows: pa.Table) -> None:
    mixed = rows.take(pa.array([(i * 7) % 200 for i in range(200)]))
    parts = split_by_time(mixed, "day", valid=0.1, test=0.2)
    days = [part["day"].to_pylist() for part in parts]
    assert [len(part) for part in days] == [140, 20, 40]
    assert max(days[0]) < min(days[1])
    assert max(days[1]) < min(days[2])
    order = ids(mixed)
    assert [order.index(i) for i in ids(parts.test)] == sorted(
        order.index(i) for i in ids(parts.test)
    )


def test_rows_of_one_moment_stay_together(rows: pa.Table) -> None:
    parts = split_by_time(rows, "day", valid=0.0, test=0.01)
    assert [len(part) for part in parts] == [196, 0, 4]


def test_a_row_without_a_time_is_in_no_part(rows: pa.Table) -> None:
    with pytest.raises(ValueError, match="without a `day` belong to no part: there are 1"):
        split_by_time(pa.table({"day": [date(2026, 1, 1), None]}), "day", 0.0, 0.5)
    with pytest.raises(ValueError, match="no column `date`"):
        split_by_time(rows, "date", 0.1, 0.2)


def test_too_few_moments_are_said() -> None:
    one = pa.table({"day": [date(2026, 1, 1)] * 10})
    with pytest.raises(ValueError, match="too few moments for a part `train`"):
        split_by_time(one, "day", 0.1, 0.2)


def test_a_key_is_in_one_part_whatever_else_there_is(rows: pa.Table) -> None:
    whole = split_by_key(rows, "user", valid=0.2, test=0.3, seed=1)
    users = [set(part["user"].to_pylist()) for part in whole]
    assert sum(map(len, users)) == 11
    assert sum(map(len, whole)) == 200
    half = split_by_key(rows.slice(0, 60), "user", valid=0.2, test=0.3, seed=1)
    assert [set(part["user"].to_pylist()) for part in half] == users


def test_the_shares_of_keys_come_out_roughly() -> None:
    many = pa.table({"key": list(range(10_000))})
    parts = split_by_key(many, "key", valid=0.1, test=0.2, seed=0)
    assert [round(len(part) / 10_000, 1) for part in parts] == [0.7, 0.1, 0.2]


def test_a_key_may_be_missing_or_a_category() -> None:
    text = pa.table({"key": ["a", None, "b", "a", None]})
    category = pa.table({"key": text["key"].dictionary_encode()})
    parts = [split_by_key(t, "key", valid=0.3, test=0.3, seed=2) for t in (text, category)]
    assert [p["key"].to_pylist() for p in parts[0]] == [p["key"].to_pylist() for p in parts[1]]
