"""Find visits."""

from common import long


def visits(rows, pause):
    """Return a visit for every stretch of a user's events without a longer pause, in minutes."""
    last = {}
    found = []
    for row in rows:
        user, minute = row["user"], int(row["minute"])
        if user not in last or long(minute - last[user], pause):
            found.append({"user": user, "start": minute})
        last[user] = minute
    return found
