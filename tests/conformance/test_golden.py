"""What the examples compile to, document by document, as it was reviewed.

`MILLPOND_GOLDEN=write` writes the documents anew. Digests of code and the version of Python are
those of whoever compiles, so they are left open.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
import yaml
from conformance.here import ROOT, TARGETS

from millpond.face import api

GOLDEN = Path(__file__).parent / "golden"
DOCUMENTS = (".yaml", ".json", ".md")
CLOUDS = {
    "staging": 'target staging: argo { artifacts = "s3://acme-artifacts/staging" }\n',
    "research": 'target research: kubeflow { artifacts = "s3://acme-artifacts/research" }\n',
    "prod": (
        'target prod: sagemaker {\n  artifacts = "s3://acme-artifacts/prod"\n'
        '  role = "arn:aws:iam::123456789012:role/pipelines"\n}\n'
    ),
}


def opened(text: str) -> str:
    """The text without what differs from machine to machine."""
    codes = list(dict.fromkeys(re.findall(r"comp-code-([0-9a-f]{12})", text[text.find("root:") :])))
    if codes:
        for number, code in enumerate(codes):
            text = text.replace(f"code-{code}", f"code-{number}")
        # digests decide the order of these components
        text = yaml.safe_dump_all(yaml.safe_load_all(text), sort_keys=True, width=100)
    text = re.sub(r"(?<!sha256:)\b[0-9a-f]{64}\b", "DIGEST", text)
    return re.sub(r"python:3\.\d+-slim", "python:3.X-slim", text)


@pytest.mark.parametrize("example", ["hello", "flights"])
@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_an_example_compiles_to_what_was_reviewed(example: str, kind: str, tmp_path: Path) -> None:
    target = TARGETS[kind]
    ignored = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(ROOT / "examples" / example, tmp_path / example, ignore=ignored)
    file = tmp_path / example / f"{example}.mlp"
    if example == "hello":
        file.write_text(file.read_text("utf-8") + CLOUDS[target], "utf-8")
    api.compile(file, tmp_path / "out", target=target)
    found = {
        path.name: opened(path.read_text("utf-8"))
        for path in sorted((tmp_path / "out").iterdir())
        if path.suffix in DOCUMENTS and path.name != "manifest.json"
    }
    golden = GOLDEN / example / kind
    if os.environ.get("MILLPOND_GOLDEN") == "write":
        shutil.rmtree(golden, ignore_errors=True)
        golden.mkdir(parents=True)
        for name, text in found.items():
            (golden / name).write_text(text, "utf-8")
    assert found == {path.name: path.read_text("utf-8") for path in sorted(golden.iterdir())}
