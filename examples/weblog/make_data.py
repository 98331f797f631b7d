"""Write access.log: two hours of a small site, one of its pages slow and one broken."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

PAGES = {"/": 20, "/search": 90, "/cart": 45, "/checkout": 200, "/old": 5}

chance = random.Random(3)
now = datetime(2026, 11, 20, 8, tzinfo=UTC)
lines = []
for _ in range(300):
    now += timedelta(seconds=chance.randint(1, 47))
    page = chance.choice(list(PAGES))
    status = 404 if page == "/old" else 500 if chance.random() < 0.03 else 200
    took = round(chance.lognormvariate(0, 0.5) * PAGES[page])
    host = f"10.0.0.{chance.randint(1, 9)}"
    lines.append(f'{host} - - [{now:%d/%b/%Y:%H:%M:%S %z}] "GET {page} HTTP/1.1" {status} {took}')
Path(__file__).with_name("access.log").write_text("\n".join(lines) + "\n")
