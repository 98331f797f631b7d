"""Write events.csv, and tests/more.csv with a few more rows of one user."""

import random
from pathlib import Path

HERE = Path(__file__).parent

chance = random.Random(17)
lines = ["user,minute,page"]
minute = 0
for _ in range(400):
    minute += chance.randint(0, 4)
    lines.append(f"u{chance.randint(1, 40):02},{minute},{chance.choice('abcd')}")
(HERE / "tests").mkdir(exist_ok=True)
(HERE / "events.csv").write_text("\n".join(lines) + "\n")
lines += [f"u07,{minute + 60 * step},d" for step in range(1, 4)]
(HERE / "tests/more.csv").write_text("\n".join(lines) + "\n")
