"""Write counts.csv: bicycles on a bridge, fewer at weekends, more in summer, with some chance."""

import math
import random
from datetime import date, timedelta
from pathlib import Path

chance = random.Random(11)
lines = ["day,weekday,bicycles"]
for number in range(364):
    day = date(2025, 1, 1) + timedelta(days=number)
    season = 1 - 0.4 * math.cos(2 * math.pi * number / 365)
    base = 900 if day.weekday() < 5 else 400
    lines.append(f"{day},{day:%a},{round(base * season * chance.uniform(0.9, 1.1))}")
Path(__file__).with_name("counts.csv").write_text("\n".join(lines) + "\n")
