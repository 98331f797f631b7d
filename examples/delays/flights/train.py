"""Logistic regression by gradient descent."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from .inputs import matrix


def fit(train: pa.Table, rounds: int, learning_rate: float, out_model: Path) -> None:
    """Write the weights, of which the last is the constant."""
    inputs = matrix(train)
    delayed = np.array(train["delayed"].to_pylist(), dtype=float)
    weights = np.zeros(inputs.shape[1])
    for _ in range(rounds):
        risk = 1 / (1 + np.exp(-inputs @ weights))
        weights += learning_rate * inputs.T @ (delayed - risk) / len(delayed)
    with open(out_model, "wb") as file:
        np.save(file, weights.round(9))
