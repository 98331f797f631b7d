"""Take a part of the rows."""

import pyarrow as pa


def take(rows: pa.Table, share: float) -> pa.Table:
    """Return the first rows, as many as the share says."""
    return rows.slice(0, round(rows.num_rows * share))
