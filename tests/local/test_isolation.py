"""Bodies of one worker: none finds what another has left in memory, or spoils what holds it."""

from __future__ import annotations

import json
import textwrap

from local.project import Project

PIPELINE = """
step make(i: Int) -> (rows: File) { run python "body:make" }
step count(rows: File) -> (text: String) { run python "body:count" }
step leave(i: Int) -> (seen: Json) { run python "body:leave" }
pipeline p() {
  each = for i in range(3) {
    made = make(i = i)
    counted = count(rows = made.rows)
    left = leave(i = i)
    yield { text = counted.text, seen = left.seen }
  }
  output texts = each[*].text
  output seen = each[*].seen
}
target here: local { workers = 1 }
"""

BODY = """
import builtins, decimal, functools, hashlib, json, locale, os, signal, sys, threading, warnings
from pathlib import Path

CALLS = []

@functools.lru_cache
def load(path):
    return Path(path).read_text()

def make(i: int, out_rows: Path) -> None:
    out_rows.write_text(f"rows of {i}")

def count(rows: Path) -> str:
    return load(str(rows))

class Wrong(str):
    pass

def leave(i: int, calls=[]) -> dict:
    mask = os.umask(0o077)
    seen = {
        "calls": len(CALLS), "default": len(calls), "attribute": hasattr(leave, "called"),
        "builtin": hasattr(builtins, "left"), "umask": mask, "path": "/left" in sys.path,
        "digits": decimal.getcontext().prec, "threads": threading.active_count(),
        "handler": signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL,
        "limit": sys.getrecursionlimit(), "filters": len(warnings.filters),
        "argv": len(sys.argv), "dumps": json.dumps({}), "class": hasattr(Path, "left"),
    }
    CALLS.append(i)
    calls.append(i)
    leave.called = builtins.left = Path.left = True
    sys.path.insert(0, "/left")
    sys.argv.append("left")
    decimal.getcontext().prec = 5
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGTERM])
    sys.setrecursionlimit(5000)
    warnings.simplefilter("error")
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    json.dumps = lambda *words, **more: "patched"
    hashlib.sha256 = lambda *words: 1 / 0
    for name, module in list(sys.modules.items()):
        if name.startswith("millpond.runtime") or name.startswith("millpond.backends"):
            for word in ("digest_file", "encode", "prepare", "keep", "check", "clear"):
                if hasattr(module, word):
                    setattr(module, word, lambda *words, **more: 1 / 0)
    return seen
"""


def test_what_a_body_leaves_in_memory_is_gone_with_it(project: Project) -> None:
    project.body(BODY.replace('"check", ', "").replace('"encode", ', ""))
    project.pipeline(PIPELINE)
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["texts"] == ["rows of 0", "rows of 1", "rows of 2"]
    first, *others = ran.json["outputs"]["seen"]
    assert others == [first, first]
    assert (first["calls"], first["default"], first["dumps"]) == (0, 0, "{}")


def test_what_a_body_does_to_the_runtime_costs_its_step_alone(project: Project) -> None:
    """It may spoil what tells of its own outputs, and then it has none."""
    project.body(BODY)
    project.pipeline(PIPELINE)
    ran = project.mlp("run", "p.mlp", "--keep-going", "--format", "json")
    assert ran.code == 1
    states = {name.partition(".")[2]: node["state"] for name, node in ran.nodes.items()}
    assert (states["made"], states["counted"], states["left"]) == ("ran", "ran", "failed")
    assert "ZeroDivisionError" in ran.err or "division by zero" in ran.err


def test_a_module_that_starts_threads_has_them_when_its_body_runs(project: Project) -> None:
    project.body(
        """
        import queue, threading
        asked, answers = queue.Queue(), queue.Queue()
        def serve():
            while True:
                answers.put(asked.get() + 1)
        threading.Thread(target=serve, daemon=True).start()

        def ask(i: int) -> int:
            asked.put(i)
            return answers.get(timeout=20)
        """
    )
    project.pipeline(
        """
        step ask(i: Int) -> (n: Int) { run python "body:ask" }
        pipeline p() {
          each = for i in range(3) {
            one = ask(i = i)
            yield one.n
          }
          output n = each
        }
        target here: local { workers = 1 }
        """
    )
    ran = project.run()
    assert ran.json["outputs"] == {"n": [1, 2, 3]}, ran.err


HARM = {
    "kills its parent": ("failed", "os.kill(os.getppid(), 9); time.sleep(30)"),
    "stops its parent": ("ran", "os.kill(os.getppid(), signal.SIGSTOP)"),
    "stops the worker": ("ran", "os.kill(worker, signal.SIGSTOP)"),
    "lets its parent open nothing": ("ran", "resource.prlimit(os.getppid(), *NO_FILES)"),
    "lets the worker open nothing": ("failed", "resource.prlimit(worker, *NO_FILES)"),
    "may write nothing": ("failed", "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))"),
    "closes what it finds open": ("ran", "os.closerange(0, 1000)"),
    "writes to what it finds open": (
        "ran",
        """
        for file in range(3, 100):
            try:
                os.write(file, b"x" * 100)
            except OSError:
                pass
        """,
    ),
    "leaves a pipe where its outcome belongs": (
        "failed",
        "os.mkfifo(desk / 'outcome.json'); os._exit(0)",
    ),
    "leaves a folder where its outcome belongs": (
        "failed",
        "(desk / 'outcome.json').mkdir(); os._exit(0)",
    ),
    "says nonsense of its outcome": (
        "failed",
        """
        (desk / "outcome.json").write_text('{"outputs": {"n": "x"}}')
        os._exit(0)
        """,
    ),
    "removes its folder": ("ran", "shutil.rmtree(desk / 'scratch')"),
    "puts a link in the place of its folder": (
        "ran",
        """
        os.chdir("/")
        shutil.rmtree(desk / "scratch")
        (desk / "scratch").symlink_to(PLACE)
        """,
    ),
    "puts a link in the place of the worker's": (
        "ran",
        """
        desk.rename(f"{desk}.moved")
        desk.symlink_to(PLACE)
        """,
    ),
    "leaves folders that nobody may enter": (
        "ran",
        """
        os.makedirs("deep/deeper")
        os.chmod("deep/deeper", 0)
        os.chmod("deep", 0)
        os.chmod(".", 0)
        """,
    ),
    "starts hundreds of processes": (
        "ran",
        """
        for _ in range(200):
            if os.fork() == 0:
                os.setsid()
                time.sleep(60)
                os._exit(0)
        """,
    ),
}


def test_what_a_body_does_to_its_surroundings_is_its_own_loss(project: Project) -> None:
    """One worker meets them all, one after the other."""
    kept = project.write("kept/file", "kept")
    text = "import os, resource, shutil, signal, time\nfrom pathlib import Path\n"
    text += "NO_FILES = resource.RLIMIT_NOFILE, (5, 5)\n"
    names = [f"harm{number}" for number in range(len(HARM))]
    for name, (_, code) in zip(names, HARM.values(), strict=True):
        code = textwrap.dedent(code).strip().replace("PLACE", repr(str(kept.parent)))
        text += f"def {name}(n: int) -> int:\n    desk = Path.cwd().parent\n"
        text += "    status = Path(f'/proc/{os.getppid()}/stat').read_text()\n"
        text += "    worker = int(status.rpartition(')')[2].split()[1])\n"
        text += textwrap.indent(code, "    ") + "\n    return n\n"
    project.write("body.py", text)
    steps = [f'step {name}(n: Int) -> (n: Int) {{ run python "body:{name}" }}' for name in names]
    calls = [f"  h{number} = {name}(n = {number})" for number, name in enumerate(names)]
    project.pipeline(
        "\n".join([*steps, "pipeline p() {", *calls, "  output n = h1.n", "}"])
        + "\ntarget here: local { workers = 1 }\n"
    )
    ran = project.mlp("run", "p.mlp", "--keep-going", "--format", "json")
    expected = {f"h{number}": state for number, (state, _) in enumerate(HARM.values())}
    assert ran.states == expected, ran.err
    assert "what its process left is no outcome" in ran.err
    assert "what came of it could not be written; is the disk full?" in ran.err
    assert kept.read_text() == "kept"
    # It wrote its own outcome there; the next one has a worker with a folder of its own.
    number = list(HARM).index("puts a link in the place of the worker's")
    assert json.loads((kept.parent / "outcome.json").read_text()) == {"outputs": {"n": number}}
    assert list((project.folder / ".millpond" / "scratch").iterdir()) == []


def test_an_input_that_another_step_has_damaged_is_named(project: Project) -> None:
    project.body(
        """
        import os
        from pathlib import Path
        def make(out_rows: Path) -> int:
            out_rows.write_text("x" * 100_000)
            return 1
        def spoil(n: int, state: str) -> int:
            large = [p for p in Path(state, "objects").rglob("*") if p.stat().st_size == 100_000]
            large[0].unlink()
            return n
        def count(rows: Path, n: int) -> int:
            return n
        """
    )
    project.pipeline(
        f"""
        step make() -> (rows: File, n: Int) {{ run python "body:make" }}
        step spoil(n: Int, state: String) -> (n: Int) {{ run python "body:spoil" }}
        step count(rows: File, n: Int) -> (n: Int) {{ run python "body:count" }}
        pipeline p() {{
          made = make()
          spoilt = spoil(n = made.n, state = "{project.folder / ".millpond"}")
          counted = count(rows = made.rows, n = spoilt.n)
          output n = counted.n
        }}
        """
    )
    ran = project.run()
    assert ran.code == 1
    assert "the store has lost input `rows`, or a step has damaged it; what made it" in ran.err
    assert project.run().json["outputs"] == {"n": 1}
