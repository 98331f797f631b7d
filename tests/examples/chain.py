"""Call the bodies of examples/flights one after another, as an engine would: `chain.py OUT`.

The shell text comes on standard input. Every step has a working folder of its own, tables travel
as Parquet and the model as joblib. Prints the figures, the digests and the seconds as JSON.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

import joblib
import pandas as pd
from flights.data import clean, split
from flights.evaluate import evaluate
from flights.ingest import ingest
from flights.report import report
from flights.train import fit

T = TypeVar("T")

FIRST_TEST_DAY = date(2013, 12, 1)
LATE_AFTER = timedelta(minutes=15)
out = Path(sys.argv[1]).resolve()
seconds: dict[str, float] = {}


def step(name: str, call: Callable[[], T]) -> T:
    """Run one body in a folder of its own and remember how long it took."""
    (out / name).mkdir(parents=True)
    os.chdir(out / name)
    start = time.perf_counter()
    result = call()
    seconds[name] = round(time.perf_counter() - start, 2)
    return result


def stored(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the table as the next step would read it."""
    table.to_parquet(out / name)
    return pd.read_parquet(out / name)


def count_cancelled(script: str, flights: Path) -> None:
    """Run the shell body with its inputs and outputs as variables."""
    paths = {"flights": flights, "table": Path("table"), "cancelled": Path("cancelled")}
    subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + script],
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        | {name: str(path) for name, path in paths.items()},
        check=True,
    )


script = sys.stdin.read()
raw = out / "ingest"
step("ingest", lambda: ingest(raw / "flights", raw / "weather"))
step("count_cancelled", lambda: count_cancelled(script, raw / "flights"))
counted = out / "count_cancelled"

rows = step("clean", lambda: clean(raw / "flights", raw / "weather", LATE_AFTER))
rows = stored(rows, "rows.parquet")
parts = step("split", lambda: split(rows, FIRST_TEST_DAY))
train, test = stored(parts.train, "train.parquet"), stored(parts.test, "test.parquet")
fitted = step("fit", lambda: fit(train, learning_rate=0.1, rounds=100))
joblib.dump(fitted, out / "model.joblib")
model = joblib.load(out / "model.joblib")
score = step("evaluate", lambda: evaluate(model, test, alarm=0.3))
step(
    "report",
    lambda: report(
        metrics=score.metrics,
        calibration=out / "evaluate" / score.calibration,
        hours=out / "evaluate" / score.hours,
        cancellations=counted / "table",
        cancelled=int((counted / "cancelled").read_text(encoding="utf-8")),
        first_test_day=FIRST_TEST_DAY,
    ),
)

digests = {
    path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
    for path in sorted(out.rglob("*"))
    if path.is_file()
}
print(json.dumps({"metrics": score.metrics, "digests": digests, "seconds": seconds}))
