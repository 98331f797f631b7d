"""The step bodies of champion.mlp: a decision tree, and how well it ranks."""

import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

INPUTS = ["income", "debt", "age"]


def fit(rows: pd.DataFrame, depth: int) -> DecisionTreeClassifier:
    """Learn from the first two thirds of the loans."""
    known = rows.head(len(rows) * 2 // 3)
    tree = DecisionTreeClassifier(max_depth=depth, random_state=0)
    return tree.fit(known[INPUTS], known["paid"])


def evaluate(model: DecisionTreeClassifier, rows: pd.DataFrame) -> dict[str, float]:
    """Judge the model on the last third."""
    unseen = rows.tail(len(rows) - len(rows) * 2 // 3)
    risk = model.predict_proba(unseen[INPUTS])[:, 1]
    return {"auc": round(float(roc_auc_score(unseen["paid"], risk)), 6)}
