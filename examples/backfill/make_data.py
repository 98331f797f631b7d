"""Write readings.csv: what three meters showed at the end of each day."""

import random
from datetime import date, timedelta
from pathlib import Path

chance = random.Random(2)
shown = {"attic": 410.0, "cellar": 1203.5, "flat": 88.2}
lines = ["day,meter,kwh"]
for number in range(70):
    day = date(2026, 1, 25) + timedelta(days=number)
    for meter in shown:
        shown[meter] += chance.uniform(1, 9)
        lines.append(f"{day},{meter},{shown[meter]:.1f}")
Path(__file__).with_name("readings.csv").write_text("\n".join(lines) + "\n")
