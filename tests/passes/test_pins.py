"""What lists of requirements leave open, so that no result of theirs answers another run."""

from __future__ import annotations

import pytest

from millpond.compiler.ir.settings import Environment
from millpond.compiler.passes.pins import left_open

DIGEST = "a" * 64


@pytest.mark.parametrize(
    "entry",
    [
        "pandas==2.2.3",
        "pandas === 2.2.3",
        "pandas[parquet]==2.2.3 ; python_version > '3.9'",
        "pandas==2.2.3  # why",
        f"pandas==2.2.3 \\\n    --hash=sha256:{DIGEST} \\\n    --hash=sha256:{DIGEST}",
        f"./wheels/tiny-1.0-py3-none-any.whl --hash=sha256:{DIGEST}",
        f"tiny @ https://here.io/tiny-1.0.tar.gz#sha256={DIGEST}",
        f"tiny @ git+https://here.io/tiny@{'b' * 40}",
        "--no-binary tiny",
        "--find-links wheels",
        "# only a remark",
        "",
    ],
)
def test_pinned(entry: str) -> None:
    assert left_open(Environment(requirements=("requirements.txt", entry))) is None


@pytest.mark.parametrize(
    "entry",
    [
        "pandas",
        "pandas>=2",
        "pandas==2.*",
        "pandas==2.2.3,<3",
        "pandas~=2.2",
        "-r base.txt",
        "-c constraints.txt",
        "--requirement=base.txt",
        "./wheels/tiny-1.0-py3-none-any.whl",
        "tiny @ https://here.io/tiny-1.0.tar.gz",
        "tiny @ git+https://here.io/tiny@main",
    ],
)
def test_left_open(entry: str) -> None:
    text = f"numpy==2.1.0\n{entry}\n"
    found = left_open(Environment(requirements=("envs/requirements.txt", text)))
    assert found == f"`{entry}` in requirements.txt"


def test_packages_are_read_in_the_same_way() -> None:
    assert left_open(Environment(packages=("numpy==2.1.0",))) is None
    assert left_open(Environment(packages=("numpy",))) == "`numpy` in `packages`"


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml", "pylock.gpu.toml"])
def test_a_lock_leaves_nothing_open(name: str) -> None:
    assert left_open(Environment(lockfile=(f"envs/{name}", "whatever"))) is None


def test_a_list_that_calls_itself_a_lock_is_read() -> None:
    lock = ("requirements.lock", "pandas")
    assert left_open(Environment(lockfile=lock)) == "`pandas` in requirements.lock"
