"""What the examples should come to, worked out from their data in another way than they do it.

One function per example: the folder goes in, the outputs come out. Artifacts are told by what their
files hold: rows of tables as dicts, text as text.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

Outputs = dict[str, Any]


def hello(folder: Path) -> Outputs:
    return {"message": "Hello, world.", "words": 2}


def sweep(folder: Path) -> Outputs:
    points = pd.read_csv(folder / "points.csv")
    part = np.arange(len(points)) % 5
    train, valid, test = points[part < 3], points[part == 3], points[part == 4]

    def error(degree: int, penalty: float, rows: pd.DataFrame) -> float:
        # Ridge as plain least squares over rows that pull each weight to zero.
        x = np.vstack([np.vander(train["x"], degree + 1), np.sqrt(penalty) * np.eye(degree + 1)])
        y = np.concatenate([train["y"], np.zeros(degree + 1)])
        weights = np.linalg.lstsq(x, y, rcond=None)[0]
        return float(np.sqrt(((np.polyval(weights, rows["x"]) - rows["y"]) ** 2).mean()))

    ways = [(degree, penalty) for degree in (1, 2, 3, 4) for penalty in (0.0, 0.1, 1.0)]
    errors = [error(*way, valid) for way in ways]
    degree, penalty = ways[int(np.argmin(errors))]
    return {
        "degree": degree,
        "penalty": penalty,
        "error": error(degree, penalty, test),
        "errors": errors,
    }


def crossval(folder: Path) -> Outputs:
    rows = pd.read_csv(folder / "iris.csv")
    shapes, kinds = rows.drop(columns="kind").to_numpy(), rows["kind"].to_numpy()
    fold = np.arange(len(rows)) % 3
    found = []
    for neighbours, power in ((1, 2), (5, 2), (15, 1)):
        distances = (np.abs(shapes[:, None] - shapes[None]) ** power).sum(axis=2)
        shares = []
        for held_out in range(3):
            known = np.flatnonzero(fold != held_out)
            right = [
                Counter(
                    kinds[known[np.argsort(distances[i, known], kind="stable")[:neighbours]]]
                ).most_common(1)[0][0]
                == kinds[i]
                for i in np.flatnonzero(fold == held_out)
            ]
            shares.append(np.mean(right))
        found.append((neighbours, float(np.mean(shares)), float(min(shares))))
    best = max(found, key=lambda each: each[1])
    return {
        "neighbours": best[0],
        "accuracy": round(best[1], 3),
        "worst_fold": round(best[2], 3),
        "tried": 3,
    }


def ensemble(folder: Path) -> Outputs:
    rows = pd.read_csv(folder / "wines.csv")
    test, train = rows[rows.index % 3 == 0], rows[rows.index % 3 != 0]

    def guesses(columns: list[str]) -> list[str]:
        scale = train[columns].std(ddof=0)
        means = (train[columns] / scale).groupby(train["grower"]).mean()
        far = [((test[columns] / scale - means.loc[g]) ** 2).sum(axis=1) for g in means.index]
        return list(means.index[np.argmin(far, axis=0)])

    members = [
        guesses(columns)
        for columns in (["alcohol", "ash", "phenols"], ["colour", "hue"], ["flavanoids", "proline"])
    ]
    together = [Counter(each).most_common(1)[0][0] for each in zip(*members, strict=True)]
    return {
        "accuracy": float((test["grower"] == together).mean()),
        "best_alone": max(float((test["grower"] == member).mean()) for member in members),
    }


def quality(folder: Path) -> Outputs:
    orders = pd.read_csv(folder / "orders.csv").drop_duplicates()
    orders = orders[(orders["units"] > 0) & orders["email"].str.contains("@", na=False)]
    total = (orders["units"] * orders["price"]).sum()
    return {
        "orders": len(orders),
        "revenue": round(total, 2),
        "basket": round(total / len(orders), 2),
    }


def weblog(folder: Path) -> Outputs:
    line = re.compile(r'.*"GET (\S+) HTTP/1.1" (\d+) (\d+)$')
    lines = (folder / "access.log").read_text().splitlines()
    requests = [line.match(text).groups() for text in lines]

    def ranked(pages: list[str]) -> list[tuple[str, int]]:
        return sorted(Counter(pages).items(), key=lambda each: (-each[1], each[0]))

    def counts(pages: list[str]) -> str:
        return "".join(f"{count:7} {page}\n" for page, count in ranked(pages))

    return {
        "slow_share": round(sum(int(took) > 100 for *_, took in requests) / len(requests), 3),
        "errors": {
            f"{status}.txt": counts([page for page, code, _ in requests if code == status])
            for status in ("404", "500")
        },
        "report": f"{len(requests)} requests\n" + counts([page for page, *_ in requests]),
    }


def orders(folder: Path) -> Outputs:
    bookings = pd.read_csv(folder / "bookings.csv")
    paid = bookings[bookings["amount"] > 0].groupby("shop")["amount"].sum().round(2)
    paid = paid.sort_values(ascending=False)
    return {
        "best_shop": paid.index[0],
        "amount": round(paid.sum(), 2),
        "totals": [{"shop": shop, "amount": amount} for shop, amount in paid.items()],
    }


def refunds(folder: Path) -> Outputs:
    bookings = pd.read_csv(folder / "bookings.csv")
    amount = bookings["amount"]
    back = bookings[amount < 0].groupby("shop")["amount"].sum()
    return {
        "share": round(-back.sum() / amount[amount > 0].sum(), 4),
        "worst_shop": back.idxmin(),
    }


def holdout(folder: Path) -> Outputs:
    counts = pd.read_csv(folder / "counts.csv", parse_dates=["day"])
    test = counts[counts["day"] >= counts["day"].iloc[-len(counts) // 4]]
    train = counts[~counts.index.isin(test.index)]
    weekday = train.groupby("weekday")["bicycles"].mean()

    def error(guess: Any) -> float:
        return float(((guess - test["bicycles"]).abs() / test["bicycles"]).mean())

    return {
        "learned_until": str(train["day"].max().date()),
        "judged_from": str(test["day"].min().date()),
        "weekday": error(test["weekday"].map(weekday)),
        "day": error(train["bicycles"].mean()),
    }


def backfill(folder: Path, first: str = "2026-02-01", to: str = "2026-02-14") -> Outputs:
    readings = pd.read_csv(folder / "readings.csv").pivot(
        index="day", columns="meter", values="kwh"
    )
    used = readings.loc[first:to].diff().fillna(0.0)
    months = used.groupby(used.index.str[:7]).sum() * 0.32
    return {
        "kwh": list(used.sum(axis=1)),
        "smooth": used.sum(axis=1).tail(7).mean(),
        "bills": [
            {"key": key, "value": {meter: round(euro, 2) for meter, euro in row.items()}}
            for key, row in months.to_dict("index").items()
        ],
    }


def stores(folder: Path) -> Outputs:
    sales = pd.read_csv(folder / "sales.csv", parse_dates=["day"])
    sales = sales[sales["day"] >= sales["day"].max() - pd.Timedelta(days=27)]
    means = sales.groupby(["store", sales["day"].dt.day_of_week])["units"].mean().unstack()
    stores = ["berlin", "oslo", "rome"]
    return {
        "forecasts": [{"key": store, "value": list(means.loc[store])} for store in stores],
        "busiest": round(means.loc[stores].sum().max()),
    }


def shards(folder: Path) -> Outputs:
    events = pd.read_csv(folder / "events.csv")
    begins = ~(events.groupby("user")["minute"].diff() <= 30)
    events["visit"] = begins.groupby(events["user"]).cumsum()
    visits = events.groupby(["user", "visit"]).agg(start=("minute", "min"), pages=("page", "size"))
    visits = visits.reset_index().sort_values(["start", "user"])
    return {
        "users": events["user"].nunique(),
        "visits": visits[["user", "start", "pages"]].to_dict("records"),
    }


def freshness(folder: Path) -> Outputs:
    rows = pd.concat(pd.read_csv(file) for file in (folder / "inbox/today").iterdir())
    assert len(rows) == 4
    return {
        "text": f"{rows['degrees'].mean():.2f} degrees",
        "warning": f"frost: {rows['degrees'].min()} degrees",
    }


def environments(folder: Path) -> Outputs:
    return {"before": 1 + 2 + 3 + 3, "now": 0 + 2 + 2 + 3, "rules": "up, then to even"}


def demand(folder: Path) -> Outputs:
    sales = pd.read_csv(folder / "sales.csv")
    first, last = date(2025, 1, 1), date(2025, 2, 9)
    units = sales.pivot(index="day", columns=["store", "sku"], values="units").sort_index()
    units = units.loc[str(first) : str(last)]
    week = units.rolling(7, min_periods=1).mean()
    trend = units.diff()
    x, y = week.iloc[:-7].to_numpy().ravel(), week.iloc[7:].to_numpy().ravel()
    slope, start = np.polyfit(x, y, 1)
    months = {}
    for month, days in week.groupby(week.index.str[:7]):
        months[month] = [
            {
                "store": store,
                "sku": sku,
                "units_7d": days[store, sku].mean(),
                "trend": trend.loc[days.index, (store, sku)].mean(),
            }
            for store, sku in sorted(week.columns)
        ]
    assert len(units) == (last - first) / timedelta(days=1) + 1
    return {
        "model": {"start": float(start), "slope": float(slope)},
        "error": float(np.abs(start + slope * x - y).mean()),
        "months": [{"key": key, "value": rows} for key, rows in months.items()],
    }


def ranker(folder: Path) -> Outputs:
    clicks = pd.concat(pd.read_parquet(file) for file in (folder / "tests/small").iterdir())
    counted = clicks.groupby(["user_id", "kind"])["clicked"].agg(["sum", "size"])
    users = ((counted["sum"] + 1) / (counted["size"] + 3)).unstack().fillna(1 / 3)
    groups = KMeans(3, init=np.eye(3), n_init=1, max_iter=3, algorithm="lloyd").fit(
        users.to_numpy()
    )
    return {"model": {"centres": groups.cluster_centers_.tolist()}, "users": float(len(users))}


def report(folder: Path) -> Outputs:
    months = pd.read_csv(folder / "months.csv")
    means = months.groupby("city")["degrees"].mean().round(2).to_dict()
    return {"means": means, "warm_months": int((months["degrees"] >= 20).sum())}
