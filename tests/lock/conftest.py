"""A registry for all tests of a worker, one with a login, and the command in its own folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.conftest import Mlp as Mlp
from cli.conftest import hello as hello
from cli.conftest import mlp as mlp
from lock.registries import Registry, running


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture(scope="session")
def closed_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """One that wants a user and a password."""
    with running(tmp_path_factory.mktemp("closed-registry"), login=True) as found:
        yield found


@pytest.fixture(autouse=True)
def no_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where docker would keep its logins; nobody's own are read."""
    folder = tmp_path / "docker"
    folder.mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))
    return folder
