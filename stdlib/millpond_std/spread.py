"""Say of every row where it belongs, by the hash of its value in one column."""

# pyright: reportAttributeAccessIssue=false
# pyarrow makes most functions of `compute` when it is imported.

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from .canonical import number_of


def spread(
    rows: pa.Table, column: str, place: Callable[[int], float], type: pa.DataType, salt: str = ""
) -> pa.Array:
    """`place` of the number of each row's value, which never depends on other rows.

    Equal values are at one place, missing ones too. Raises `ValueError` for a column that is not
    there or holds no scalars.
    """
    has_column(rows, column)
    values = rows[column].combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_nested(values.type):
        raise ValueError(f"`{column}` holds {values.type}, which cannot say where a row belongs")
    distinct = values.unique()
    places = pa.array([place(number_of(value, salt)) for value in distinct.to_pylist()], type)
    return places.take(pc.index_in(values, value_set=distinct))


def has_column(rows: pa.Table, name: str) -> None:
    """Raise `ValueError` where there is no such column."""
    if name not in rows.column_names:
        raise ValueError(f"there is no column `{name}`; there are {', '.join(rows.column_names)}")
