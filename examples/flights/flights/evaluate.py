"""Judge a fitted model on flights that it has not seen, in figures and in two plots."""

from pathlib import Path
from typing import NamedTuple

import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.calibration import calibration_curve
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import recall_score, roc_auc_score

SEEN, SAID = "#b8d8e8", "#0b6e99"


class Score(NamedTuple):
    """The figures of one evaluation, and the plots as paths in the working folder."""

    metrics: dict[str, float]
    calibration: Path
    hours: Path


def evaluate(model: HistGradientBoostingClassifier, test: pd.DataFrame, alarm: float) -> Score:
    """Return AUC, recall at the risk `alarm`, and the plots of risk against what happened."""
    late = test["late"]
    risk = model.predict_proba(test[list(model.feature_names_in_)])[:, 1]
    metrics = {
        "auc": round(float(roc_auc_score(late, risk)), 4),
        "recall": round(float(recall_score(late, risk >= alarm)), 4),
    }
    with matplotlib.style.context("default"):
        return Score(
            metrics=metrics,
            calibration=plot_calibration(late, risk, Path("calibration.png")),
            hours=plot_hours(test["departure"] // 60, late, risk, Path("hours.png")),
        )


def plot_calibration(late: pd.Series, risk: np.ndarray, path: Path) -> Path:
    """Draw how often flights of each tenth of risk were late."""
    observed, predicted = calibration_curve(late, risk, n_bins=10, strategy="quantile")
    figure, axes = blank("risk the model gave", "share that came in late")
    end = 1.05 * max(observed.max(), predicted.max())
    axes.plot([0, end], [0, end], color="#9aa5b1", linestyle="--", label="perfect")
    axes.plot(predicted, observed, color=SAID, marker="o", label="model")
    axes.set(xlim=(0, end), ylim=(0, end))
    return save(figure, axes, path)


def plot_hours(hour: pd.Series, late: pd.Series, risk: np.ndarray, path: Path) -> Path:
    """Draw the late share of every scheduled hour beside the risk that the model gave."""
    rows = pd.DataFrame({"late": late.astype("float64"), "risk": risk})
    hours = rows.groupby(hour).mean()
    figure, axes = blank("scheduled hour of departure", "share that came in late")
    axes.bar(hours.index, hours["late"], color=SEEN, label="happened")
    axes.plot(hours.index, hours["risk"], color=SAID, marker="o", linestyle="", label="expected")
    axes.set(xticks=list(hours.index))
    return save(figure, axes, path)


def blank(xlabel: str, ylabel: str) -> tuple[Figure, Axes]:
    """Return an empty figure that belongs to no window and no global state."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot(xlabel=xlabel, ylabel=ylabel)
    return figure, axes


def save(figure: Figure, axes: Axes, path: Path) -> Path:
    """Write the figure as PNG; the bytes depend on nothing but what was drawn."""
    axes.legend(loc="upper left", frameon=False)
    axes.grid(alpha=0.25)
    # matplotlib would write its own version into the file.
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})
    return path
