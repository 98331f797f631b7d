"""The step bodies of shards.mlp: visits of users, told apart by their pauses."""

from typing import NamedTuple

import pyarrow as pa


class Shard(NamedTuple):
    """One row per visit, and how many users were here."""

    visits: pa.Table
    users: int


def visits(events: pa.Table, pause: int) -> Shard:
    """Return a visit for every stretch of a user's events without a longer pause, in minutes."""
    last: dict[str, int] = {}
    found: list[dict[str, object]] = []
    number: dict[str, int] = {}
    for event in events.to_pylist():
        user, minute = event["user"], event["minute"]
        if user not in last or minute - last[user] > pause:
            number[user] = len(found)
            found.append({"user": user, "start": minute, "pages": 0})
        found[number[user]]["pages"] += 1
        last[user] = minute
    kinds = [("user", pa.string()), ("start", pa.int64()), ("pages", pa.int64())]
    return Shard(pa.Table.from_pylist(found, schema=pa.schema(kinds)), len(last))


def join(parts: list[pa.Table]) -> pa.Table:
    """Return all visits, the earliest first."""
    return pa.concat_tables(parts).sort_by([("start", "ascending"), ("user", "ascending")])


def total(numbers: list[int]) -> int:
    """Return the sum."""
    return sum(numbers)
