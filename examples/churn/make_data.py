"""Write customers.csv: who left, by calls, months and bill."""

import math
import random
from pathlib import Path

chance = random.Random(29)
lines = ["calls,months,bill,left"]
for _ in range(500):
    calls, months, bill = chance.randint(0, 9), chance.randint(1, 60), chance.uniform(5, 95)
    odds = 0.9 * (calls - 4) - 0.06 * (months - 25) + 0.03 * (bill - 50)
    lines.append(f"{calls},{months},{bill:.2f},{int(chance.random() < 1 / (1 + math.exp(-odds)))}")
Path(__file__).with_name("customers.csv").write_text("\n".join(lines) + "\n")
