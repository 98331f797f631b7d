"""Write sales.csv: eight weeks of a few stores, each with a trend and a weekend of its own."""

import random
from datetime import date, timedelta
from pathlib import Path

STORES = {"berlin": (40, 0.3), "lisbon": (25, -0.1), "oslo": (60, 0.0), "rome": (33, 0.5)}

chance = random.Random(13)
lines = ["store,day,units"]
for number in range(56):
    day = date(2026, 9, 7) + timedelta(days=number)
    for store, (level, trend) in STORES.items():
        weekend = 1.5 if day.weekday() >= 5 else 1.0
        units = (level + trend * number) * weekend * chance.uniform(0.8, 1.2)
        lines.append(f"{store},{day},{round(units)}")
Path(__file__).with_name("sales.csv").write_text("\n".join(lines) + "\n")
