"""Datasets of steps: checked whoever made them, found ones when they are first read."""

import os

import pytest
from runtime_cases import output, step_spec

from millpond.backends.local.host import Host, perform
from millpond.runtime import inputs
from millpond.runtime.artifact import Artifact
from millpond.runtime.body import BodyError, Workplace
from millpond.runtime.digest import digest_path
from millpond.runtime.folder import FolderStore
from millpond.runtime.key import key_of, parts_of, recipe
from millpond.runtime.opening import open_store
from millpond.runtime.step import Work, warnings_in


def check(policy, limit=0):
    expression = [">=", ["ref", "units"], ["lit", "Int", limit]]
    message = ["lit", "String", "units are never negative"]
    return {"text": f"units >= {limit}", "expr": expression, "policy": policy, "message": message}


def sales(*checks):
    return ["Dataset", [["sku", "String"], ["units", "Int"]], list(checks)]


SPELLED = "output `rows: Dataset` (flights.mlp:31:9): "
FAILS = "1 of 3 rows fails `units >= 0`: units are never negative"
CSV = "sku,units\n007,3\n008,-1\n009,0\n"
CODE = {
    "body.py": """
        import pyarrow as pa
        def run():
            return pa.table({"sku": ["007", "008", "009"], "units": [3, -1, 0]})
        """
}


def made_by(kind, type, **more):
    rows = output("rows", type)
    if kind == "python":
        return step_spec(outputs=[rows], **more)
    if kind == "shell":
        return step_spec(
            "shell", text=f'printf "{CSV}" > "$rows"'.replace("\n", "\\n"), outputs=[rows], **more
        )
    command = ["cp", "data.csv"]
    words = [["lit", "String", word] for word in command]
    words[1] = ["ref", "data"]
    inputs = [["data", "File"]]
    return step_spec(
        "container", command=[*words, ["ref", "rows"]], inputs=inputs, outputs=[rows], **more
    )


def launched(engine, kind, type, **more):
    (engine.folder / "data.csv").write_text(CSV)
    bundle = engine.bundle("made", made_by(kind, type, **more), CODE if kind == "python" else None)
    words = ("--arg", "data", f"={engine.folder}/data.csv") if kind == "container" else ()
    return engine.launch(bundle, *words)


KINDS = pytest.mark.parametrize("kind", ["python", "shell", "container"])


@KINDS
def test_the_launcher_fails_what_breaks_a_check(engine, kind):
    done = launched(engine, kind, sales(check("fail")))
    assert done.code == 1
    assert f"{SPELLED}{FAILS}\n  row  units\n    2     -1\n" in done.stderr
    assert done.result is None


@KINDS
def test_the_launcher_says_and_records_what_is_to_be_warned_of(engine, kind):
    done = launched(engine, kind, sales(check("warn")))
    assert done.code == 0, done.stderr
    assert f"warning: {SPELLED}{FAILS}" in done.stderr
    record = open_store(engine.store).record(done.result)
    assert warnings_in(record) == [SPELLED + FAILS]
    assert record.provenance["warnings"] == [SPELLED + FAILS]
    again = launched(engine, kind, sales(check("warn")))
    assert again.result == done.result
    assert "was done before" in again.stderr


@KINDS
def test_columns_are_checked_of_every_kind_of_step(engine, kind):
    done = launched(engine, kind, ["Dataset", [["price", "Float"]]])
    assert done.code == 1
    assert f"{SPELLED}column `price` is missing; there are `sku`, `units`" in done.stderr


@KINDS
def test_steps_may_leave_rows_alone(engine, kind):
    assert launched(engine, kind, sales(check("fail")), checks=False).code == 0
    sampled = launched(engine, kind, sales(check("fail")), checks={"sample": 0.1})
    assert sampled.code == 0, "the first row alone is looked at, and passes"


def test_without_pyarrow_nothing_is_passed_over(engine, monkeypatch):
    code = {"body.py": "def run(out_rows):\n    out_rows.write_text('sku,units\\n1,-1\\n')\n"}
    blocked = {"sitecustomize.py": "import sys\nsys.modules['pyarrow'] = None\n"}
    folder = engine.folder / "without"
    folder.mkdir()
    for name, text in blocked.items():
        (folder / name).write_text(text)
    bundle = engine.bundle("made", step_spec(outputs=[output("rows", sales())]), code)
    done = engine.launch(bundle, env={"PYTHONPATH": str(folder)})
    assert done.code == 1
    assert "needs pyarrow in the environment of this step; install `millpond[data]`" in done.stderr


class Bench:
    """A warm worker: this process, its host, and a folder store."""

    def __init__(self, folder):
        self.folder = folder
        self.store = FolderStore(folder / "millpond")
        self.host = Host()
        self.count = 0

    def run(self, text, spec, **arguments):
        self.count += 1
        code = self.folder / f"code{self.count}"
        code.mkdir()
        (code / "body.py").write_text(text)
        place = Workplace(self.store.scratch() / "scratch", (code,))
        place.scratch.mkdir()
        return perform(Work.of(spec, arguments), self.store, place, os.environ, {}, self.host)

    def found(self, name, content):
        path = self.folder / name
        path.write_text(content)
        digest, size = digest_path(path)
        return Artifact(digest, size, name, str(path))


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    yield bench
    bench.host.close()


TABLE = "import pyarrow as pa\ndef run():\n    return pa.table({'sku': ['1'], 'units': [-1]})\n"


def test_warm_workers_check_too(bench, capsys):
    spec = step_spec(outputs=[output("rows", sales(check("fail")))])
    with pytest.raises(BodyError) as problem:
        bench.run(TABLE, spec)
    assert str(problem.value).startswith(f"{SPELLED}1 of 1 row fails `units >= 0`")
    assert problem.value.trace == "  row  units\n    1     -1\n"
    spec = step_spec(outputs=[output("rows", ["List", sales(check("warn"))])])
    record = bench.run(TABLE.replace("return ", "return 2 * [").replace("})", "})]"), spec)
    assert len(warnings_in(record)) == 2
    assert capsys.readouterr().err.count("warning: output `rows: List`") == 2


def test_what_is_found_is_checked_when_it_is_first_read(bench, monkeypatch):
    seen = []
    examine = inputs.examine
    monkeypatch.setattr(inputs, "examine", lambda *all: seen.append(all) or examine(*all))
    text = "import pandas as pd\ndef run(rows: pd.DataFrame):\n    return rows['sku'].iloc[0]\n"
    spec = step_spec(inputs=[["rows", sales(check("warn"))]], outputs=[output("sku", "String")])
    rows = bench.found("sales.csv", CSV)
    record = bench.run(text, spec, rows=rows)
    assert record.json("sku") == "007", "text is read as what is declared"
    assert warnings_in(record) == [f"input `rows` (sales.csv): {FAILS}"]
    assert warnings_in(bench.run(text, spec, rows=rows)) == warnings_in(record)
    assert len(seen) == 1
    failing = step_spec(inputs=[["rows", sales(check("fail"))]], outputs=[output("sku", "String")])
    with pytest.raises(BodyError) as problem:
        bench.run(text, failing, rows=rows)
    assert str(problem.value) == f"input `rows` (sales.csv): {FAILS}"
    assert problem.value.trace == "  row  units\n    2     -1\n"
    with pytest.raises(BodyError, match="column `units` is missing"):
        bench.run(text, spec, rows=bench.found("other.csv", "sku\n1\n"))
    kept = bench.store.put(bench.folder / "sales.csv", "sales.csv")
    assert bench.run(text, failing, rows=kept).json("sku") == "007", "its maker has checked it"


@pytest.mark.parametrize("kind", ["python", "shell"])
def test_the_launcher_checks_what_is_found(engine, kind):
    (engine.folder / "sales.csv").write_text(CSV)
    spec = step_spec(
        kind,
        text='echo 1 > "$n"',
        inputs=[["rows", sales(check("fail"))]],
        outputs=[output("n", "Int")],
    )
    bundle = engine.bundle("read", spec, {"body.py": "def run(rows):\n    return 1\n"})
    done = engine.launch(bundle, "--arg", "rows", f"={engine.folder}/sales.csv")
    assert done.code == 1
    assert f"input `rows` (sales.csv): {FAILS}\n  row  units\n" in done.stderr


# Keys


def recipe_of(type, **more):
    return recipe(parts_of(step_spec(outputs=[output("rows", type)], **more), {}))


def test_what_is_checked_is_in_the_key_but_not_its_words():
    plain = recipe_of(sales()[:2])
    assert recipe_of(sales()) == plain, "no checks are as no word about checks"
    other = {**check("fail"), "text": "units  >=  0", "message": None}
    assert recipe_of(sales(check("fail"))) == recipe_of(sales(other)) != plain
    assert recipe_of(sales(check("warn"))) != recipe_of(sales(check("fail")))
    assert recipe_of(sales(check("fail", 1))) != recipe_of(sales(check("fail")))
    both = (check("fail"), check("fail", 1))
    assert recipe_of(sales(*both)) == recipe_of(sales(*reversed(both)))


def test_the_setting_is_in_the_key_where_it_is_set():
    plain = recipe_of("Int")
    assert recipe_of("Int", checks=None) == plain
    assert (
        len({plain, recipe_of("Int", checks=False), recipe_of("Int", checks={"sample": 0.1})}) == 3
    )


def test_checks_of_what_is_found_are_in_the_key_of_its_reader():
    made = Artifact("file:" + "a" * 64, 3, "rows.csv")
    found = Artifact(made.digest, 3, "rows.csv", "/data/rows.csv")

    def key(type, rows):
        return key_of(
            step_spec(inputs=[["rows", type]], outputs=[output("n", "Int")]), {"rows": rows}
        )[0]

    assert key(sales(), made) == key(sales(), found) == key(sales(check("fail")), made)
    assert key(sales(check("fail")), found) != key(sales(), found)
    assert key(sales(check("fail")), found) != key(sales(check("fail", 1)), found)
