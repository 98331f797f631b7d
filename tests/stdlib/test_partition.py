"""The buckets of `partition by hash`: sha256 of the canonical value, modulo their number."""

import hashlib
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from millpond.runtime.texts import show
from millpond.stdlib.millpond_std.canonical import text_of
from millpond.stdlib.millpond_std.partition import by_hash

VALUES = [
    "",
    "ü 7",
    0,
    -12,
    2**60,
    True,
    False,
    0.1,
    1e300,
    date(2026, 11, 22),
    datetime(2026, 11, 22, 6, 30, tzinfo=UTC),
    datetime(2026, 11, 22, 6, 30, 1, 5, tzinfo=UTC),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_the_text_of_a_value_is_the_one_the_language_shows(value: object) -> None:
    assert text_of(value) == show(value)


def test_equal_numbers_have_one_text() -> None:
    assert text_of(-0.0) == text_of(0.0) == "0.0"


def test_a_time_without_a_zone_is_utc() -> None:
    assert text_of(datetime(2026, 11, 22, 6, 30)) == "2026-11-22T06:30:00Z"  # noqa: DTZ001


def test_what_is_no_scalar_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"`x` holds list<.*>, which cannot say where a row belongs"
    ):
        by_hash(pa.table({"x": [[1], [2]]}), "x", 2)
    with pytest.raises(TypeError, match="a bytes cannot say where its row belongs"):
        by_hash(pa.table({"x": [b"1"]}), "x", 2)


def test_every_row_is_in_the_bucket_of_its_value() -> None:
    users = [f"user-{i % 37}" for i in range(500)]
    rows = pa.table({"user": users, "n": list(range(500))})
    shards = by_hash(rows, "user", 8)
    assert len(shards) == 8
    for index, shard in enumerate(shards):
        assert shard.schema == rows.schema
        expected = [
            n
            for n, user in enumerate(users)
            if int(hashlib.sha256(user.encode()).hexdigest(), 16) % 8 == index
        ]
        assert shard["n"].to_pylist() == expected


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, None, 3, 1],
        [True, False, None, True, True],
        [date(2026, 1, 1), None, date(2026, 1, 2), date(2026, 1, 1), None],
        [0.5, None, 1.5, 0.5, 2.5],
    ],
    ids=["Int?", "Bool?", "Date?", "Float?"],
)
def test_missing_values_are_a_value_too(values: list[object]) -> None:
    shards = by_hash(pa.table({"x": values, "n": list(range(5))}), "x", 3)
    found = {n: index for index, shard in enumerate(shards) for n in shard["n"].to_pylist()}
    text = ["none" if v is None else show(v) for v in values]
    assert [found[n] for n in range(5)] == [
        int(hashlib.sha256(t.encode()).hexdigest(), 16) % 3 for t in text
    ]


def test_a_category_is_spread_as_its_text() -> None:
    text = pa.chunked_array([["a", "b"], ["c", "a"]])
    plain = by_hash(pa.table({"x": text}), "x", 4)
    category = by_hash(pa.table({"x": text.dictionary_encode()}), "x", 4)
    assert [t["x"].to_pylist() for t in plain] == [t["x"].to_pylist() for t in category]


def test_one_bucket_is_the_whole_and_an_empty_table_has_empty_buckets() -> None:
    rows = pa.table({"x": ["a", "b"]})
    assert by_hash(rows, "x", 1) == [rows]
    assert [len(shard) for shard in by_hash(rows.slice(0, 0), "x", 3)] == [0, 0, 0]


def test_what_cannot_be_is_said() -> None:
    rows = pa.table({"x": ["a"]})
    with pytest.raises(ValueError, match="no column `y`; there are x"):
        by_hash(rows, "y", 2)
    with pytest.raises(ValueError, match="at least 1, it is 0"):
        by_hash(rows, "x", 0)
