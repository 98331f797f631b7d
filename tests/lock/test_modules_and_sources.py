"""What else a lock notes: the modules from outside, and what told the data apart."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from cli.conftest import Mlp
from lock.test_registry import Said, answering

from millpond.compiler.driver.disk import STDLIB


def lock_of(folder: Path) -> Any:
    return json.loads((folder / "mlp.lock").read_text("utf-8"))


def test_a_module_of_the_library_is_noted(mlp: Mlp, tmp_path: Path) -> None:
    import hashlib

    (tmp_path / "main.mlp").write_text("edition 2026\n\nuse std.data\n", "utf-8")
    assert mlp("lock").code == 0
    digest = hashlib.sha256((STDLIB / "data.mlp").read_bytes()).hexdigest()
    assert lock_of(tmp_path)["modules"]["std.data"]["digest"] == f"sha256:{digest}"


def test_another_version_of_a_package_makes_a_lock_stale(
    mlp: Mlp, tmp_path: Path, monkeypatch: Any
) -> None:
    installed = tmp_path / "site-packages"
    info = installed / "acme_steps-2.1.dist-info"
    (installed / "acme_steps").mkdir(parents=True)
    info.mkdir()
    (info / "entry_points.txt").write_text("[millpond.modules]\nacme.steps = acme_steps.steps\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-steps\nVersion: 2.1\n")
    (installed / "acme_steps" / "steps.mlp").write_text("edition 2026\n\nlimit = 3\n", "utf-8")
    monkeypatch.syspath_prepend(str(installed))
    home = tmp_path / "project"
    home.mkdir()
    (home / "main.mlp").write_text("edition 2026\n\nuse acme.steps\n", "utf-8")
    assert mlp("lock", "project").code == 0
    assert lock_of(home)["modules"]["acme.steps"]["version"] == "2.1"
    assert mlp("lock", "project", "--check").code == 0
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-steps\nVersion: 2.2\n")
    stale = mlp("lock", "project", "--check")
    assert stale.code == 1
    assert "module acme.steps is another one now\n" in stale.out
    assert mlp("lock", "project").code == 0
    assert lock_of(home)["modules"]["acme.steps"]["version"] == "2.2"


PIPELINE = """edition 2026

step count(rows: Dataset) -> (n: Int) {{ run shell "wc -l < $rows > $n" }}

pipeline main() {{
  counted = count(rows = dataset("http://{host}/rows.csv"))
  output n = counted.n
}}
"""


def test_a_source_that_has_changed_since_is_said(mlp: Mlp, tmp_path: Path) -> None:
    tag = ["one"]

    def answer(asked: BaseHTTPRequestHandler) -> Said:
        return Said(headers={"ETag": f'"{tag[0]}"', "Content-Type": "text/csv"}, body=b"a\n1\n")

    with answering(answer) as (host, asked):
        url = f"http://{host}/rows.csv"
        (tmp_path / "main.mlp").write_text(PIPELINE.format(host=host), "utf-8")
        stale = mlp("lock", "--check")
        assert stale.code == 1
        assert f"it would pin\n  source {url}\n" in stale.out
        assert mlp("lock").code == 0
        first = lock_of(tmp_path)["sources"]
        assert list(first) == [url]
        assert first[url].startswith("etag:")
        count = len(asked)
        assert mlp("lock", "--check").code == 0
        assert len(asked) == count, "nobody is asked"
        assert "stale" not in mlp("plan", "main.mlp").out
        tag[0] = "two"
        assert f"mlp.lock is stale: `{url}` has changed" in mlp("plan", "main.mlp").out
        assert mlp("lock").code == 0
        assert lock_of(tmp_path)["sources"] == first
        assert f"moved      source {url}\n" in mlp("lock", "--upgrade", url).out
        assert "stale" not in mlp("plan", "main.mlp").out
    away = mlp("lock", "--upgrade", url)
    assert away.code == 1
    assert f"not pinned source {url}" in away.err
    assert lock_of(tmp_path)["sources"] != first
