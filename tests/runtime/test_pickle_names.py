"""Pickled files are known by the modules that they name, however they were written."""

from __future__ import annotations

import gzip
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from millpond.runtime import pickles
from millpond.runtime.pickle_names import names_code


@pytest.fixture
def kind() -> Iterator[type]:
    """A class of a module `shop.models`."""
    home = ModuleType("shop.models")
    made: type = type("Kind", (), {"__module__": "shop.models"})
    setattr(home, "Kind", made)  # noqa: B010
    sys.modules.update({"shop": ModuleType("shop"), "shop.models": home})
    yield made
    del sys.modules["shop"], sys.modules["shop.models"]


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_class_is_found_in_every_protocol(tmp_path: Path, kind: type, protocol: int) -> None:
    path = tmp_path / "model"
    path.write_bytes(pickle.dumps([1, kind()], protocol))
    assert names_code(path, ["shop.models"])
    assert not names_code(path, ["shop.model", "shop.models2", "models"])
    assert names_code(tmp_path, ["other", "shop.models"])


def test_our_own_files_and_compressed_ones(tmp_path: Path, kind: type) -> None:
    pickles.dump({"a": kind()}, tmp_path / "own")
    assert names_code(tmp_path / "own", ["shop.models"])
    pickles.dump({"a": 1}, tmp_path / "plain")
    assert not names_code(tmp_path / "plain", ["shop.models"])
    (tmp_path / "closed").write_bytes(gzip.compress(b"nobody knows"))
    assert names_code(tmp_path / "closed", ["shop.models"])


@pytest.mark.parametrize("content", [b"", b"a,b\n", b"PAR1", b"\x8c\x0bshop.models"])
def test_other_files_name_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rows").write_bytes(content)
    assert not names_code(tmp_path / "rows", ["shop.models"])
