"""Fixtures of the runtime's tests: an engine with a shared store, code folders, buckets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from textwrap import dedent

import boto3
import pytest
from runtime_cases import ACCOUNT, Engine


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(tmp_path, f"file://{tmp_path}/store")


@pytest.fixture
def module(tmp_path: Path) -> Callable[[str], Sequence[Path]]:
    """Writes `body.py` into a code folder and returns the roots."""

    def write(text: str) -> Sequence[Path]:
        root = tmp_path / "code"
        root.mkdir(exist_ok=True)
        (root / "body.py").write_text(dedent(text))
        return (root,)

    return write


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """moto's server on loopback, with a bucket called `pond`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **ACCOUNT},
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert server.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.create_bucket(Bucket="pond")
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A place of its own in the bucket, and the variables that lead there."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("FSSPEC_S3_ENDPOINT_URL", endpoint)
    return f"s3://pond/{request.node.name}"
