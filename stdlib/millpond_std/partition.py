"""Spread the rows of a table over buckets, by one of its columns."""

# pyright: reportAttributeAccessIssue=false
# pyarrow makes most functions of `compute` when it is imported.

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from .spread import spread


def by_hash(rows: pa.Table, column: str, buckets: int) -> list[pa.Table]:
    """The table as `buckets` tables, some maybe empty; rows keep their order.

    A row belongs to bucket sha256(text of its value in `column`) modulo `buckets`.
    """
    if buckets < 1:
        raise ValueError(f"`buckets` must be at least 1, it is {buckets}")
    bucket = spread(rows, column, lambda number: number % buckets, pa.int64())
    return [rows.filter(pc.equal(bucket, index)) for index in range(buckets)]
