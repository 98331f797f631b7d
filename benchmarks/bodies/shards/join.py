"""Join the shards."""


def join(parts):
    """Return all visits, the earliest first."""
    found = [visit for part in parts for visit in part]
    return sorted(found, key=lambda visit: (visit["start"], visit["user"]))
