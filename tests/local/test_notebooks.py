"""A notebook is a body: parameters behind their cell, outputs from the cell that names them."""

from __future__ import annotations

import json
import os
import site
from pathlib import Path
from typing import Any

import pytest
from local.project import Project, Ran
from local.test_environments import offline, wheel


def code(source: str, *tags: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {"tags": [*tags]} if tags else {},
        "source": source.splitlines(keepends=True),
        "outputs": [],
        "execution_count": None,
    }


def prose(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def notebook(project: Project, *cells: dict[str, Any], language: str = "python") -> None:
    data = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": language}},
        "cells": [*cells],
    }
    project.write("fit.ipynb", json.dumps(data))


def step(project: Project, inputs: str, outputs: str, call: str, settings: str = "") -> None:
    reads = "".join(
        f"\n          output {part.split(':')[0].strip()} = it.{part.split(':')[0].strip()}"
        for part in outputs.split(", ")
    )
    project.pipeline(
        f"""
        step fit({inputs}) -> ({outputs}) {{
          run notebook "fit.ipynb"
          {settings}
        }}
        step words() -> (file: File) {{ run shell "printf 'a b' > $file" }}
        pipeline p() {{
          made = words()
          it = fit({call}){reads}
        }}
        """
    )


def executed(project: Project, ran: Ran) -> dict[str, Any]:
    folder = project.folder / ".millpond" / "runs" / ran.json["run"] / "logs"
    kept: dict[str, Any] = json.loads((folder / "it.ipynb").read_text())
    return kept


def log(project: Project, ran: Ran) -> str:
    folder = project.folder / ".millpond" / "runs" / ran.json["run"] / "logs"
    return (folder / "it.log").read_text()


PARAMETERS = """
n = 1
day = None
wait = None
at = 0
sizes = []
note = "x"
rows = None
"""


def test_values_go_in_and_come_out(project: Project) -> None:
    project.write("lib.py", "FACTOR = 10\n\ndef times(n):\n    return n * FACTOR\n")
    notebook(
        project,
        prose("# How it is fitted"),
        code("from pathlib import Path\nfrom datetime import datetime\nfrom lib import times"),
        code(PARAMETERS, "parameters"),
        code("print('read', rows.read_text())\nPath('page.txt').write_text('hi')\ntimes(n)"),
        code(
            "total = times(n)\n"
            "said = f'{day:%d.%m.%Y} {wait} {at.tzinfo} {sizes} {note} {datetime.__name__}'\n"
            "page = Path('page.txt')",
            "outputs",
        ),
    )
    step(
        project,
        "n: Int, day: Date, wait: Duration, at: Time, sizes: List[Size], note: String?, rows: File",
        "total: Int, said: String, page: File",
        "n = 4, day = 2026-11-22, wait = 90m, at = 2026-11-22T05:00:00Z, sizes = [1KB], "
        "rows = made.file",
    )
    ran = project.run()
    assert ran.code == 0, ran.err
    outputs = ran.json["outputs"]
    assert outputs["total"] == 40
    assert outputs["said"] == "22.11.2026 1:30:00 UTC [1000] None datetime"
    assert Path(outputs["page"]["path"]).read_text() == "hi"
    assert "read a b" in log(project, ran)
    kept = executed(project, ran)
    tags = [cell["metadata"].get("tags", []) for cell in kept["cells"]]
    # As papermill does: the parameters' own cell, then what was put in.
    assert tags[2:4] == [["parameters"], ["injected-parameters"]]
    assert len(kept["cells"]) == 6
    assert kept["cells"][4]["outputs"][-1]["data"]["text/plain"] == ["40"]
    assert project.run().states == {"made": "hit", "it": "hit"}


def test_an_output_may_be_written_to_its_path(project: Project) -> None:
    notebook(
        project,
        code("out_model = None", "parameters"),
        code("out_model.write_bytes(b'model')"),
        code("n = 3", "outputs"),
    )
    step(project, "", "n: Int, model: File", "")
    ran = project.run()
    assert ran.code == 0, ran.err
    assert Path(ran.json["outputs"]["model"]["path"]).read_bytes() == b"model"


def test_objects_are_written_by_their_codecs(project: Project) -> None:
    notebook(
        project,
        code(
            "import pandas\nrows = pandas.DataFrame({'n': [1, 2]})\nm = {'auc': 0.5}\n(rows, m)",
            "outputs",
        ),
    )
    step(project, "", "rows: Dataset, m: Metrics", "")
    ran = project.run()
    assert ran.code == 0, ran.err
    assert ran.json["outputs"]["m"] == {"auc": 0.5}
    assert ran.json["outputs"]["rows"]["path"].endswith(".parquet")


def test_what_people_read_changes_no_key_and_what_runs_does(project: Project) -> None:
    project.write("lib.py", "N = 1\nOTHER = 1\n")
    cells = [
        prose("# One"),
        code("import lib\nn = 1", "parameters"),
        code("# why\nx = lib.N + n", "outputs"),
    ]
    step(project, "n: Int", "x: Int", "n = 2")
    notebook(project, *cells)
    assert project.run().states["it"] == "ran"
    shown = {**code("# because\nx = (lib.N + n)", "outputs", "pretty"), "execution_count": 7}
    shown["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "3\n"}]
    notebook(project, prose("# Two"), cells[1], shown)
    project.write("lib.py", "N = 1\nOTHER = 2\n")
    assert project.run().states["it"] == "hit"
    project.write("lib.py", "N = 5\nOTHER = 2\n")
    ran = project.run()
    assert ran.states["it"] == "ran"
    assert ran.json["outputs"] == {"x": 7}
    notebook(project, *cells[:2], code("x = lib.N + n + 1", "outputs"))
    assert project.run().json["outputs"] == {"x": 8}


def test_a_cell_that_fails_shows_its_traceback(project: Project) -> None:
    notebook(
        project,
        code("print('before')"),
        code("def inner():\n    raise ValueError('no such thing')\ninner()"),
        code("x = 1", "outputs"),
    )
    step(project, "", "x: Int", "")
    ran = project.run()
    assert ran.code == 1
    # Counted as in the notebook, without the cell that brings the parameters in.
    assert "code cell 2, line 3: ValueError: no such thing" in ran.err
    assert "in inner()" in log(project, ran)
    assert "\x1b[" not in log(project, ran)
    assert "before" in log(project, ran)
    outputs = [cell["outputs"] for cell in executed(project, ran)["cells"]]
    assert outputs[1][0]["ename"] == "ValueError"
    assert outputs[2] == []


@pytest.mark.parametrize(
    ("last", "message"),
    [
        ("if False:\n    x = 1", "no cell has set `x`"),
        ("x = 'text'", "output `x: Int`"),
    ],
)
def test_an_output_that_is_not_what_was_declared(project: Project, last: str, message: str) -> None:
    notebook(project, code(last, "outputs"))
    step(project, "", "x: Int", "")
    ran = project.run()
    assert ran.code == 1
    assert message in ran.err


def test_the_same_random_numbers_each_time(project: Project) -> None:
    cells = [
        code("import random\nimport numpy\nfirst = random.random()"),
        code("x = [first, float(numpy.random.rand())]", "outputs"),
    ]
    notebook(project, *cells)
    step(project, "", "x: List[Float]", "", "cache = false")
    assert project.run().json["outputs"] == project.run().json["outputs"]


SECRET = "hunter2-hunter2"


def test_a_secret_is_in_no_notebook(project: Project) -> None:
    notebook(
        project,
        code("import os\ntoken = os.environ['TOKEN']\nprint(token)\ntoken"),
        code("!echo $TOKEN"),
        code("x = len(token)\nraise ValueError(token)", "outputs", "raises-exception"),
    )
    step(project, "", "x: Int", "", 'secrets { TOKEN = secret("TOKEN") }')
    ran = project.run(env={"TOKEN": SECRET})
    assert ran.code == 0, ran.err
    assert ran.json["outputs"] == {"x": len(SECRET)}
    assert SECRET.encode() not in project.everything()
    assert "***" in log(project, ran)


def test_a_body_finds_the_same_around_it_as_a_function(project: Project) -> None:
    notebook(
        project,
        code(
            "import os\nx = {'home': os.getcwd() == os.environ['HOME'], 'mode': os.environ['MODE']}"
            "\nx['mine'] = 'MY_OWN' in os.environ",
            "outputs",
        ),
    )
    step(project, "", "x: Json", "", 'env { MODE = "fast" }')
    ran = project.run(env={"MY_OWN": "1"})
    assert ran.json["outputs"]["x"] == {"home": True, "mode": "fast", "mine": False}, ran.err


def test_time_is_limited_and_nothing_is_left_running(project: Project) -> None:
    left = project.folder / "left"
    notebook(
        project,
        code(f"import os, time\nopen({str(left)!r}, 'w').write(str(os.getpid()))"),
        code("time.sleep(60)\nx = 1", "outputs"),
    )
    step(project, "", "x: Int", "", "timeout = 8s")
    ran = project.run()
    assert ran.code == 1
    assert "it ran longer than its timeout of 8 s" in ran.err
    pid = int(left.read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_an_environment_without_a_kernel(project: Project) -> None:
    wheel(project, "1.0")
    notebook(project, code("x = 1", "outputs"))
    step(project, "", "x: Int", "", 'environment { packages = ["tiny==1.0"] }')
    ran = project.run(env=offline(project))
    assert ran.code == 1
    assert "ipykernel must be in the environment of this step" in ran.err


def test_cells_run_with_the_packages_of_their_environment(project: Project) -> None:
    """A package that leads to what is installed here stands for `ipykernel` and all it needs."""
    here = "\n".join(site.getsitepackages())
    wheel(project, "1.0")
    wheel(project, "1.0", "jupyter_stack", files={"stack.pth": here + "\n"})
    notebook(project, code("import sys, tiny\nx = [tiny.VERSION, sys.prefix]", "outputs"))
    packages = 'packages = ["tiny==1.0", "jupyter_stack==1.0"]'
    step(project, "", "x: List[String]", "", f"environment {{ {packages} }}")
    ran = project.run(env=offline(project))
    assert ran.code == 0, ran.err
    version, prefix = ran.json["outputs"]["x"]
    assert version == "1.0"
    assert Path(prefix).is_relative_to(project.folder / ".millpond" / "environments")


# ---- what is said before anything runs --------------------------------------------------------


def said(project: Project) -> list[dict[str, Any]]:
    found = project.mlp("check", "p.mlp", "--format", "json").json["diagnostics"]
    return [d for d in found if d["severity"] == "error"]


def test_no_parameters_cell(project: Project) -> None:
    notebook(project, code("x = 1", "outputs"))
    step(project, "n: Int", "x: Int", "n = 1")
    (found,) = said(project)
    assert found["code"] == "MLP0806"
    assert found["message"] == "notebook `fit.ipynb` has no parameters cell"
    assert "n = …" in found["help"][0]


def test_a_notebook_that_takes_nothing_needs_no_such_cell(project: Project) -> None:
    notebook(project, code("x = 1", "outputs"))
    step(project, "", "x: Int", "")
    assert said(project) == []


@pytest.mark.parametrize(
    ("parameters", "code_", "message"),
    [
        ("m = 1", "MLP0803", "`fit.ipynb` has no parameter called `n`"),
        ("n = 1\nday: str", "MLP0804", "`fit.ipynb` wants `day`, which the step does not pass"),
    ],
)
def test_parameters_that_do_not_fit(
    project: Project, parameters: str, code_: str, message: str
) -> None:
    notebook(project, code(parameters, "parameters"), code("x = 1", "outputs"))
    step(project, "n: Int", "x: Int", "n = 1")
    (found,) = said(project)
    assert (found["code"], found["message"]) == (code_, message)


def test_outputs_that_do_not_fit(project: Project) -> None:
    notebook(project, code("totals = 1", "outputs"))
    step(project, "", "total: Int", "")
    (found,) = said(project)
    assert found["code"] == "MLP0802"
    assert found["message"] == "notebook `fit.ipynb` gives no output `total`"
    assert "did you mean `totals`?" in str(found["labels"])
    notebook(project, code("total = 1"))
    assert said(project)[0]["message"] == "notebook `fit.ipynb` has no cell tagged `outputs`"
    notebook(project, code("%%time\ntotal = 1", "outputs"))
    assert said(project) == []


def test_a_notebook_that_is_not_there(project: Project) -> None:
    notebook(project, code("x = 1", "outputs"))
    (project.folder / "fit.ipynb").rename(project.folder / "fits.ipynb")
    step(project, "", "x: Int", "")
    (found,) = said(project)
    assert found["code"] == "MLP0506"
    assert "did you mean `fits.ipynb`?" in str(found["labels"])


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("nonsense", "not JSON"),
        ("{}", "no list of cells"),
        ('{"nbformat": 3, "cells": []}', "not of notebook format 4"),
        (
            '{"nbformat": 4, "cells": [], "metadata": {"kernelspec": {"language": "R"}}}',
            "its language is r",
        ),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_is_no_notebook(project: Project, text: str, label: str) -> None:
    project.write("fit.ipynb", text)
    step(project, "", "x: Int", "")
    (found,) = said(project)
    assert found["code"] == "MLP0801"
    assert label in str(found["labels"])


def test_a_module_that_the_notebook_imports_and_that_is_broken(project: Project) -> None:
    project.write("lib.py", "def times(:\n")
    notebook(project, code("from lib import times\nx = 1", "outputs"))
    step(project, "", "x: Int", "")
    (found,) = said(project)
    assert found["code"] == "MLP0801"
    assert "lib.py:1:" in str(found["notes"])
