"""Bodies that would harm the store, and what becomes of them."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest
from kill.rounds import nobody_works, sound
from local.project import Project, until

from millpond.runtime.folder import FolderStore
from millpond.runtime.health import Kind, examine

PIPELINE = """
step make(size: Int) -> (rows: File) { run python "body:make" }
step harm(rows: File, folder: Dir) -> (n: Int) { run python "body:harm" }
step fill() -> (folder: Dir) { run python "body:fill" }
step count(rows: File, folder: Dir) -> (n: Int) { run python "body:count" }
pipeline p(size: Int = 100_000, harmed: Bool = true) {
  made = make(size = size)
  filled = fill()
  when harmed {
    harmful = harm(rows = made.rows, folder = filled.folder)
  }
  counted = count(rows = made.rows, folder = filled.folder)
  output n = counted.n
}
"""

BODY = """
import os, time
from pathlib import Path

def make(size, out_rows: Path):
    out_rows.write_text("x" * size)

def fill(out_folder: Path):
    out_folder.mkdir()
    for name in ("small", "large"):
        (out_folder / name).write_text(name[0] * (10 if name == "small" else 100_000))

def count(rows, folder):
    return rows.read_text().count("x") + sum(len(set(f.read_text())) for f in folder.iterdir())
"""

WAYS = {
    "writes": "os.chmod(rows, 0o644); rows.write_text('y' * 100_000)",
    "sets the time back": """
        status = os.stat(rows)
        os.chmod(rows, 0o644)
        with open(rows, "r+") as file:
            file.write("y")
        os.utime(rows, ns=(status.st_atime_ns, status.st_mtime_ns))
    """,
    "maps": """
        import mmap
        status = os.stat(rows)
        os.chmod(rows, 0o644)
        with open(rows, "r+b") as file, mmap.mmap(file.fileno(), 0) as bytes_:
            bytes_[0] = 121
        os.utime(rows, ns=(status.st_atime_ns, status.st_mtime_ns))
    """,
    "truncates": "os.chmod(rows, 0o644); os.truncate(rows, 10)",
    "writes into a folder": "os.chmod(folder / 'large', 0o644); (folder / 'large').write_text('y')",
}
HARMLESS = {
    "deletes": "rows.unlink(); (folder / 'large').unlink()",
    "replaces": "rows.unlink(); rows.write_text('y')",
    "adds": "(folder / 'more').write_text('y')",
    "writes to a small one": "os.chmod(folder / 'small', 0o644); open(folder / 'small', 'w')",
    "renames": "rows.rename(rows.with_name('other')); (folder / 'large').rename(folder / 'l')",
}


def _harmed(project: Project, way: str) -> None:
    project.pipeline(PIPELINE)
    project.body(BODY + "\ndef harm(rows, folder):\n" + _indented(way) + "\n    return 1\n")


def _indented(way: str) -> str:
    return textwrap.indent(textwrap.dedent(way).strip("\n"), "    ")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.replace(" ", "-"))
def test_a_body_that_changes_a_large_input_fails_and_the_store_is_sound(
    project: Project, way: str
) -> None:
    _harmed(project, WAYS[way])
    ran = project.run()
    assert ran.code == 1
    assert "harmful failed: the body changed one of its inputs" in ran.err
    store = FolderStore(project.folder / ".millpond")
    assert {each.kind for each in examine(store).damages} == {Kind.MISSING}, "moved aside"
    store.close()
    again = project.run("harmed=false")
    assert again.code == 0, again.err
    assert again.json["outputs"] == {"n": 100_002}
    sound(project.folder / ".millpond")


@pytest.mark.parametrize("way", HARMLESS, ids=lambda way: way.replace(" ", "-"))
def test_what_a_body_does_to_its_own_copies_and_names_is_nobody_elses_business(
    project: Project, way: str
) -> None:
    _harmed(project, HARMLESS[way])
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"n": 100_002}
    sound(project.folder / ".millpond")


@pytest.mark.parametrize("end", ["raise ValueError", "os._exit(3)"], ids=["raises", "dies"])
def test_a_body_that_fails_after_it_has_changed_an_input_is_found_out_too(
    project: Project, end: str
) -> None:
    _harmed(project, f"os.chmod(rows, 0o644); rows.write_text('y' * 100_000); {end}")
    assert project.run("--keep-going").code == 1
    # Who meets the damage says so, and from then on the result is a miss.
    codes = [project.run("harmed=false") for _ in range(2)]
    assert codes[-1].json["outputs"] == {"n": 100_002}
    sound(project.folder / ".millpond")


LATE = """
step late() -> (rows: File) { run python "body:late" }
step count(rows: File) -> (n: Int) { run python "body:count" }
pipeline p() {
  made = late()
  counted = count(rows = made.rows)
  output n = counted.n
}
"""


@pytest.mark.parametrize(
    "how",
    [
        "threading.Thread(target=later, args=(open(out_rows, 'r+'),), daemon=True).start()",
        "kept.append(mapped(out_rows)); threading.Thread(target=scribble, daemon=True).start()",
        "kept.append(open(out_rows, 'r+')); os.fork() or (os.setsid(), later(kept[0]))",
    ],
    ids=["thread", "map", "daemon"],
)
def test_an_output_that_is_written_to_after_its_step_has_ended_stays_as_it_was(
    project: Project, how: str
) -> None:
    project.pipeline(LATE)
    project.body(
        f"""
        import mmap, os, threading, time
        from pathlib import Path
        kept = []

        def mapped(path):
            with open(path, "r+b") as file:
                return mmap.mmap(file.fileno(), 0)

        def scribble():
            while True:
                kept[0][:5] = b"yyyyy"

        def later(file):
            while True:
                file.seek(0)
                file.write("yyyyy")
                file.flush()
                time.sleep(0.001)

        def late(out_rows: Path):
            out_rows.write_text("x" * 100_000)
            {how}

        def count(rows):
            time.sleep(0.3)
            return rows.stat().st_size
        """
    )
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"n": 100_000}
    sound(project.folder / ".millpond")
    nobody_works(project.folder)


def test_a_file_that_its_user_changes_while_it_is_read_spoils_no_key(project: Project) -> None:
    """The result would stand for a content that it was not made of."""
    project.write("rows.csv", "n\n1\n")
    project.pipeline(
        """
        step slow(rows: File, place: String) -> (n: Int) { run python "body:slow" }
        pipeline p() {
          read = slow(rows = file("rows.csv"), place = "PLACE")
          output n = read.n
        }
        """.replace("PLACE", str(project.folder))
    )
    project.body(
        """
        import time
        from pathlib import Path

        def slow(rows, place):
            Path(place, "began").write_text("1")
            while Path(place, "hold").exists():
                time.sleep(0.02)
            return len(Path(rows).read_text().splitlines())
        """
    )
    project.write("hold", "")
    run = project.start("run", "p.mlp", "--format", "json")
    until(lambda: (project.folder / "began").exists())
    time.sleep(0.05)
    project.write("rows.csv", "n\n1\n2\n3\n")
    (project.folder / "hold").unlink()
    _, err = run.communicate(timeout=30)
    assert run.returncode == 1
    assert "changed one of its inputs" in err
    project.write("rows.csv", "n\n1\n")
    assert project.run().json["outputs"] == {"n": 2}
    assert Path(project.folder / "rows.csv").exists(), "what is the user's own is not moved aside"


def test_keys_that_would_lead_elsewhere_are_names_like_all_others(project: Project) -> None:
    project.pipeline(
        """
        step make() -> (files: Map[String, File], words: Map[String, File]) {
          run python "body:make"
        }
        step use(files: Map[String, File], words: Map[String, File]) -> (n: Int) {
          run python "body:use"
        }
        pipeline p() {
          made = make()
          used = use(files = made.files, words = made.words)
          output n = used.n
          output files = made.files
        }
        """
    )
    project.body(
        r"""
        from pathlib import Path

        KEYS = [
            "", ".", "..", "../../x", "/etc/passwd", "x/y/z", "a\nb", "a b", "-", "~", "%2F", "con",
            "A", "a", "\u00e9", "e\u0301", "k" * 300, "\u00e9" * 300, "$(touch hacked)", "a.csv",
        ]

        def make():
            folder = Path("made")
            folder.mkdir()
            files = {}
            for number, key in enumerate(KEYS):
                files[key] = folder / str(number)
                files[key].write_text(key)
            return {"files": files, "words": {key: key.encode() for key in KEYS}}

        def use(files, words):
            assert sorted(files) == sorted(words) == sorted(KEYS)
            assert all(path.read_text() == key for key, path in files.items())
            assert all(path.read_text() == key for key, path in words.items())
            return len(files)
        """
    )
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["n"] == 20
    assert {path.name for path in project.folder.iterdir()} == {".millpond", "p.mlp", "body.py"}
    (run,) = project.runs
    laid = {entry["path"] for entry in ran.json["outputs"]["files"].values()}
    assert len(laid) == 20
    assert all(Path(path).parent == run / "outputs" for path in laid)


@pytest.mark.parametrize(
    ("left", "says"),
    [
        ("mkfifo $n", "n is a pipe; the value is read from a plain file"),
        ("mkdir $n", "n is a folder; the value is read from a plain file"),
        ("truncate -s 1T $n", "n is larger than any value"),
    ],
)
def test_what_a_shell_step_leaves_for_a_value_is_not_read_without_end(
    project: Project, left: str, says: str
) -> None:
    project.pipeline(
        f"""
        step s() -> (n: Int) {{ run shell "{left}" }}
        pipeline p() {{
          it = s()
          output n = it.n
        }}
        """
    )
    ran = project.run()
    assert ran.code == 1
    assert f"it failed: output `n: Int` (p.mlp:4:14): {says}" in ran.err


def test_code_that_a_step_has_found_and_changed_runs_nowhere_else(project: Project) -> None:
    state = project.folder / ".millpond"
    project.body(
        f"""
        from pathlib import Path
        def harm(n: int) -> int:
            for path in Path({str(state)!r}, "code").rglob("*.py"):
                path.unlink()
                path.write_text("def harm(n): return 0\\ndef plain(n): return 0\\n")
            return n
        def plain(n: int) -> int:
            return n
        """
    )
    project.pipeline(
        """
        step harm(n: Int) -> (n: Int) { run python "body:harm" }
        step plain(n: Int) -> (n: Int) { run python "body:plain" }
        pipeline p(n: Int) {
          one = harm(n = n)
          two = plain(n = n)
          output sum = one.n + two.n
        }
        target here: local { workers = 1 }
        """
    )
    assert project.run("n=1").code == 0
    assert project.run("n=2").json["outputs"] == {"sum": 4}
