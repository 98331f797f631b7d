"""Tags become digests: asked for once, then the same for everybody, on every target."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest
from cli.conftest import Mlp
from lock.registries import Registry

PIPELINE = """\
edition 2026

step fit(rounds: Int) -> (loss: Float) {{
  run shell "echo 0.5 > $loss"
  environment {{ image = "{image}" }}
}}

pipeline main() {{
  model = fit(rounds = 3)
  output loss = model.loss
}}

target here: local {{ containers = "podman" }}
target there: argo {{
  artifacts = "s3://bucket/here"
  defaults {{ environment {{ image = "{image}" }} }}
}}
target pipes: kubeflow {{
  artifacts = "s3://bucket/here"
  defaults {{ environment {{ image = "{image}" }} }}
}}
target sage: sagemaker {{
  artifacts = "s3://bucket/here"
  role = "arn:aws:iam::123456789012:role/pipelines"
  defaults {{ environment {{ image = "{image}" }} }}
}}
"""


def write(folder: Path, image: str) -> str:
    (folder / "main.mlp").write_text(PIPELINE.format(image=image), "utf-8")
    return "main.mlp"


def lock_of(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((folder / "mlp.lock").read_text("utf-8"))
    return found


def test_a_tag_is_pinned(mlp: Mlp, tmp_path: Path, registry: Registry) -> None:
    digest = registry.push("acme/fit", "1.4", "one")
    image = f"{registry.host}/acme/fit:1.4"
    file = write(tmp_path, image)
    answer = mlp("lock")
    assert (answer.code, answer.err) == (0, "")
    assert f"pinned     image {image}\n" in answer.out
    assert lock_of(tmp_path)["images"][image] == digest
    first = (tmp_path / "mlp.lock").read_bytes()
    # The tag moves; who has the lock does not.
    other = registry.push("acme/fit", "1.4", "two")
    assert mlp("lock").code == 0
    assert (tmp_path / "mlp.lock").read_bytes() == first
    planned = mlp("plan", file, "--format", "json").json
    assert planned["nodes"][0]["key"] is not None
    answer = mlp("lock", "--upgrade", image)
    assert answer.code == 0
    assert f"moved      image {image}\n" in answer.out
    assert lock_of(tmp_path)["images"][image] == other
    moved = mlp("plan", file, "--format", "json").json
    assert moved["nodes"][0]["key"] != planned["nodes"][0]["key"]


def test_an_index_stands_for_all_platforms(mlp: Mlp, tmp_path: Path, registry: Registry) -> None:
    digest = registry.push_index("acme/both", "2", "word")
    image = f"{registry.host}/acme/both:2"
    write(tmp_path, image)
    assert mlp("lock").code == 0
    assert lock_of(tmp_path)["images"][image] == digest


def test_without_a_lock_a_tag_answers_no_other_run(
    mlp: Mlp, tmp_path: Path, registry: Registry
) -> None:
    registry.push("acme/open", "1", "one")
    image = f"{registry.host}/acme/open:1"
    file = write(tmp_path, image)
    answer = mlp("plan", file)
    assert answer.code == 0
    assert "`mlp lock` pins it" in answer.out
    assert f"nobody knows which image `{image}` will be tomorrow" in answer.err
    assert "MLP0509" in answer.err
    assert mlp("lock").code == 0
    answer = mlp("plan", file)
    assert (answer.code, answer.err) == (0, "")
    assert "mlp lock" not in answer.out


def test_documents_name_the_digest_and_keys_are_those_of_here(
    mlp: Mlp, tmp_path: Path, registry: Registry
) -> None:
    digest = registry.push("acme/docs", "1", "one")
    image = f"{registry.host}/acme/docs:1"
    file = write(tmp_path, image)
    assert mlp("lock").code == 0
    nodes = mlp("plan", file, "--format", "json").json["nodes"]
    keys = {node["id"]: node["key"] for node in nodes}
    for target, document in (
        ("there", "workflowtemplate.yaml"),
        ("pipes", "pipeline.yaml"),
        ("sage", "pipeline.json"),
    ):
        answer = mlp("compile", file, "--target", target, "-o", target)
        assert answer.code == 0, answer.err
        text = (tmp_path / target / document).read_text("utf-8")
        assert f"{registry.host}/acme/docs@{digest}" in text
        assert image not in text
        manifest = json.loads((tmp_path / target / "manifest.json").read_text("utf-8"))
        assert manifest["keys"] == keys


@pytest.mark.parametrize(
    "place", ["defaults", "container", "mlp.toml", "unused", "constant", "patch"]
)
def test_an_image_is_found_wherever_it_is_named(
    mlp: Mlp, tmp_path: Path, registry: Registry, place: str
) -> None:
    digest = registry.push("acme/place", "1", "one")
    image = f"{registry.host}/acme/place:1"
    shell = 'step fit() -> (loss: Float) { run shell "echo 0.5 > $loss" }\n'
    main = "pipeline main() {\n  model = fit()\n}\n"
    text = {
        "defaults": f"""{shell}{main}target there: argo {{
  artifacts = "s3://bucket/here"
  defaults {{ environment {{ image = "{image}" }} }}
}}""",
        "container": f"""step fit() -> (loss: Float) {{
  run container "{image}" {{ command = ["fit", loss] }}
}}
{main}""",
        "mlp.toml": f"{shell}{main}",
        "unused": f"""{shell}{main}step other() -> (loss: Float) {{
  run shell "true"
  environment {{ image = "{image}" }}
}}""",
        "constant": f"""host = "{registry.host}"
step fit() -> (loss: Float) {{
  run shell "true"
  environment {{ image = f"{{host}}/acme/place:1" }}
}}
{main}""",
        "patch": f"""step fit() -> (loss: Float) {{
  run shell "echo 0.5 > $loss"
  target argo {{ environment {{ image = "{image}" }} }}
}}
{main}""",
    }[place]
    (tmp_path / "main.mlp").write_text(f"edition 2026\n\n{text}\n", "utf-8")
    if place == "mlp.toml":
        (tmp_path / "mlp.toml").write_text(f'[environment]\nimage = "{image}"\n', "utf-8")
    answer = mlp("lock")
    assert answer.code == 0, answer.err
    assert lock_of(tmp_path)["images"][image] == digest


def test_a_stale_lock_is_said(mlp: Mlp, tmp_path: Path, registry: Registry) -> None:
    registry.push("acme/stale", "1", "one")
    registry.push("acme/stale", "2", "two")
    one, two = (f"{registry.host}/acme/stale:{tag}" for tag in "12")
    file = write(tmp_path, one)
    answer = mlp("lock", "--check")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        f"there is no mlp.lock in {tmp_path}; it would pin",
        f"  image {one}",
        "next: mlp lock",
    ]
    assert mlp("lock").code == 0
    assert mlp("lock", "--check").code == 0
    write(tmp_path, two)
    answer = mlp("lock", "--check")
    assert answer.code == 1
    assert f"image {two} is not in it" in answer.out
    assert f"image {one} is used by nobody any more" in answer.out
    found = mlp("lock", "--check", "--format", "json").json
    assert found["stale"]
    assert [(lack["kind"], lack["name"]) for lack in found["lacks"]] == [("image", two)]
    planned = mlp("plan", file)
    assert planned.code == 0
    assert f"mlp.lock is stale: it does not say what `{two}` is; next: mlp lock" in planned.out
    assert mlp("lock").code == 0
    assert list(lock_of(tmp_path)["images"]) == [two]


def test_a_file_alone_leaves_the_rest_of_the_lock(
    mlp: Mlp, tmp_path: Path, registry: Registry
) -> None:
    registry.push("acme/part", "1", "one")
    registry.push("acme/part", "2", "two")
    one, two = (f"{registry.host}/acme/part:{tag}" for tag in "12")
    write(tmp_path, one)
    (tmp_path / "other.mlp").write_text(PIPELINE.format(image=two), "utf-8")
    assert mlp("lock", "main.mlp").code == 0
    assert list(lock_of(tmp_path)["images"]) == [one]
    assert mlp("lock", "other.mlp").code == 0
    assert list(lock_of(tmp_path)["images"]) == [one, two]
    (tmp_path / "main.mlp").unlink()
    assert mlp("lock", "other.mlp").code == 0
    assert list(lock_of(tmp_path)["images"]) == [one, two]
    assert mlp("lock").code == 0
    assert list(lock_of(tmp_path)["images"]) == [two]


def test_the_text_is_the_same_for_everybody(mlp: Mlp, tmp_path: Path, registry: Registry) -> None:
    digest = registry.push("acme/text", "1", "one")
    image = f"{registry.host}/acme/text:1"
    write(tmp_path, image)
    assert mlp("lock").code == 0
    assert (tmp_path / "mlp.lock").read_text("utf-8") == (
        '{\n  "version": 1,\n  "edition": 2026,\n  "keys": 1,\n  "images": {\n'
        f'    "{image}": "{digest}"\n'
        '  },\n  "environments": [],\n  "modules": {},\n  "sources": {}\n}\n'
    )


def test_an_image_without_a_tag_is_fine_once_it_is_pinned(
    mlp: Mlp, tmp_path: Path, registry: Registry
) -> None:
    digest = registry.push("acme/bare", "latest", "one")
    image = f"{registry.host}/acme/bare"
    file = write(tmp_path, image)
    (tmp_path / "mlp.toml").write_text("[lint]\nstrict = true\n", "utf-8")
    answer = mlp("check", file)
    assert answer.code == 1
    assert f"image `{image}` has no tag or digest" in answer.err
    (tmp_path / "mlp.toml").write_text("", "utf-8")
    assert mlp("lock").code == 0
    assert lock_of(tmp_path)["images"][image] == digest
    (tmp_path / "mlp.toml").write_text("[lint]\nstrict = true\n", "utf-8")
    answer = mlp("check", file)
    assert (answer.code, answer.err) == (0, "")


def test_only_lock_asks_anybody(
    mlp: Mlp, tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.push("acme/quiet", "1", "one")
    file = write(tmp_path, f"{registry.host}/acme/quiet:1")

    asked: list[object] = []

    def refuse(*words: object) -> None:
        asked.append(words)
        raise OSError("no way out")

    for written in (False, True):
        if written:
            assert mlp("lock").code == 0
        with monkeypatch.context() as alone:
            alone.setattr(socket.socket, "connect", refuse)
            alone.setattr(socket, "getaddrinfo", refuse)
            assert mlp("check", file).code == 0
            assert mlp("plan", file).code == 0
            assert mlp("compile", file, "--target", "there", "-o", f"out{written}").code == 0
            assert mlp("lock", "--check").code == (0 if written else 1)
            assert asked == []
            assert mlp("lock", "--upgrade-all").code == 1
            assert len(asked) == 3, "it is tried again"
            asked.clear()


def test_a_diff_tells_of_what_the_lock_moved(mlp: Mlp, tmp_path: Path, registry: Registry) -> None:
    for side, word in (("before", "one"), ("after", "two")):
        registry.push("acme/diff", "1", word)
        (tmp_path / side).mkdir()
        write(tmp_path / side, f"{registry.host}/acme/diff:1")
        assert mlp("lock", side).code == 0
    answer = mlp("diff", "before/main.mlp", "after/main.mlp")
    assert answer.code == 0
    assert "model: the image changed from" in answer.out
    assert re.search(r"re-runs +1 of 1 step: model", answer.out)
