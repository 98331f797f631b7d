"""A run that has nothing to do is answered without a look at any text, as it would have ended."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from cli.conftest import GREET, HELLO, Answer, Mlp

from millpond.face import again as memo
from millpond.runtime.folder import FolderStore
from millpond.runtime.key import digest_json
from millpond.runtime.record import Record

_RUN = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


@pytest.fixture(autouse=True)
def own_secret(
    hello: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A user's folder for this test alone, beside the project."""
    home = tmp_path_factory.mktemp("user")
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    return home


@pytest.fixture
def project(mlp: Mlp) -> Path:
    """Where the command runs: everything is done there, and it is known."""
    assert run(mlp).code == 0
    return Path.cwd()


def run(mlp: Mlp) -> Answer:
    """A run, as soon as the clock of the file system has moved on."""
    time.sleep(0.03)
    # pytest says there how far it is, and every other environment is another question
    os.environ.pop("PYTEST_CURRENT_TEST", None)
    return mlp("run", "hello.mlp")


def answered(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> tuple[Answer, bool]:
    """A run, and whether the memo gave its answer."""
    found: list[bool] = []
    whole = memo.again

    def watched(words: list[str]) -> bool:
        found.append(whole(words))
        return found[-1]

    with monkeypatch.context() as patch:
        patch.setattr(memo, "again", watched)
        answer = run(mlp)
    return answer, found == [True]


def read_anew(mlp: Mlp, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """A run that asks no memo."""
    with monkeypatch.context() as patch:
        patch.setattr(memo, "again", lambda words: False)
        return run(mlp)


def plain(text: str) -> str:
    """What was said, but for the name of the run and the time it took."""
    return re.sub(r"\d+\.\d s", "", _RUN.sub("RUN", text))


PICTURE = HELLO.replace("(message: String) {", "(message: String, page: File) {", 1).replace(
    "  output", '  expect hi.message != ""\n  output page = hi.page\n  output', 1
)
DRAWN = """\
from pathlib import Path

def greet(name, excited):
    Path("page.svg").write_text("<svg/>")
    return {"message": f"Hello, {name}.", "page": Path("page.svg")}
"""


def newest(project: Path) -> Path:
    return max((project / ".millpond/runs").iterdir())


@pytest.mark.parametrize("kept_by", ["the run that did the work", "a run of hits"])
def test_the_same_is_said_and_written(
    kept_by: str, mlp: Mlp, monkeypatch: pytest.MonkeyPatch, hello: Path
) -> None:
    project = hello.parent
    hello.write_text(PICTURE)
    (project / "hello.py").write_text(DRAWN)
    assert "2 ran" in run(mlp).out
    if kept_by == "a run of hits":
        assert "nothing ran" in read_anew(mlp, monkeypatch).out
    answer, from_memo = answered(mlp, monkeypatch)
    assert from_memo
    new = newest(project)
    whole = read_anew(mlp, monkeypatch)
    old = newest(project)
    assert old != new
    assert "nothing ran: all 2 steps were hits" in answer.out
    assert new.name in answer.out
    assert plain(answer.out) == plain(whole.out)
    # which of two nodes that wait for the same comes first says nothing
    assert sorted(answer.err.splitlines()) == sorted(whole.err.splitlines())
    for name in ("run.json", "events.jsonl", "report.html"):
        texts = [(folder / name).read_text() for folder in (old, new)]
        if name == "run.json":
            fields = [json.loads(text) for text in texts]
            for each in fields:
                del each["seconds"], each["began"]
            texts = [json.dumps(each) for each in fields]
        if name == "events.jsonl":
            texts = ["\n".join(sorted(text.splitlines())) for text in texts]
        assert plain(texts[0]) == plain(texts[1])
    listed = mlp("runs").out
    assert listed.count("2 hit") == (2 if kept_by == "the run that did the work" else 3)
    assert new.name in listed


def touch(path: Path) -> None:
    os.utime(path)


CHANGES = {
    "a comment in the file": lambda at: (at / "hello.mlp").write_text(f"# new\n{HELLO}"),
    "a body": lambda at: (at / "hello.py").write_text(GREET.replace("Hello", "Howdy")),
    "a new module": lambda at: (
        (at / "src").mkdir(),
        (at / "src/other.py").write_text(GREET),
    ),
    "a manifest": lambda at: (at / "mlp.toml").write_text('[project]\nname = "x"\n'),
    "a file that may be read": lambda at: (at / "data.csv").write_text("1\n"),
    "a time stamp": lambda at: touch(at / "hello.py"),
    "a link": lambda at: (at / "link").symlink_to(at / "hello.py"),
    "a link that leads out": lambda at: (at / "link").symlink_to("/etc/hostname"),
    "the store": lambda at: (at / ".millpond/index.sqlite").rename(at / "index.old"),
    "the history": lambda at: (at / ".millpond/history.sqlite").unlink(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_is_touched_the_file_is_read_again(
    what: str, mlp: Mlp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANGES[what](project)
    answer, from_memo = answered(mlp, monkeypatch)
    assert not from_memo
    assert answer.code == 0


def test_an_edit_that_keeps_length_and_time_stamp_is_seen(
    mlp: Mlp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = project / "hello.py"
    status = body.stat()
    body.write_text(GREET.replace("Hello", "Howdy"))
    os.utime(body, ns=(status.st_atime_ns, status.st_mtime_ns))
    answer, from_memo = answered(mlp, monkeypatch)
    assert not from_memo
    assert "Howdy, world." in answer.out


def test_another_environment_is_another_question(
    mlp: Mlp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOMETHING", "else")
    assert not answered(mlp, monkeypatch)[1]


def test_a_damaged_memo_is_none(mlp: Mlp, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place,) = (project / ".millpond/memo").iterdir()
    whole = place.read_bytes()
    chance = Random(7)
    for _ in range(20):
        at = chance.randrange(len(whole))
        place.write_bytes(
            whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :]
        )
        assert memo.kept(place) is None
    place.write_bytes(whole[: len(whole) // 2])
    answer, from_memo = answered(mlp, monkeypatch)
    assert not from_memo
    assert "all 2 steps were hits" in answer.out


def test_a_memo_that_another_user_wrote_is_none(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = tmp_path_factory.mktemp("stranger")
    monkeypatch.setenv("XDG_STATE_HOME", str(stranger))
    (place,) = (project / ".millpond/memo").iterdir()
    assert memo.kept(place) is None


def test_a_secret_that_others_can_read_is_none(mlp: Mlp, project: Path, own_secret: Path) -> None:
    (own_secret / "millpond/seal").chmod(0o644)
    (place,) = (project / ".millpond/memo").iterdir()
    assert memo.kept(place) is None


def test_where_no_secret_can_be_kept_there_is_no_memo(
    mlp: Mlp, monkeypatch: pytest.MonkeyPatch, own_secret: Path
) -> None:
    (own_secret / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(own_secret / "file"))
    assert run(mlp).code == 0
    assert not (Path.cwd() / ".millpond/memo").exists()


def test_what_reads_the_world_is_never_answered_from_memory(
    mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN", "a word")
    for change in ("cache { ttl = 1h }", "cache = false", 'secrets { T = secret("TOKEN") }'):
        text = HELLO.replace('"hello:greet"', f'"hello:greet"\n  {change}')
        Path("hello.mlp").write_text(text)
        for _ in range(3):
            answer, from_memo = answered(mlp, monkeypatch)
            assert answer.code == 0
            assert not from_memo


def test_the_project_behind_an_editable_install_is_looked_at_each_time(
    mlp: Mlp, hello: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("elsewhere")
    own, site = folder / "own" / "acme.py", folder / "site-packages"
    place = site / "acme.dist-info"
    place.mkdir(parents=True)
    own.parent.mkdir()
    own.write_text("X = 1\n")
    direct = {"url": own.parent.as_uri(), "dir_info": {"editable": True}}
    (place / "direct_url.json").write_text(json.dumps(direct))
    (place / "METADATA").write_text("Name: acme\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(site))
    code = hello.parent / "hello.py"
    code.write_text(GREET.replace("    return", "    if excited:\n        import acme\n    return"))
    for _ in range(2):
        assert run(mlp).code == 0
    own.write_text("X = 2\n")
    answer, from_memory = answered(mlp, monkeypatch)
    assert (answer.code, from_memory) == (0, False)
    assert "nothing ran" not in answer.out


def test_a_file_that_a_body_changes_while_it_runs_is_read_again(
    mlp: Mlp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = f"import pathlib; pathlib.Path({str(project / 'hello.mlp')!r}).write_text(NEW)"
    new = HELLO.replace('"world"', '"moon"')
    (project / "hello.py").write_text(GREET.replace("    return", f"    {edit}\n    return", 1))
    (project / "hello.py").write_text(f"NEW = {new!r}\n" + (project / "hello.py").read_text())
    assert "Hello, world." in run(mlp).out
    answer, from_memo = answered(mlp, monkeypatch)
    assert not from_memo
    assert "Hello, moon." in answer.out


def test_a_result_that_came_out_otherwise_elsewhere_is_told_of(
    mlp: Mlp, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(project / ".millpond")
    (known,) = (record for record in store.index.records() if "message" in record.outputs)
    entry = {**known.outputs["message"], "value": "Howdy", "digest": digest_json("Howdy")}
    other = Record(known.key, {"message": entry}, known.parts, known.inputs, known.provenance)
    assert store.publish(other) == known
    store.close()
    answer, from_memo = answered(mlp, monkeypatch)
    assert not from_memo
    assert "noisy: hi came out otherwise when made again: `message`" in answer.out


def test_a_run_over_midnight_says_nothing_of_the_next_day(
    mlp: Mlp, hello: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Yesterday(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now().astimezone() - timedelta(days=1)

    monkeypatch.setattr("millpond.compiler.cli.run.datetime", Yesterday)
    assert run(mlp).code == 0
    assert not (hello.parent / ".millpond/memo").exists()


def test_random_edits_come_out_the_same_with_and_without(
    mlp: Mlp, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = Random(20261123)
    edits = [
        lambda: Path("hello.mlp").write_text(HELLO),
        lambda: Path("hello.mlp").write_text(HELLO.replace('"world"', '"moon"')),
        lambda: Path("hello.mlp").write_text(HELLO.replace("hi =", "hey =").replace("hi.", "hey.")),
        lambda: Path("hello.py").write_text(GREET),
        lambda: Path("hello.py").write_text(GREET.replace("Hello", "Howdy")),
        lambda: Path("other.py").write_text("x = 1\n"),
        lambda: None,
        lambda: None,
        lambda: None,
    ]
    used = 0
    assert run(mlp).code == 0
    for _ in range(int(os.environ.get("MILLPOND_EDITS", "12"))):
        chance.choice(edits)()
        answer, from_memo = answered(mlp, monkeypatch)
        used += from_memo
        whole = read_anew(mlp, monkeypatch)
        if "nothing ran" in answer.out:
            assert plain(answer.out) == plain(whole.out)
        else:
            said = [line for line in answer.out.splitlines() if " = " in line]
            assert said == [line for line in whole.out.splitlines() if " = " in line]
    assert used
