"""The remote store on S3: moto's server on loopback, and our launcher against it."""

import json
import os

import boto3
import pytest
from runtime_cases import ACCOUNT, Engine, output, step_spec

from millpond.runtime.opening import open_store
from millpond.runtime.record import Record, output_entry
from millpond.runtime.store import MissingObjectError, StoreUnreachableError


def record_of(key, artifact, n):
    entries = {"x": output_entry("File", artifact), "n": output_entry("Int", n)}
    return Record(key, entries, {}, [], {})


def test_publish_find_and_restore(bucket, tmp_path):
    store = open_store(bucket)
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "a.txt").write_text("content")
    artifact = store.put(folder / "a.txt", "a.txt")
    tree = store.put(folder, "parts")
    assert store.lookup("k") is None
    record = record_of("k", artifact, 1)
    assert store.publish(record) == record
    assert store.publish(record_of("k", artifact, 2)) == record, "the first writer wins"
    other = open_store(bucket)
    assert other.lookup("k") == record
    assert other.lookup("k", max_age=60) == record
    assert other.has(tree)
    other.materialize(tree, tmp_path / "copy")
    assert (tmp_path / "copy" / "a.txt").read_text() == "content"
    assert other.address(artifact) == f"{bucket}/objects/{artifact.hex[:2]}/{artifact.hex}"


def test_damage_is_a_miss(bucket, endpoint, tmp_path):
    store = open_store(bucket)
    (tmp_path / "a.txt").write_text("content")
    artifact = store.put(tmp_path / "a.txt", "a.txt")
    store.publish(record_of("k", artifact, 1))
    client = boto3.client("s3", endpoint_url=endpoint)
    name = f"{bucket.removeprefix('s3://pond/')}/objects/{artifact.hex[:2]}/{artifact.hex}"
    client.put_object(Bucket="pond", Key=name, Body=b"c0ntent")
    with pytest.raises(MissingObjectError):
        open_store(bucket).materialize(artifact, tmp_path / "copy")
    client.put_object(Bucket="pond", Key=name, Body=b"con")
    assert open_store(bucket).lookup("k") is None
    client.delete_object(Bucket="pond", Key=name)
    assert open_store(bucket).lookup("k") is None


def test_a_bucket_that_is_not_there_is_infrastructure(bucket):
    with pytest.raises(StoreUnreachableError):
        open_store("s3://nobody").publish(Record("k", {}, {}, [], {}))


def test_the_launcher_runs_steps_against_a_bucket(bucket, endpoint, tmp_path):
    engine = Engine(tmp_path, bucket)
    # What an engine's pod has in its environment; the body gets none of it.
    env = {
        name: os.environ[name] for name in (*ACCOUNT, "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL")
    }
    made = engine.bundle(
        "made", step_spec("shell", text='seq 5 > "$rows"', outputs=[output("rows", "File")])
    )
    code = """
        import os
        def run(rows):
            assert not any(name.startswith(("AWS", "FSSPEC")) for name in os.environ)
            return sum(map(int, rows.read_text().split()))
        """
    summed = engine.bundle(
        "sum", step_spec(inputs=[["rows", "File"]], outputs=[output("n", "Int")]), {"body.py": code}
    )
    first = engine.launch(made, env=env)
    assert first.code == 0, first.stderr
    words = ("--arg", "rows", f"@{first.result}#rows", "--emit", "n", "n")
    done = engine.launch(summed, *words, env=env)
    assert done.code == 0, done.stderr
    assert json.loads((tmp_path / "n").read_text()) == 15
    assert "was done before" in engine.launch(summed, *words, env=env).stderr
