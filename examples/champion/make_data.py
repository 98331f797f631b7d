"""Write loans.csv: who paid back, by income, debt and age."""

import math
import random
from pathlib import Path

chance = random.Random(5)
lines = ["income,debt,age,paid"]
for _ in range(600):
    income, debt, age = chance.uniform(1, 9), chance.uniform(0, 8), chance.randint(20, 70)
    odds = 1.4 * income - 1.1 * debt + 2 * math.sin(age / 8) - 1.5
    paid = chance.random() < 1 / (1 + math.exp(-odds))
    lines.append(f"{income:.2f},{debt:.2f},{age},{'true' if paid else 'false'}")
Path(__file__).with_name("loans.csv").write_text("\n".join(lines) + "\n")
