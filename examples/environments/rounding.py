"""The step body of environments.mlp."""


def total(amounts: list[float]) -> dict[str, object]:
    """Return the sum of the rounded amounts, and how they were rounded."""
    from millpond_halfway import RULE, halfway

    return {"sum": sum(map(halfway, amounts)), "rule": RULE}
