"""What the steps of the shards share."""

from zlib import crc32

BUCKETS = 4


def bucket(user):
    """Return the bucket of a user."""
    return crc32(user.encode()) % BUCKETS


def long(pause, limit):
    """Tell whether a pause ends a visit."""
    return pause > limit


def pages(rows):
    """Return the pages that were seen."""
    return sorted({row["page"] for row in rows})
