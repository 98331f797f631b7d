"""The file itself: one text for one content, and a place for whatever is wrong with it."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from cli.conftest import HELLO, Mlp
from hypothesis import given
from hypothesis import strategies as some

from millpond.compiler.lock import BrokenLockError, Lock, Module, Resolved, read, repository, write

DIGEST = "sha256:" + "a" * 64
HEAD = '"version": 1, "edition": 2026, "keys": 1'
FULL = Lock(
    images={"b:1": DIGEST, "a.io/x:2": DIGEST},
    environments=(
        Resolved("3.12", ("tiny",), (("tiny==1.0 ; sys_platform == 'linux'", (DIGEST,)),)),
        Resolved("3.11", ("tiny",), (("tiny==1.0", (DIGEST,)),)),
    ),
    modules={"std.data": Module("1", DIGEST)},
    sources={"https://a.io/x.csv": "etag:abc"},
)

texts = some.text(some.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
digests = some.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:{}".format)


def test_a_lock_comes_back_in_order() -> None:
    text = write(FULL)
    found = read(text)
    assert write(found) == text
    assert list(found.images) == ["a.io/x:2", "b:1"]
    assert [e.python for e in found.environments] == ["3.11", "3.12"]
    assert found.environments[1].text == f"tiny==1.0 ; sys_platform == 'linux' --hash={DIGEST}\n"


@given(some.dictionaries(texts, digests), some.randoms())
def test_the_text_does_not_depend_on_the_order_of_things(
    images: dict[str, str], random: Random
) -> None:
    shuffled = list(images.items())
    random.shuffle(shuffled)
    assert write(Lock(images=dict(shuffled))) == write(Lock(images=images))
    assert read(write(Lock(images=images))).images == images


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("python:3.12-slim", "python"),
        ("localhost:5000/a/b", "localhost:5000/a/b"),
        ("localhost:5000/a/b:1", "localhost:5000/a/b"),
        ("ghcr.io/a/b:1@sha256:00", "ghcr.io/a/b"),
        ("a", "a"),
    ],
)
def test_a_name_without_its_tag(reference: str, name: str) -> None:
    assert repository(reference) == name


BROKEN = {
    "empty": ("", "it is no JSON", 1),
    "cut": (write(FULL)[:90], "it is no JSON", None),
    "list": ("[]", "it is no table", 1),
    "deep": ("[" * 100_000, "it is no JSON", 1),
    "no-version": ("{}", "`version` is no number", 1),
    "version": ('{\n  "version": 2, "edition": 2026, "keys": 1}', "knows up to 1", 2),
    "edition": (
        '{"version": 1,\n"edition": 2031, "keys": 1}',
        "of edition 2031; this mlp knows",
        2,
    ),
    "keys": ('{"version": 1, "edition": 2026,\n\n"keys": 9}', "of key scheme 9", 3),
    "truth": ('{"version": true, "edition": 2026, "keys": 1}', "`version` is no number", 1),
    "word": (f'{{{HEAD},\n"imagse": {{}}}}', "nothing is called `imagse`", 2),
    "twice": (f'{{{HEAD}, "images": {{\n"a": "{DIGEST}",\n"a": "{DIGEST}"}}}}', "twice", 3),
    "digest": (f'{{{HEAD}, "images": {{\n"a:1": "sha256:12"}}}}', "`a:1` in `images`", 2),
    "number": (f'{{{HEAD}, "images": {{\n"a:1": 7}}}}', "`a:1` in `images`", 2),
    "images": (f'{{{HEAD},\n"images": []}}', "`images` is no table", 2),
    "environments": (f'{{{HEAD},\n"environments": {{}}}}', "`environments` is no list", 2),
    "environment": (f'{{{HEAD},\n"environments": [3]}}', "an environment is not said", 2),
    "option": (
        f'{{{HEAD}, "environments": [{{"python": "3.11", "wants": ["a"], "packages": {{\n'
        f'"--pre": ["{DIGEST}"]}}}}]}}',
        "`--pre` pins no package",
        2,
    ),
    "smuggled": (
        f'{{{HEAD}, "environments": [{{"python": "3.11", "wants": ["a"], "packages": {{\n'
        f'"a==1 ; python_version > \'3\' --no-binary :all:": ["{DIGEST}"]}}}}]}}',
        "pins no package",
        2,
    ),
    "no-hash": (
        f'{{{HEAD}, "environments": [{{"python": "3.11", "wants": ["a"], "packages": {{\n'
        '"a==1": []}}]}',
        "`a==1` has no hashes",
        2,
    ),
    "module": (f'{{{HEAD}, "modules": {{\n"std.data": "1"}}}}', "the module `std.data`", 2),
    "conflict": (
        write(FULL).replace('  "images"', '<<<<<<< ours\n  "images"'),
        "holds a merge conflict",
        5,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_has_a_place(name: str) -> None:
    text, why, line = BROKEN[name]
    with pytest.raises(BrokenLockError) as raised:
        read(text)
    assert why in str(raised.value)
    assert 0 <= raised.value.start <= raised.value.end <= len(text)
    if line is not None:
        assert text.count("\n", 0, raised.value.start) + 1 == line


@given(some.integers(0, len(write(FULL)) - 1), some.characters(codec="utf-8"))
def test_whatever_is_written_over_is_a_lock_or_broken(place: int, character: str) -> None:
    text = write(FULL)
    try:
        found = read(text[:place] + character + text[place + 1 :])
    except BrokenLockError:
        return
    assert write(read(write(found))) == write(found)


@pytest.mark.parametrize("command", ["check", "plan", "run", "lock"])
@pytest.mark.parametrize("style", ["short", "json"])
def test_a_broken_lock_is_a_diagnostic_of_every_command(
    mlp: Mlp, tmp_path: Path, command: str, style: str
) -> None:
    (tmp_path / "hello.mlp").write_text(HELLO, "utf-8")
    (tmp_path / "hello.py").write_text("def greet(name, excited):\n    return name\n", "utf-8")
    (tmp_path / "mlp.lock").write_text('{\n  "version": 7,\n  "edition": 2026, "keys": 1}', "utf-8")
    answer = mlp(command, "hello.mlp", "--format", style)
    assert answer.code == 1
    if style == "json":
        (found,) = answer.json["diagnostics"]
        assert (found["code"], found["file"]) == ("MLP0001", "mlp.lock")
        assert found["span"]["start"] == {"line": 2, "column": 3}
        assert found["help"] == ["`pip install --upgrade millpond`"]
    else:
        assert answer.err.startswith("mlp.lock:2:3: error[MLP0001] `mlp.lock` is of version 7")
    assert (tmp_path / "mlp.lock").read_text("utf-8").startswith('{\n  "version": 7')


def test_a_lock_that_cannot_be_read_is_a_diagnostic(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "hello.mlp").write_text(HELLO, "utf-8")
    (tmp_path / "hello.py").write_text("def greet(name, excited):\n    return name\n", "utf-8")
    (tmp_path / "mlp.lock").write_bytes(b"\xff\xfe")
    answer = mlp("check", "hello.mlp", "--short")
    assert answer.code == 1
    assert "cannot read `mlp.lock`: it is not UTF-8" in answer.err
    (tmp_path / "mlp.lock").unlink()
    (tmp_path / "mlp.lock").mkdir()
    answer = mlp("check", "hello.mlp", "--short")
    assert answer.code == 1
    assert "cannot read `mlp.lock`" in answer.err


def test_a_fix_leaves_a_broken_lock_alone(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "hello.mlp").write_text(HELLO.replace("edition 2026", "edition 2026 "), "utf-8")
    (tmp_path / "hello.py").write_text("def greet(name, excited):\n    return name\n", "utf-8")
    (tmp_path / "mlp.lock").write_text("<<<<<<< ours\n", "utf-8")
    answer = mlp("check", "--fix", "hello.mlp")
    assert answer.code == 1
    assert (tmp_path / "mlp.lock").read_text("utf-8") == "<<<<<<< ours\n"


def test_nothing_to_pin_is_said(mlp: Mlp, hello: Path) -> None:
    answer = mlp("lock")
    assert (answer.code, answer.out) == (0, "wrote mlp.lock: nothing to pin\n")
    assert mlp("lock").out == "up to date: mlp.lock: nothing to pin\n"
    assert mlp("lock", "--check").code == 0
    assert json.loads((hello.parent / "mlp.lock").read_text("utf-8"))["images"] == {}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--upgrade", "nothing:1"), "nothing called `nothing:1` is used here"),
        (("--check", "--upgrade-all"), "`--check` changes nothing"),
        (("nowhere",), "there is no file `nowhere`"),
        (("empty",), "there is no `.mlp` file in empty"),
    ],
)
def test_a_mistake_in_use(mlp: Mlp, hello: Path, words: tuple[str, ...], said: str) -> None:
    (hello.parent / "empty").mkdir()
    answer = mlp("lock", *words)
    assert answer.code == 2
    assert said in answer.err
    assert not (hello.parent / "mlp.lock").exists()


def test_a_file_with_errors_is_refused(mlp: Mlp, hello: Path) -> None:
    (hello.parent / "other.mlp").write_text("edition 2026\nstep\n", "utf-8")
    answer = mlp("lock", "--format", "short")
    assert answer.code == 1
    assert answer.err.startswith("other.mlp:")
    assert not (hello.parent / "mlp.lock").exists()
