"""Fit the model that says how likely a flight is to come in late."""

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

NAMES = ["carrier", "origin", "dest"]
NUMBERS = [
    "departure", "distance",
    "temperature", "humidity", "wind", "rain", "visibility", "pressure",
]  # fmt: skip


def fit(train: pd.DataFrame, learning_rate: float, rounds: int) -> HistGradientBoostingClassifier:
    """Return boosted trees over what is known at the scheduled departure.

    The day is not among the features: a model that has seen eleven months would learn their
    calendar by heart, and that says nothing about the twelfth.
    """
    model = HistGradientBoostingClassifier(
        learning_rate=learning_rate,
        max_iter=rounds,
        categorical_features=NAMES,
        early_stopping=False,
        random_state=0,
    )
    # One thread adds in one order and is what the model remembers: equal bytes on any machine.
    with threadpool_limits(limits=1):
        return model.fit(train[[*NAMES, *NUMBERS]], train["late"])
