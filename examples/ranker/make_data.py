"""Write tests/small: clicks of users who each like one of three kinds of items best."""

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

chance = random.Random(23)
rows = []
for _ in range(900):
    user = chance.randint(1, 60)
    liked = user % 3
    kind = chance.randint(0, 2)
    clicked = chance.random() < (0.7 if kind == liked else 0.15)
    rows.append({"user_id": f"u{user:03}", "kind": kind, "clicked": clicked})
folder = Path(__file__).with_name("tests") / "small"
folder.mkdir(parents=True, exist_ok=True)
for number in range(2):
    half = pa.Table.from_pylist(rows[number::2])
    pq.write_table(half, folder / f"part-{number}.parquet")
