"""Judge a fold."""

from collections import Counter

from common import distance, shape


def judge(parts, neighbours):
    """Return the share of the fold's rows that the other rows name rightly."""
    right = 0
    for row in parts["held"]:
        near = sorted(parts["known"], key=lambda other: distance(shape(row), shape(other)))
        counts = Counter(other["kind"] for other in near[:neighbours])
        right += counts.most_common(1)[0][0] == row["kind"]
    return right / len(parts["held"])
