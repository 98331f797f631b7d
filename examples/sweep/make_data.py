"""Write points.csv: a wave with some noise."""

import math
import random
from pathlib import Path

chance = random.Random(7)
lines = ["x,y"]
for _ in range(120):
    x = chance.uniform(-1, 1)
    lines.append(f"{x:.4f},{math.sin(3 * x) + chance.gauss(0, 0.15):.4f}")
Path(__file__).with_name("points.csv").write_text("\n".join(lines) + "\n")
