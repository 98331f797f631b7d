"""What the model sees of a flight, as numbers of about the same size."""

import numpy as np
import pyarrow as pa

CARRIERS = ("AA", "B6", "DL", "UA")


def matrix(rows: pa.Table) -> np.ndarray:
    """Return a row per flight: delay at departure, distance, carriers, and a constant."""
    late = [0.0 if delay is None else delay for delay in rows["dep_delay"].to_pylist()]
    carriers = rows["carrier"].to_pylist()
    columns = [np.array(late) / 15, rows["distance"].to_numpy() / 1000 - 1]
    columns += [np.array([carrier == each for carrier in carriers]) for each in CARRIERS]
    return np.column_stack([*columns, np.ones(rows.num_rows)]).astype(float)
