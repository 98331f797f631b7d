"""What is only declared says so, in one sentence."""

from datetime import timedelta
from pathlib import Path

import pytest

from millpond.stdlib.millpond_std import declared

CALLS = {
    "std.deploy.canary": lambda: declared.canary(
        Path("m"), "churn", [0.1, 1.0], timedelta(minutes=30), 0.01
    ),
    "std.deploy.rollback": lambda: declared.rollback("churn"),
    "std.monitor.drift": lambda: declared.drift("churn", Path("rows"), timedelta(hours=1)),
}


@pytest.mark.parametrize("step", CALLS)
def test_it_says_that_it_is_only_declared(step: str) -> None:
    with pytest.raises(NotImplementedError) as failed:
        CALLS[step]()
    said = str(failed.value)
    assert said.startswith(f"`{step}` is only declared in this version")
    assert "\n" not in said
