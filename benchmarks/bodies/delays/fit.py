"""Learn from flights."""

from common import is_late, rounded


def fit(rows, least):
    """Return for each carrier with enough flights the share of late ones."""
    seen = {}
    for row in rows:
        seen.setdefault(row["carrier"], []).append(is_late(row))
    return {name: rounded(sum(f) / len(f)) for name, f in sorted(seen.items()) if len(f) >= least}
