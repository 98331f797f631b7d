"""What lies at a URL: told apart without reading it, copied once, the same key on every engine."""

import os

import boto3
import fsspec
import pytest
from runtime_cases import ACCOUNT, Engine, output, step_spec

from millpond.runtime.artifact import Artifact
from millpond.runtime.digest import digest_path
from millpond.runtime.folder import FolderStore
from millpond.runtime.key import key_of
from millpond.runtime.opening import open_store
from millpond.runtime.source import SourceError, fetch, fingerprint


@pytest.fixture
def put(bucket, endpoint):
    client = boto3.client("s3", endpoint_url=endpoint)

    def write(name, content):
        key = f"{bucket.removeprefix('s3://pond/')}/{name}"
        client.put_object(Bucket="pond", Key=key, Body=content)
        return f"{bucket}/{name}"

    return write


def test_a_file_url_is_the_file_itself(tmp_path):
    (tmp_path / "some rows.csv").write_text("a\n1\n")
    path = tmp_path / "some rows.csv"
    found = fingerprint(f"file://{tmp_path}/some%20rows.csv")
    assert found == Artifact(*digest_path(path), "some rows.csv", str(path.resolve()))
    assert not found.is_remote
    assert fingerprint(f"file://{tmp_path}").is_tree
    with pytest.raises(FileNotFoundError):
        fingerprint(f"file://{tmp_path}/none")
    with pytest.raises(SourceError, match="names a host"):
        fingerprint("file://host/rows.csv")


def test_a_bucket_tells_contents_apart_without_reading_them(put, tmp_path):
    url = put("rows.csv", b"a\n1\n")
    found = fingerprint(url)
    assert found.digest.startswith("etag:")
    assert (found.size, found.name, found.source) == (4, "rows.csv", url)
    assert Artifact.from_json(found.to_json()) == found
    assert fingerprint(put("copy.csv", b"a\n1\n")).digest == found.digest
    fetch(found, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_bytes() == b"a\n1\n"
    put("rows.csv", b"a\n2\n")
    assert fingerprint(url).digest != found.digest
    with pytest.raises(SourceError, match="has changed since this run began"):
        fetch(found, tmp_path / "late.csv")
    with pytest.raises(FileNotFoundError):
        fingerprint(f"{url}.gz")
    with pytest.raises(FileNotFoundError):
        fingerprint("s3://nobody/rows.csv")


def test_a_folder_in_a_bucket_is_one_thing(put, bucket, tmp_path):
    put("rows/a.csv", b"a\n1\n")
    put("rows/2026/b.csv", b"a\n2\n")
    put("rows/", b"")
    found = fingerprint(f"{bucket}/rows/")
    assert (found.digest[:5], found.size, found.name) == ("etag:", 8, "rows")
    assert fingerprint(f"{bucket}/rows").digest == found.digest
    fetch(found, tmp_path / "rows")
    held = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.csv")}
    assert held == {"rows/a.csv", "rows/2026/b.csv"}
    put("rows/c.csv", b"")
    assert fingerprint(f"{bucket}/rows").digest != found.digest


def test_a_pattern_in_a_bucket_is_a_folder_of_what_it_matches(put, bucket, tmp_path):
    for name in ("rows/a.csv", "rows/b.csv", "rows/c.txt", "rows/2026/d.csv"):
        put(name, name.encode())
    found = fingerprint(f"{bucket}/rows/*.csv")
    assert (found.digest[:5], found.size, found.name) == ("etag:", 20, "rows")
    fetch(found, tmp_path / "rows")
    assert sorted(path.name for path in (tmp_path / "rows").iterdir()) == ["a.csv", "b.csv"]
    deep = fingerprint(f"{bucket}/rows/**/*.csv")
    assert (deep.size, deep.digest == found.digest) == (35, False)
    put("rows/c.txt", b"other")
    assert fingerprint(f"{bucket}/rows/*.csv") == found
    with pytest.raises(FileNotFoundError):
        fingerprint(f"{bucket}/rows/*.parquet")


def test_names_that_leave_their_folder_are_refused(put, bucket, tmp_path):
    put("bad/../../x.csv", b"a\n")
    with pytest.raises(SourceError, match="which is no path below a folder"):
        fetch(fingerprint(f"{bucket}/bad"), tmp_path / "bad")
    assert list(tmp_path.iterdir()) == []


def test_without_tags_the_content_tells(tmp_path):
    files = fsspec.filesystem("memory")
    root = f"/{tmp_path.name}"
    files.pipe_file(f"{root}/rows/a.csv", b"a\n1\n")
    files.pipe_file(f"{root}/rows/x/b.csv", b"a\n2\n")
    for name in ("rows", "rows/a.csv"):
        found = fingerprint(f"memory:/{root}/{name}")
        target = tmp_path / name.replace("/", "-")
        fetch(found, target)
        assert digest_path(target)[0] == found.digest
    files.pipe_file(f"{root}/rows/a.csv", b"a\n3\n")
    with pytest.raises(SourceError, match="has changed"):
        fetch(found, tmp_path / "late")


def test_weak_or_local_tags_do_not_travel(monkeypatch):
    files = fsspec.filesystem("memory")
    info = {"type": "file", "size": 3, "name": "x"}
    tags = {"/a/x": {"ETag": '"1"'}, "/b/x": {"ETag": '"1"'}, "/c/x": {"ETag": 'W/"1"'}}
    files.pipe_file("/c/x", b"abc")
    monkeypatch.setattr(type(files), "info", lambda _, path: {**info, **tags[path]})
    one, two, weak = (fingerprint(f"memory:/{path}").digest for path in tags)
    assert one.startswith("etag:")
    assert one != two, "tag 1 of one file says nothing about another file"
    assert weak.startswith("file:")
    monkeypatch.setattr(type(files), "info", lambda _, path: {**info, "generation": 7})
    assert fingerprint("memory://a/x").digest.startswith("version:")


def test_what_cannot_be_reached_is_said(monkeypatch):
    with pytest.raises(SourceError, match="no file system for nosuchthing://x/y"):
        fingerprint("nosuchthing://x/y")
    files = fsspec.filesystem("memory")

    def refuse(*_):
        raise RuntimeError("no access")

    monkeypatch.setattr(type(files), "info", refuse)
    with pytest.raises(SourceError, match="cannot be read: RuntimeError: no access"):
        fingerprint("memory://a/x")


def test_a_store_keeps_one_copy(put, tmp_path):
    found = fingerprint(put("rows.csv", b"a\n1\n"))
    store = FolderStore(tmp_path / "millpond")
    here = store.bring(found)
    assert (here.digest, here.name, here.source) == (
        digest_path(store.object_path(here.hex))[0],
        "rows.csv",
        None,
    )
    # From now on nothing can be brought: what it was is not there any more.
    put("rows.csv", b"a\n2\n")
    other = FolderStore(tmp_path / "millpond")
    other.materialize(found, tmp_path / "copy.csv", share=True)
    assert (tmp_path / "copy.csv").read_bytes() == b"a\n1\n"
    other.object_path(here.hex).unlink()
    with pytest.raises(SourceError, match="has changed"):
        other.materialize(found, tmp_path / "again.csv")


CODE = {
    "body.py": """
        def run(rows):
            assert rows.suffix == ".csv" and "inputs" in rows.parts
            return rows.read_text()
        """
}
SPEC = step_spec(inputs=[["rows", ["Dataset", [["a", "Int"]]]]], outputs=[output("text", "String")])


def test_the_launcher_reads_what_a_url_names(put, bucket, tmp_path):
    engine = Engine(tmp_path, f"file://{tmp_path}/store")
    names = (*ACCOUNT, "AWS_ENDPOINT_URL", "FSSPEC_S3_ENDPOINT_URL")
    env = {name: os.environ[name] for name in names}
    url = put("rows.csv", b"a\n1\n")
    bundle = engine.bundle("read", SPEC, CODE)
    words = ("--arg", "rows", f"={url}", "--emit", "text", "text")
    done = engine.launch(bundle, *words, env=env)
    assert done.code == 0, done.stderr
    assert (tmp_path / "text").read_text() == "a\n1\n"
    record = open_store(engine.store).record(done.result)
    found = fingerprint(url)
    assert record.inputs == [("rows", found.digest)]
    assert record.key == key_of(SPEC, {"rows": found})[0], "the same key as locally"
    assert "was done before" in engine.launch(bundle, *words, env=env).stderr
    put("rows.csv", b"b\n1\n")
    changed = engine.launch(bundle, *words, env=env)
    assert changed.code == 1
    assert "input `rows` (rows.csv): column `a` is missing; there are `b`" in changed.stderr
    gone = engine.launch(bundle, "--arg", "rows", f"={bucket}/none.csv", env=env)
    assert gone.code == 1
    assert f"there is nothing at `{bucket}/none.csv`" in gone.stderr
    deaf = env | {"FSSPEC_S3_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_MAX_ATTEMPTS": "1"}
    assert engine.launch(bundle, *words, env=deaf).code == 75


def test_a_found_model_behind_a_url_is_not_unpickled(tmp_path):
    engine = Engine(tmp_path, f"file://{tmp_path}/store")
    (tmp_path / "m.pkl").write_bytes(b"")
    spec = step_spec(inputs=[["model", "Model"]], outputs=[output("n", "Int")])
    code = {"body.py": "class Net: ...\ndef run(model: Net):\n    return 1\n"}
    done = engine.launch(
        engine.bundle("b", spec, code), "--arg", "model", f"=file://{tmp_path}/m.pkl"
    )
    assert done.code == 1
    assert "is not unpickled" in done.stderr
