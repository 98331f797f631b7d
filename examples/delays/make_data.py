"""Write flights.csv, and tests/flights_small.parquet with a few of its rows."""

import json
import math
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
CARRIERS = {"AA": 0.0, "B6": 0.6, "DL": -0.5, "UA": 0.2}

chance = random.Random(31)
rows = []
for _ in range(800):
    carrier = chance.choice(list(CARRIERS))
    late = max(-10.0, chance.gauss(4 + 6 * CARRIERS[carrier], 15))
    distance = round(chance.uniform(180, 2500))
    odds = 0.12 * (late - 12) - 0.0006 * (distance - 1000) + CARRIERS[carrier]
    rows.append(
        {
            "carrier": carrier,
            "origin": chance.choice(["EWR", "JFK", "LGA"]),
            "distance": float(distance),
            "dep_delay": None if chance.random() < 0.02 else round(late, 1),
            "delayed": chance.random() < 1 / (1 + math.exp(-odds)),
        }
    )
lines = [",".join(rows[0])]
for row in rows:
    written = json.dumps(list(row.values()), separators=(",", ":")).strip("[]")
    lines.append(written.replace("null", "").replace('"', ""))
(HERE / "flights.csv").write_text("\n".join(lines) + "\n")
(HERE / "tests").mkdir(exist_ok=True)
pq.write_table(pa.Table.from_pylist(rows[:40]), HERE / "tests/flights_small.parquet")
