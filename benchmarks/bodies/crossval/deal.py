"""Deal the rows out."""


def deal(rows, key):
    """Return the rows of a fold and the rest."""
    fold = int(key)
    held = rows[fold::5]
    return {"held": held, "known": [row for at, row in enumerate(rows) if at % 5 != fold]}
