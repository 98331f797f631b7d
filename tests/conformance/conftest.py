"""The local run that the emitted documents are held against."""

from __future__ import annotations

import pytest
from conformance.here import LocalRun, run_flights


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalRun:
    return run_flights(tmp_path_factory.mktemp("local"))
