"""Write sales.csv, and tests/sales.parquet with its first day."""

import random
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

HERE = Path(__file__).parent
FIRST = date(2025, 1, 1)

chance = random.Random(19)
rows = [
    {
        "store": store,
        "sku": sku,
        "day": FIRST + timedelta(days=number),
        "units": max(0, round(chance.gauss(level + number * slope, 3))),
    }
    for number in range(45)
    for store, level in (("north", 30), ("south", 18), ("west", 24))
    for sku, slope in (("bread", 0.0), ("coffee", 0.2), ("milk", -0.1), ("tea", 0.1))
]
lines = ["store,sku,day,units", *(",".join(map(str, row.values())) for row in rows)]
(HERE / "sales.csv").write_text("\n".join(lines) + "\n")
(HERE / "tests").mkdir(exist_ok=True)
pq.write_table(pa.Table.from_pylist(rows[:12]), HERE / "tests/sales.parquet")
