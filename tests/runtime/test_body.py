"""Python bodies in copies of a host: what functions get, what they may return, what is refused."""

import os
import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from runtime_cases import output, step_spec

from millpond.backends.local.host import Host, perform
from millpond.runtime.artifact import Artifact
from millpond.runtime.body import BodyError, Workplace
from millpond.runtime.folder import FolderStore
from millpond.runtime.health import examine
from millpond.runtime.retry import AttemptFailed
from millpond.runtime.step import Work


class Bench:
    """Runs bodies as a worker does, against a folder store."""

    def __init__(self, folder, host):
        self.folder = folder
        self.host = host
        self.store = FolderStore(folder / "millpond")
        self.scratch = self.store.scratch() / "scratch"
        self.scratch.mkdir()
        self.count = 0

    def run(self, text, spec, **arguments):
        self.count += 1
        root = self.folder / f"code{self.count}"
        root.mkdir()
        (root / "body.py").write_text(text)
        try:
            work = Work.of(spec, arguments)
            place = Workplace(self.scratch, (root,))
            return perform(work, self.store, place, os.environ, {}, self.host)
        except AttemptFailed as problem:
            raise BodyError(str(problem), problem.trace) from None
        finally:
            assert [path.name for path in self.scratch.rglob("*")] in ([], ["outputs"])

    def refused(self, text, spec, **arguments):
        with pytest.raises(BodyError) as problem:
            self.run(text, spec, **arguments)
        return str(problem.value)

    def put(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return self.store.put(path, name)


@pytest.fixture(scope="module")
def host():
    host = Host()
    yield host
    host.close()


@pytest.fixture
def bench(tmp_path, host):
    return Bench(tmp_path, host)


def spec_of(inputs, *outputs):
    return step_spec(inputs=inputs, outputs=[output(name, type) for name, type in outputs])


def test_scalars_come_as_python_values(bench):
    spec = spec_of(
        [
            ["day", "Date"],
            ["wait", "Duration"],
            ["n", ["optional", "Int"]],
            ["xs", ["List", "Float"]],
        ],
        ("kinds", "Json"),
    )
    text = """
def run(day, wait, n, xs):
    return [type(value).__name__ for value in (day, wait, n, *xs)]
"""
    given = {"day": date(2026, 1, 1), "wait": timedelta(1), "n": None, "xs": [1.0]}
    record = bench.run(text, spec, **given)
    assert record.value("kinds", "Json") == ["date", "timedelta", "NoneType", "float"]


def test_one_output_is_never_unwrapped(bench):
    text = "def run():\n    return {'metrics': 0.5}\n"
    record = bench.run(text, spec_of([], ("metrics", ["Metrics", None])))
    assert record.json("metrics") == {"metrics": 0.5}
    assert record.json("metrics.metrics") == 0.5


def test_several_outputs_come_as_mapping_or_named_tuple(bench):
    spec = spec_of([], ("a", "Int"), ("b", "String"))
    named = """
from typing import NamedTuple
class Pair(NamedTuple):
    b: str
    a: int
def run():
    return Pair("x", 1)
"""
    for text in (named, "def run():\n    return {'a': 1, 'b': 'x'}\n"):
        record = bench.run(text, spec)
        assert (record.json("a"), record.json("b")) == (1, "x")
    assert bench.refused("def run():\n    return 1, 'x'\n", spec) == (
        "a mapping or named tuple with `a`, `b` is wanted, a tuple was returned"
    )
    assert bench.refused("def run():\n    return {'a': 1, 'c': 2}\n", spec) == (
        "`a`, `b` are declared, `a`, `c` were returned"
    )


def test_the_last_of_several_outputs_comes_bare_or_by_its_name(bench):
    given = "def run(out_plot):\n    out_plot.write_text('x')\n    return "
    auc = spec_of([], ("plot", "File"), ("auc", "Float"))
    for value in ("0.5", "{'auc': 0.5}", "__import__('types').MappingProxyType({'auc': 0.5})"):
        assert bench.run(given + value, auc).json("auc") == 0.5
    metrics = spec_of([], ("plot", "File"), ("m", ["Metrics", None]))
    for value, found in (("{'m': 0.5}", {"m": 0.5}), ("{'m': {'auc': 0.5}}", {"auc": 0.5})):
        assert bench.run(given + value, metrics).json("m") == found
    # What is a mapping itself stays as it is.
    for type in ("Json", ["Map", "Int"]):
        spec = spec_of([], ("plot", "File"), ("m", type))
        assert bench.run(given + "{'m': 1}", spec).value("m", type) == {"m": 1}


def test_out_parameters_are_paths(bench):
    spec = spec_of([], ("plot", "File"), ("n", "Int"), ("parts", "Dir"))
    text = r"""
def run(out_plot, out_parts, out_n):
    out_plot.write_bytes(b"\x89PNG\r\n\x1a\n...")
    out_parts.mkdir()
    (out_parts / "a.txt").write_text("a")
    out_n.write_text("3\n")
"""
    record = bench.run(text, spec)
    assert record.json("plot.name") == "plot.png"
    assert record.json("n") == 3
    tree = record.value("parts", "Dir")
    assert tree.is_tree
    bench.store.materialize(tree, bench.folder / "parts")
    assert (bench.folder / "parts/a.txt").read_text() == "a"


def test_returned_paths_stay_where_they_may_be(bench):
    spec = spec_of([["data", "File"]], ("copy", "File"))
    data = bench.put("data.csv", b"a,b\n1,2\n")
    same = bench.run("def run(data):\n    return data\n", spec, data=data)
    assert same.value("copy", "File") == Artifact(data.digest, 8, "copy.csv")
    made = """
from pathlib import Path
def run(data):
    Path("x.txt").write_text("x")
    return Path("x.txt")
"""
    assert bench.run(made, spec, data=data).json("copy.name") == "copy.txt"
    outside = bench.folder / "outside.txt"
    outside.write_text("secret")
    text = f"from pathlib import Path\ndef run(data):\n    return Path({str(outside)!r})\n"
    assert "lies outside of this step and its project" in bench.refused(text, spec, data=data)
    assert outside.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def run():\n    yield 1\n", "the function returned a generator"),
        ("async def run():\n    return 1\n", "the function returned a coroutine"),
        ("def run():\n    return None\n", "nothing was returned"),
        ("def run():\n    return float('nan')\n", "nan is not a finite number"),
        ("def run():\n    return '1'\n", "Float wanted, '1' given"),
        ("def run():\n    raise KeyboardInterrupt\n", "KeyboardInterrupt"),
        (
            "class Odd(Exception):\n    def __str__(self):\n        return 1 / 0\n"
            "def run():\n    raise Odd\n",
            "Odd",
        ),
        ("def run():\n    raise ValueError('\\ud800')\n", "ValueError: \\ud800"),
        ("def run():\n    raise ValueError('x' * 9999)\n", "... (10,011 characters)"),
        (
            "class Odd(dict):\n    def __iter__(self):\n        return 1 / 0\n"
            "    __len__ = items = keys = __iter__\n"
            "def run():\n    return Odd()\n",
            "what it returned cannot be read: ZeroDivisionError",
        ),
        (
            "import sys\nclass Odd:\n    def write(self, text):\n        1 / 0\n    flush = write\n"
            "def run():\n    sys.stdout = sys.stderr = Odd()\n    return 'x'\n",
            "Float wanted, 'x' given",
        ),
        ("def run(x):\n    return 1\n", "TypeError: run() missing 1 required positional"),
        ("def other():\n    return 1\n", "`body` has no function `run`"),
        ("import nothing_here\n", "ModuleNotFoundError: No module named 'nothing_here'"),
        ("def run():\n    raise SystemExit(0)\n", "SystemExit: 0"),
        ("def run(:\n", "SyntaxError"),
    ],
)
def test_what_fails_says_why(bench, text, message):
    assert message in bench.refused(text, spec_of([], ("x", "Float")))


def test_a_value_that_holds_itself_is_refused(bench):
    text = "def run():\n    x = []\n    x.append(x)\n    return x\n"
    assert "holds itself" in bench.refused(text, spec_of([], ("x", "Json")))


def test_a_table_that_parquet_cannot_hold_is_refused(bench):
    text = "import pandas\ndef run():\n    return pandas.DataFrame({'a': [1j]})\n"
    message = bench.refused(text, spec_of([], ("x", ["Dataset", None])))
    assert "cannot be written as Parquet" in message


def test_an_input_without_a_parameter_is_refused(bench):
    message = bench.refused(
        "def run():\n    return 1.0\n", spec_of([["y", "Int"]], ("x", "Float")), y=1
    )
    assert message == "`body:run` has no parameter called `y`"


def test_a_traceback_is_the_users_part(bench):
    with pytest.raises(BodyError) as problem:
        bench.run("def run():\n    return 1 / 0\n", spec_of([], ("x", "Float")))
    assert "line 2, in run" in problem.value.trace
    assert "runtime/body.py" not in problem.value.trace


def test_state_is_the_same_for_every_body(bench):
    spec = spec_of([], ("x", "Json"))
    text = """
import os, random, sys
import numpy
def run():
    before = [os.getcwd() != "/", os.environ.get("LEFT"), random.random(), numpy.random.rand()]
    os.environ["LEFT"] = "over"
    os.chdir("/")
    sys.argv.append("x")
    return before
"""
    state = random.getstate()
    first, second = (bench.run(text, spec).json("x") for _ in range(2))
    random.setstate(state)
    assert first == second
    assert first[:2] == [True, None]


def test_modules_of_one_name_in_two_projects_are_two(bench):
    spec = spec_of([], ("x", "Int"))
    for number in (1, 2, 1):
        text = f"def run():\n    import body\n    return body.run.__code__.co_consts and {number}\n"
        assert bench.run(text, spec).json("x") == number


def test_annotations_choose_how_artifacts_are_read(bench):
    import io

    import numpy as np
    import pandas as pd

    array = io.BytesIO()
    np.save(array, np.arange(3))
    spec = spec_of(
        [
            ["rows", ["Dataset", None]],
            ["table", ["optional", ["Dataset", None]]],
            ["many", ["List", ["Dataset", None]]],
            ["array", "File"],
            ["info", "File"],
            ["path", "File"],
            ["plain", "File"],
        ],
        ("seen", "Json"),
    )
    text = """
from __future__ import annotations
from pathlib import Path
from typing import Annotated, Optional
import numpy as np
import pandas as pd
import pyarrow

def run(rows: pd.DataFrame, table: Optional[pyarrow.Table], many: list[pd.DataFrame],
        array: Annotated[np.ndarray, "x"], info: dict, path: Path | None, plain):
    return [rows["a"].sum().item(), table.num_rows, [len(f) for f in many], array.tolist(),
            info, path.suffix, plain.name]
"""
    rows = bench.put("rows.csv", b"a,b\n1,2\n3,4\n")
    lines = bench.put("lines.jsonl", b'{"a": 1}\n')
    frame = bench.folder / "f.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(frame)
    parquet = bench.store.put(frame, "f.parquet")
    record = bench.run(
        text,
        spec,
        rows=rows,
        table=lines,
        many=[parquet, rows],
        array=bench.put("array.npy", array.getvalue()),
        info=bench.put("info.json", b'{"k": [1]}'),
        path=rows,
        plain=lines,
    )
    assert record.json("seen") == [4, 1, [1, 2], [0, 1, 2], {"k": [1]}, ".csv", "plain.jsonl"]


def test_annotations_without_a_codec_are_refused(bench):
    rows = bench.put("rows.csv", b"a\n1\n")
    spec = spec_of([["rows", ["Dataset", None]]], ("x", "Int"))
    message = bench.refused("def run(rows: int):\n    return 1\n", spec, rows=rows)
    assert message.startswith("input `rows`: Dataset cannot be given as int; annotate")
    typed = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    import pandas as pd
def run(rows: "pd.DataFrame"):
    return 1
"""
    assert "pd.DataFrame (a name that its module does not have at run time)" in bench.refused(
        typed, spec, rows=rows
    )


def test_a_model_is_unpickled_only_if_a_step_made_it(bench):
    spec = spec_of([["model", "Model"]], ("x", "Json"))
    made = bench.run(
        "class M:\n    x = 1\ndef run():\n    return {'weights': [1, 2]}\n",
        spec_of([], ("model", "Model")),
    ).value("model", "Model")
    text = "def run(model: object):\n    return model\n"
    assert bench.run(text, spec, model=made).json("x") == {"weights": [1, 2]}
    path = bench.folder / "found.joblib"
    bench.store.materialize(made, path)
    found = Artifact(made.digest, made.size, path.name, source=str(path))
    assert "is not unpickled" in bench.refused(text, spec, model=found)
    as_path = "def run(model):\n    return model.suffix\n"
    assert bench.run(as_path, spec, model=found).json("x") == ".joblib"


def test_a_model_that_a_step_wrote_itself_is_loaded_unless_it_may_have_fetched_it(bench):
    spec = spec_of([["model", "Model"]], ("x", "Json"))
    text = "def run(model: object):\n    return model\n"
    dumps = "import pickle\nfrom pathlib import Path\n"
    written = dumps + "def run(out_model):\n    out_model.write_bytes(pickle.dumps([1]))\n"
    returned = (
        dumps
        + "def run():\n    path = Path('m.pkl')\n    path.write_bytes(pickle.dumps([1]))\n"
        + "    return path\n"
    )
    for body in (written, returned):
        makes = spec_of([], ("model", "Model"))
        made = bench.run(body, makes).value("model", "Model")
        assert bench.run(text, spec, model=made).json("x") == [1]
        fetched = bench.run(body, makes | {"cache": False}).value("model", "Model")
        assert "fetched it" in bench.refused(text, spec, model=fetched)


def test_a_model_that_lay_in_the_project_is_not_unpickled(bench):
    gives = (
        "from pathlib import Path\ndef run():\n    path = Path(__file__).with_name('old.pkl')\n"
        "    path.write_bytes(b'pickled elsewhere')\n    return path\n"
    )
    found = bench.run(gives, spec_of([], ("model", "Model"))).value("model", "Model")
    spec = spec_of([["model", "Model"]], ("x", "Json"))
    opens = "def run(model: object):\n    return 1\n"
    assert "fetched it" in bench.refused(opens, spec, model=found)


def test_a_model_that_is_passed_on_may_still_be_loaded(bench):
    models = bench.run(
        "def run():\n    return [[1], [2]]\n", spec_of([], ("models", ["List", "Model"]))
    ).value("models", ["List", "Model"])
    best = bench.run(
        "def run(models):\n    return models[1]\n",
        spec_of([["models", ["List", "Model"]]], ("model", "Model")),
        models=models,
    ).value("model", "Model")
    spec = spec_of([["model", "Model"]], ("x", "Json"))
    assert bench.run("def run(model: object):\n    return model\n", spec, model=best).json("x") == [
        2
    ]


def test_a_project_may_forbid_to_unpickle(bench):
    text = "def run():\n    return {'weights': [1, 2]}\n"
    made = bench.run(text, spec_of([], ("model", "Model"))).value("model", "Model")
    spec = spec_of([["model", "Model"]], ("x", "Json")) | {"pickle": "never"}
    refused = bench.refused("def run(model: object):\n    return model\n", spec, model=made)
    assert refused.startswith('input `model`: a model is not unpickled here, as `pickle = "never"')
    assert bench.run("def run(model):\n    return model.suffix\n", spec, model=made).json("x")
    assert bench.run(
        "def run(model: bytes):\n    return 1\n", spec | {"pickle": "project"}, model=made
    )


def test_damaged_models_are_not_unpickled(bench):
    text = "def run():\n    return {'weights': [1, 2]}\n"
    made = bench.run(text, spec_of([], ("model", "Model"))).value("model", "Model")
    path = bench.store.object_path(made.hex)
    status = path.stat()
    path.chmod(0o644)
    path.write_bytes(bytes(made.size))
    # Else the store itself would give it to nobody.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    spec = spec_of([["model", "Model"]], ("x", "Json"))
    refused = bench.refused("def run(model: object):\n    return model\n", spec, model=made)
    assert refused == (
        "input `model`: these are not the bytes that its step made; see `mlp cache verify`"
    )


COLUMNS = [
    ["id", "Int"],
    ["delay", ["optional", "Float"]],
    ["carrier", ["enum", ["AA", "UA"]]],
    ["day", "Date"],
]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("", None),
        ("f = f.drop(columns='id')", "column `id` is missing; there are `delay`, `carrier`, `day`"),
        ("f['id'] = ['a', 'b']", "column `id` holds "),
        ("f['id'] = pd.array([1, None], dtype='Int64')", "column `id` has 1 missing values"),
        ("f['carrier'] = ['AA', 'ZZ']", """column `carrier` holds 'ZZ', "AA" | "UA" is declared"""),
        ("f['day'] = f['day'] + pd.Timedelta(hours=1)", "column `day` holds times of day"),
        ("f = f.iloc[:0]", None),
        ("f = f[['day', 'carrier', 'delay', 'id']].assign(more=1)", None),
    ],
)
def test_declared_columns_are_checked(bench, change, message):
    text = f"""
import pandas as pd
def run():
    f = pd.DataFrame({{"id": [1, 2], "delay": [0.5, None], "carrier": ["AA", "UA"],
                      "day": pd.to_datetime(["2026-01-01", "2026-01-02"])}})
    {change}
    return f
"""
    spec = spec_of([], ("rows", ["Dataset", COLUMNS]))
    if message is None:
        assert bench.run(text, spec).json("rows.name") == "rows.parquet"
    else:
        refused = bench.refused(text, spec)
        assert refused.startswith("output `rows: Dataset` (flights.mlp:31:9): ")
        assert message in refused


def test_tables_keep_their_columns_and_lose_row_numbers(bench):
    spec = spec_of([], ("rows", ["Dataset", None]))
    base = "import pandas as pd\ndef run():\n    f = pd.DataFrame({'a': [1, 2, 3]})\n    return "
    filtered = bench.run(f"{base}f[f.a > 1]\n", spec)
    fresh_numbers = bench.run(f"{base}f[f.a > 1].reset_index(drop=True)\n", spec)
    assert filtered.json("rows.digest") == fresh_numbers.json("rows.digest")
    named = bench.run(f"{base}f.set_index('a').assign(b=1)\n", spec)
    text = "import pandas as pd\ndef run(rows: pd.DataFrame):\n    return list(rows.columns)\n"
    back = spec_of([["rows", ["Dataset", None]]], ("x", "Json"))
    assert bench.run(text, back, rows=named.value("rows", ["Dataset", None])).json("x") == [
        "a",
        "b",
    ]
    texts = "f.set_index(pd.Index(['x', 'y', 'z']))"
    assert "the table's index has no name" in bench.refused(f"{base}{texts}\n", spec)
    numbers = "f.rename(columns={'a': 1})"
    assert "columns have names, 1 is none" in bench.refused(f"{base}{numbers}\n", spec)


def test_inputs_are_files_that_only_the_body_can_harm(bench):
    spec = spec_of([["data", "File"]], ("n", "Int"))
    for size in (10, 100_000):
        data = bench.put("data.bin", b"x" * size)
        text = "def run(data):\n    data.unlink()\n    data.write_bytes(b'y')\n    return 1\n"
        bench.run(text, spec, data=data)
        assert bench.store.object_path(data.hex).read_bytes() == b"x" * size
    assert examine(bench.store).damages == ()


def test_what_has_another_name_is_copied_not_taken(bench):
    kept = bench.folder / "kept.txt"
    kept.write_text("kept")
    text = f"import os\ndef run(out_copy):\n    os.link({str(kept)!r}, out_copy)\n"
    record = bench.run(text, spec_of([], ("copy", "File")))
    kept.write_text("changed")
    copy = bench.store.object_path(record.value("copy", "File").hex)
    assert copy.read_text() == "kept"


def test_a_path_object_is_not_mistaken_for_a_path(bench):
    assert isinstance(Path("x"), os.PathLike)
    spec = spec_of([], ("x", "File"))
    assert "File is declared and a str was returned" in bench.refused(
        "def run():\n    return 'x.txt'\n", spec
    )
