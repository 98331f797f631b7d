"""What the steps of the cross-validation share."""

POWER = 2.0


def distance(a, b):
    """Return Minkowski's distance but for its root, which changes no order."""
    return sum(abs(x - y) ** POWER for x, y in zip(a, b, strict=True))


def shape(row):
    """Return the measures of a flower."""
    return [float(value) for name, value in row.items() if name != "kind"]


def kinds(rows):
    """Return the kinds there are."""
    return sorted({row["kind"] for row in rows})
