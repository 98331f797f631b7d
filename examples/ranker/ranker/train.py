"""Groups of users that like the same kinds: k-means, which needs few epochs here."""

from pathlib import Path

import numpy as np

GROUPS = 3


def main(vectors: list[Path], epochs: int) -> dict[str, object]:
    """Return the centre of each group, and how close users lie to theirs."""
    users = np.concatenate([np.load(folder / "shares.npy") for folder in vectors])
    centres = np.eye(GROUPS)
    for _ in range(epochs):
        nearest = np.linalg.norm(users[:, None] - centres, axis=2).argmin(axis=1)
        centres = np.array([users[nearest == group].mean(axis=0) for group in range(GROUPS)])
    distance = np.linalg.norm(users[:, None] - centres, axis=2).min(axis=1)
    return {
        "model": {"centres": centres.round(6).tolist()},
        "metrics": {"distance": round(float(distance.mean()), 6), "users": float(len(users))},
    }
