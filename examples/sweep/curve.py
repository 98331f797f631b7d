"""The step bodies of sweep.mlp: polynomials fitted by ridge regression."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa


class Parts(NamedTuple):
    """Rows to fit on, to choose by, and to report on."""

    train: pa.Table
    valid: pa.Table
    test: pa.Table


def split(points: pa.Table) -> Parts:
    """Deal the rows out: three of five to train, one each to valid and test."""
    place = np.arange(points.num_rows) % 5
    return Parts(*(points.filter(pa.array(mask)) for mask in (place < 3, place == 3, place == 4)))


def fit(train: pa.Table, degree: int, penalty: float) -> dict[str, list[float]]:
    """Return the coefficients that least squares with a penalty on their size gives."""
    if degree < 1:
        raise ValueError("a curve has at least degree 1")
    x = powers(train, degree)
    y = train["y"].to_numpy()
    weights = np.linalg.solve(x.T @ x + penalty * np.eye(degree + 1), x.T @ y)
    return {"coefficients": [round(float(weight), 9) for weight in weights]}


def score(model: dict[str, list[float]], rows: pa.Table) -> float:
    """Return the root of the mean squared error."""
    coefficients = np.array(model["coefficients"])
    residual = powers(rows, len(coefficients) - 1) @ coefficients - rows["y"].to_numpy()
    return round(float(np.sqrt(np.mean(residual**2))), 9)


def powers(rows: pa.Table, degree: int) -> np.ndarray:
    """Return a column for each power of x."""
    return np.vander(rows["x"].to_numpy(), degree + 1, increasing=True)
