"""Compare the parts."""


def gather(shares):
    """Return how far the parts are from each other, by carrier."""
    first, *rest = shares
    return {name: [share, *(other.get(name) for other in rest)] for name, share in first.items()}
