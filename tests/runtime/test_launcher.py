"""The launcher as engines start it: a process, a zip and a command line."""

import json
from time import sleep

import pytest
from runtime_cases import output, step_spec

SPLIT = step_spec(
    function="split",
    inputs=[["n", "Int"], ["rate", "Float", True]],
    outputs=[output("numbers", "File"), output("metrics", ["Metrics", None])],
)
SPLIT_CODE = {
    "body.py": """
        import os
        from pathlib import Path
        from lib.words import hello

        def split(n: int, out_numbers: Path, rate: float = 2.0):
            print("splitting", hello())
            out_numbers.write_text("\\n".join(str(i) for i in range(n)))
            return {"n": n * rate}
        """,
    "lib/__init__.py": "",
    "lib/words.py": "def hello(): return 'hello'",
}
TOTAL = step_spec(
    "shell",
    text='sum=0\nwhile read -r n; do sum=$((sum + n)); done < "$numbers"\necho "$sum" > "$total"\n',
    inputs=[["numbers", "File"]],
    outputs=[output("total", "Int")],
)


def test_two_steps_and_a_second_run(engine):
    split = engine.bundle("split", SPLIT, SPLIT_CODE)
    total = engine.bundle("total", TOTAL)
    first = engine.launch(split, "--arg", "n", "=5", "--result-json", "out/result.json")
    assert first.code == 0, first.stderr
    assert "splitting hello" in first.stderr
    assert json.loads((engine.folder / "out/result.json").read_text()) == {"result": first.result}
    again = engine.launch(split, "--arg=n:=5")
    assert again.result == first.result
    assert "was done before" in again.stderr
    assert "splitting" not in again.stderr
    summed = engine.launch(
        total, "--arg", "numbers", f"@{first.result}#numbers", "--emit", "total", "out/total"
    )
    assert summed.code == 0, summed.stderr
    assert (engine.folder / "out/total").read_text() == "6"
    assert list((engine.folder / "scratch").iterdir()) == []


def test_fields_of_results_bind_to_scalars(engine):
    split = engine.bundle("split", SPLIT, SPLIT_CODE)
    first = engine.launch(split, "--arg", "n", "=5")
    spec = SPLIT | {"inputs": [["n", "Int"], ["rate", "Float"]]}
    taken = engine.launch(
        engine.bundle("again", spec, SPLIT_CODE),
        *("--arg", "n", "=1", "--arg", "rate", f"@{first.result}#metrics.n"),
        *("--emit", "metrics.n", "out/n"),
    )
    assert taken.code == 0, taken.stderr
    assert (engine.folder / "out/n").read_text() == "10.0"


def test_long_arguments_go_on_in_more_entries(engine):
    words = [str(n) for n in range(200)]
    text = json.dumps(words)
    spec = step_spec(
        "shell",
        text='cp "$words_file" "$copy"',
        inputs=[["words", ["List", "String"]]],
        outputs=[output("copy", ["List", "String"])],
    )
    pieces = [f"--more={text[i : i + 200]}" for i in range(200, len(text), 200)]
    done = engine.launch(
        engine.bundle("copy", spec), f"--arg=words:={text[:200]}", *pieces, "--emit", "copy", "c"
    )
    assert done.code == 0, done.stderr
    assert json.loads((engine.folder / "c").read_text()) == words


def test_fan_in_is_a_list_of_references(engine):
    split = engine.bundle("split", SPLIT, SPLIT_CODE)
    ids = [engine.launch(split, "--arg", "n", f"={n}").result for n in (2, 3)]
    spec = step_spec(
        function="count",
        inputs=[
            ["parts", ["List", "File"]],
            ["ns", ["List", "Float"]],
            ["gone", ["optional", "Int"]],
        ],
        outputs=[output("lines", "Int")],
    )
    code = """
        def count(parts, ns, gone):
            assert ns == [4.0, 6.0] and gone is None
            assert all(part.suffix == "" and part.is_file() for part in parts)
            return sum(len(part.read_text().splitlines()) for part in parts)
        """
    done = engine.launch(
        engine.bundle("count", spec, {"body.py": code}),
        *("--arg", "parts", "*" + json.dumps([f"@{i}#numbers" for i in ids])),
        *("--arg", "ns", "*" + json.dumps([f"@{i}#metrics.n" for i in ids])),
        *("--arg", "gone", "~", "--emit", "lines", "lines"),
    )
    assert done.code == 0, done.stderr
    assert (engine.folder / "lines").read_text() == "5"


def test_a_failing_body_fails_the_step_for_good(engine):
    spec = step_spec(outputs=[output("x", "Int")])
    code = {"body.py": "def run():\n    raise ValueError('no rows')\n"}
    failed = engine.launch(engine.bundle("b", spec, code))
    assert failed.code == 1
    assert failed.result is None
    assert failed.stderr.splitlines()[0] == "millpond: step run failed: ValueError: no rows"
    assert 'body.py", line 2, in run' in failed.stderr
    assert "millpond_runtime" not in failed.stderr


def test_exit_code_75_of_a_body_is_infrastructure(engine):
    assert engine.launch(engine.bundle("b", step_spec("shell", text="exit 75"))).code == 75
    assert engine.launch(engine.bundle("c", step_spec("shell", text="exit 7"))).code == 1
    assert engine.launch(engine.bundle("d", step_spec("shell", text="kill -9 $$"))).code == 75
    assert engine.launch(engine.bundle("e", step_spec("shell", text="kill -SEGV $$"))).code == 1


def test_a_store_that_cannot_be_used_is_infrastructure(engine):
    (engine.folder / "store").write_text("a file, not a folder")
    done = engine.launch(engine.bundle("b", step_spec("shell", text="true")))
    assert done.code == 75
    assert "step shell failed: the store failed: [Errno 20] Not a directory" in done.stderr


def test_a_lost_reference_is_infrastructure(engine):
    done = engine.launch(engine.bundle("t", TOTAL), "--arg", "numbers", f"@{'0' * 64}#numbers")
    assert done.code == 75
    assert "is not in file://" in done.stderr


def test_wrong_arguments_fail(engine):
    split = engine.bundle("split", SPLIT, SPLIT_CODE)
    for words, text in [
        (["--arg", "n", "=five"], "input `n`: Int wanted, 'five' given"),
        ([], "input `n`: it has no value"),
        (["--arg", "n", "=1", "--arg", "m", "=1"], "there is no input called `m`"),
        (["--arg", "n", "1"], "'1' is no bound text"),
        (["--arg", "n", "~"], "input `n`: it is missing"),
        (["--colour", "red"], "there is no option --colour"),
    ]:
        done = engine.launch(split, *words)
        assert done.code == 1
        assert text in done.stderr


def test_a_body_sees_only_the_allowed_environment(engine):
    spec = step_spec(
        "shell",
        text='env | cut -d= -f1 | sort > "$names"; echo "$HOME|$TZ|$LC_ALL|$OMP_NUM_THREADS|$MODE"',
        outputs=[output("names", "File")],
        env={"MODE": "fast"},
        cpu=2.5,
        secrets={"TOKEN": {"source": "env", "name": "VAULT_TOKEN"}},
    )
    bundle = engine.bundle("b", spec)
    done = engine.launch(
        bundle, env={"VAULT_TOKEN": "correct horse", "USER": "anna", "AWS_SECRET": "x"}
    )
    assert done.code == 0, done.stderr
    assert "|UTC|C.UTF-8|2|fast" in done.stderr
    store = engine.folder / "store"
    names = next(p.read_text() for p in store.rglob("objects/*/*"))
    assert set(names.split()) - {"PWD", "SHLVL", "_", "OLDPWD"} == {
        "HOME",
        "LC_ALL",
        "MODE",
        "OMP_NUM_THREADS",
        "PATH",
        "PYTHONHASHSEED",
        "TOKEN",
        "TZ",
        "names",
    }


def test_secrets_are_masked_in_logs_and_written_nowhere(engine):
    spec = step_spec(
        function="run",
        outputs=[output("n", "Int")],
        secrets={"TOKEN": {"source": "env", "name": "VAULT_TOKEN"}},
    )
    code = """
        import os
        def run():
            print("token", os.environ["TOKEN"])
            return len(os.environ["TOKEN"])
        """
    bundle = engine.bundle("b", spec, {"body.py": code})
    done = engine.launch(bundle, env={"VAULT_TOKEN": "correct horse"})
    assert done.code == 0, done.stderr
    assert "token ***" in done.stderr
    for path in engine.folder.rglob("*"):
        assert not path.is_file() or b"correct horse" not in path.read_bytes()
    missing = engine.launch(engine.bundle("c", spec | {"ttl": 0}, {"body.py": code}))
    assert missing.code == 1
    assert "secret `TOKEN`: no variable is set here: VAULT_TOKEN, TOKEN" in missing.stderr


RETRIED = """
    echo attempt >> {trace}
    if [ "$(wc -l < {trace})" -lt 3 ]; then echo x > left-over; exit 4; fi
    [ ! -e left-over ]
    echo done > "$out"
"""


def test_an_error_that_quotes_a_secret_is_masked(engine):
    spec = step_spec(
        function="connect",
        outputs=[output("n", "Int")],
        secrets={"TOKEN": {"source": "env", "name": "warehouse/token"}},
        retry={"attempts": 2, "backoff": None, "on": ["failure"]},
    )
    code = {
        "body.py": """
            import os

            def connect() -> int:
                raise ValueError("cannot log in with " + os.environ["TOKEN"])
            """
    }
    # An engine sets the variable that the step declares, not the secret's own name.
    done = engine.launch(engine.bundle("s", spec, code), env={"TOKEN": "hunter2-hunter2"})
    assert done.code == 1
    assert "cannot log in with ***" in done.stderr
    assert "hunter2" not in done.stderr


def test_a_script_finds_the_files_that_travel_with_it(engine):
    spec = step_spec(
        "shell",
        text="bash tools/say.sh",
        scripts=["tools/say.sh"],
        outputs=[output("n", "Int")],
    )
    bundle = engine.bundle("s", spec, {"tools/say.sh": "echo 7 > $n"})
    done = engine.launch(bundle, "--emit", "n", "n")
    assert done.code == 0, done.stderr
    assert (engine.folder / "n").read_text() == "7"


def test_a_notebook_runs_from_its_bundle(engine):
    spec = step_spec(
        "notebook",
        notebook="fit.ipynb",
        cells=[
            ["markdown", "# Fit", []],
            ["code", "from lib import times\nn = 1", ["parameters"]],
            ["code", "print('in the notebook')\ntotal = times(n)", ["outputs"]],
        ],
        paths=[],
        inputs=[["n", "Int"]],
        outputs=[output("total", "Int")],
    )
    bundle = engine.bundle("fit", spec, {"lib.py": "def times(n): return 10 * n"})
    done = engine.launch(bundle, "--arg", "n", "=4", "--emit", "total", "total")
    assert done.code == 0, done.stderr
    assert (engine.folder / "total").read_text() == "40"
    assert "in the notebook" in done.stderr
    assert "done before" in engine.launch(bundle, "--arg", "n", "=4").stderr


def test_failures_are_retried_with_backoff(engine):
    trace = engine.folder / "trace"
    spec = step_spec(
        "shell",
        text=RETRIED.format(trace=trace),
        outputs=[output("out", "File")],
        retry={
            "attempts": 3,
            "backoff": {"kind": "exponential", "first": 0.01, "max": 1},
            "on": ["failure"],
        },
    )
    done = engine.launch(engine.bundle("b", spec))
    assert done.code == 0, done.stderr
    assert "attempt 2 of 3 failed: it ended with exit code 4; next in 0.02 s" in done.stderr
    trace.unlink()
    twice = spec | {"retry": {"attempts": 2, "backoff": None, "on": ["failure"]}}
    twice["parts"] = spec["parts"] | {"salt": "twice"}
    assert engine.launch(engine.bundle("c", twice)).code == 1


def test_a_timeout_ends_the_whole_process_group(engine):
    trace = engine.folder / "trace"
    spec = step_spec("shell", text=f"(sleep 2; echo alive > {trace}) & sleep 60", timeout=0.3)
    done = engine.launch(engine.bundle("b", spec))
    assert done.code == 1
    assert "it ran longer than its timeout of 0.3 s" in done.stderr
    sleep(2)
    assert not trace.exists()


@pytest.mark.parametrize("ttl", [None, 0])
def test_a_step_that_changes_the_world_runs_once_per_node_and_run(engine, ttl):
    trace = engine.folder / "trace"
    spec = step_spec(
        "shell",
        text=f'echo "$MLP_IDEMPOTENCY_KEY" >> {trace}; echo 1 > "$n"',
        outputs=[output("n", "Int")],
        effects=True,
        ttl=ttl,
    )
    bundle = engine.bundle("b", spec)
    calls = [["r1", "a"], ["r1", "a"], ["r1", "b"], ["r2", "a"]]
    for run, node in calls:
        assert engine.launch(bundle, "--run", run, "--node", node).code == 0
    keys = trace.read_text().split()
    assert len(keys) == len(set(keys)) == 3


def test_outputs_that_are_missing_or_wrong_name_their_place(engine):
    shell = step_spec("shell", text="true", outputs=[output("rows", "File")])
    done = engine.launch(engine.bundle("b", shell))
    assert done.code == 1
    assert "output `rows: File` (flights.mlp:31:9): nothing was returned" in done.stderr
    number = step_spec("shell", text="echo many > $n", outputs=[output("n", "Int")])
    done = engine.launch(engine.bundle("c", number))
    assert "output `n: Int` (flights.mlp:31:9): Int wanted, 'many" in done.stderr


def test_a_container_command_is_made_of_expressions(engine):
    spec = step_spec(
        "container",
        image="busybox",
        command=[
            ["lit", "String", "cp"],
            ["if", ["ref", "verbose"], ["lit", "String", "-v"], ["list", []]],
            ["ref", "source"],
            ["text", [["ref", "copy"], ""]],
        ],
        inputs=[["source", "File"], ["verbose", "Bool"]],
        outputs=[output("copy", "File")],
    )
    (engine.folder / "data.txt").write_text("data")
    done = engine.launch(
        engine.bundle("b", spec),
        *("--arg", "source", f"={engine.folder}/data.txt", "--arg", "verbose", "=true"),
    )
    assert done.code == 0, done.stderr
    assert "data.txt' -> '" in done.stderr


HELPERS = {
    "start": {
        "kind": "entry",
        "parameters": {"min_auc": "Float", "day": "Date"},
        "gates": [
            {
                "condition": ["<", ["ref", "min_auc"], ["lit", "Float", 1]],
                "policy": "fail",
                "message": None,
                "text": "min_auc < 1",
            }
        ],
    },
    "good": {
        "kind": "gate",
        "names": {"metrics": ["Metrics", None], "min_auc": "Float"},
        "condition": [">=", ["field", ["ref", "metrics"], "n"], ["ref", "min_auc"]],
        "policy": "fail",
        "message": ["text", ["too few: ", ["field", ["ref", "metrics"], "n"]]],
        "text": "metrics.n >= min_auc",
    },
    "best": {
        "kind": "select",
        "names": {"metrics": ["Metrics", None], "file": "File"},
        "outputs": [
            [
                "pair",
                ["record", [["file", "File"], ["n", "Float"]]],
                ["record", [["file", ["ref", "file"]], ["n", ["field", ["ref", "metrics"], "n"]]]],
            ],
        ],
    },
    "end": {
        "kind": "outputs",
        "names": {"pair": ["record", [["file", "File"], ["n", "Float"]]]},
        "outputs": [
            ["n", "Float", ["field", ["ref", "pair"], "n"]],
            ["numbers", "File", ["field", ["ref", "pair"], "file"]],
        ],
    },
}


def test_helpers_from_entry_to_outputs(engine):
    helpers = engine.bundle("helpers", helpers=HELPERS)
    split = engine.bundle("split", SPLIT, SPLIT_CODE)
    entry = engine.launch(
        helpers, *("--helper", "start", "--arg", "min_auc", "=1%", "--arg", "day", "=2026-01-02")
    )
    assert entry.code == 0, entry.stderr
    made = engine.launch(split, "--arg", "n", "=5")
    gate = ["--helper", "good", "--arg", "metrics", f"@{made.result}#metrics"]
    passed = engine.launch(helpers, *gate, "--arg", "min_auc", f"@{entry.result}#min_auc")
    assert passed.code == 0, passed.stderr
    closed = engine.launch(helpers, *gate, "--arg", "min_auc", "=11")
    assert closed.code == 1
    assert closed.result is None
    assert closed.stderr == (
        "millpond: good failed: too few: 10.0 "
        "(metrics.n >= min_auc; metrics.n = 10.0, min_auc = 11.0)\n"
    )
    best = engine.launch(
        helpers,
        *("--helper", "best", "--arg", "metrics", f"@{made.result}#metrics"),
        *("--arg", "file", f"@{made.result}#numbers"),
    )
    assert best.code == 0, best.stderr
    end = engine.launch(helpers, "--helper", "end", "--arg", "pair", f"@{best.result}#pair")
    assert end.code == 0, end.stderr
    lines = end.stdout.splitlines()
    assert lines[0] == "n = 10.0"
    assert lines[1].startswith(f"numbers = {engine.store}/objects/")
    assert (
        engine.launch(helpers, "--helper", "end", "--arg", "pair", f"@{best.result}#pair").result
        == end.result
    )


def test_entry_refuses_parameters_of_the_wrong_type_and_closed_gates(engine):
    helpers = engine.bundle("helpers", helpers=HELPERS)
    start = ["--helper", "start", "--arg", "day", "=2026-01-02", "--arg", "min_auc"]
    wrong = engine.launch(helpers, *start, "=high")
    assert wrong.code == 1
    assert "input `min_auc`: Float wanted, 'high' given" in wrong.stderr
    closed = engine.launch(helpers, *start, "=1.5")
    assert closed.code == 1
    assert "expected min_auc < 1 (min_auc < 1; min_auc = 1.5)" in closed.stderr


def test_a_gate_that_only_warns_lets_pass(engine):
    gate = HELPERS["good"] | {
        "policy": "warn",
        "message": None,
        "names": {"min_auc": "Float"},
        "condition": ["<", ["ref", "min_auc"], ["lit", "Float", 0.5]],
        "text": "min_auc < 0.5",
    }
    helpers = engine.bundle("helpers", helpers={"w": gate})
    done = engine.launch(
        helpers, "--helper", "w", "--arg", "min_auc", "=0.7", "--emit", "passed", "passed"
    )
    assert done.code == 0
    assert "w: warn: expected min_auc < 0.5" in done.stderr
    assert (engine.folder / "passed").read_text() == "false"
