"""A vector for every user: how often each kind of item was clicked."""

from pathlib import Path

import numpy as np
import pyarrow as pa

KINDS = 3


def main(rows: pa.Table, bucket: int) -> Path:
    """Write the users' shares of clicks by kind, and the bucket they are of."""
    shown: dict[str, np.ndarray] = {}
    clicked: dict[str, np.ndarray] = {}
    for row in rows.to_pylist():
        user, kind = row["user_id"], row["kind"]
        shown.setdefault(user, np.zeros(KINDS))[kind] += 1
        clicked.setdefault(user, np.zeros(KINDS))[kind] += row["clicked"]
    users = sorted(shown)
    vectors = Path("vectors")
    vectors.mkdir()
    shares = [(clicked[user] + 1) / (shown[user] + 3) for user in users]
    np.save(vectors / "shares.npy", np.array(shares).reshape(-1, KINDS))
    (vectors / "users.txt").write_text("".join(f"{bucket} {user}\n" for user in users))
    return vectors
