"""Names and values that other formats would trip over: the same here and on every engine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from conformance.here import TARGETS, mlp
from conformance.test_extracted_runs import DOCUMENTS, RUNNERS, _node, _outputs

from millpond.compiler.diagnostics.diagnostic import Severity
from millpond.face import api

BUCKET = "s3://acme-artifacts/x"
CLOUDS = """
target staging: argo { artifacts = "s3://acme-artifacts/x" }
target research: kubeflow { artifacts = "s3://acme-artifacts/x" }
target prod: sagemaker {
  artifacts = "s3://acme-artifacts/x"
  role = "arn:aws:iam::123456789012:role/x"
}
"""
TEXTS = [
    "",
    " leading and trailing ",
    "=1+1",
    "@{{tasks.a.outputs.result}}#x",
    "~/x",
    "*",
    "#5",
    "{{workflow.uid}} {{=1}} {{inputs.parameters.text}}",
    "$(HOME) $$(HOME) $HOME ${HOME} `id` $(id)",
    "{{$.inputs.parameters['text']}} {{channel:x}}",
    "a\nb\r\n\tc\n",
    "'single' \"double\" \\back\\ \\n",
    "yes",
    "null",
    "0123",
    "1e3",
    "2026-01-02",
    "- a: b # c",
    "<script>alert('x')</script> &amp;",
    "--option=x -c",
    "ünïcode ☃ 😀 \u202e \u00a0",
    "x" * 300,
    "%s %(x)s {0} {x}",
    "!!python/object:os.system",
]
INTS = [0, -1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63) + 1]
FLOATS = ["1e308", "5e-324", "0.30000000000000004", "1e16", "123456789.123", "0.1", "-0.5", "1.0"]

STEP = """\
edition 2026

step tell(text: String) -> (same: String) { run shell "printf '%s' \\"$text\\" > $same" }
"""
PYTHON = """\
def gather(**inputs) -> list:
    return [inputs[name] for name in sorted(inputs)]
"""


def quoted(text: str) -> str:
    """The text as a literal of the language."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return (
        '"'
        + "".join(escapes.get(c) or (c if c.isprintable() else f"\\u{{{ord(c):X}}}") for c in text)
        + '"'
    )


def passes(kind: str, text: str) -> bool:
    """Whether a kind of target takes the text; the others say no."""
    if kind == "sagemaker":
        return "\n" not in text and len(text) < 200
    return "{{" not in text


def program(kind: str) -> str:
    """All values as literals, as parameters, in a list and as another step's result."""
    texts = [text for text in TEXTS if passes(kind, text)]
    values: dict[str, list[str]] = {
        "String": [quoted(text) for text in texts],
        "Int": [str(number) for number in INTS],
        "Float": FLOATS,
    }
    steps, parameters, calls = [], [], []
    for type_, literals in values.items():
        low = type_.lower()
        names = [f"{low}_{n:02}" for n in range(len(literals))]
        ports = ", ".join(f"{name}: {type_}" for name in names)
        printed = " ".join(f'"${name}"' for name in names)
        steps.append(
            f'step gather_{low}({ports}) -> (all: List[{type_}]) {{ run python "work:gather" }}\n'
            f"step print_{low}({ports}) -> (all: File) {{\n"
            f'  run shell """\n    printf \'%s\\0\' {printed} > "$all"\n  """\n}}\n'
            f"step pass_{low}(list: List[{type_}]) -> (all: List[List[{type_}]]) {{\n"
            f'  run python "work:gather"\n}}\n'
        )
        parameters += [f"{n}: {type_} = {v}" for n, v in zip(names, literals, strict=True)]
        given = ", ".join(f"{name} = {name}" for name in names)
        fixed = ", ".join(f"{n} = {v}" for n, v in zip(names, literals, strict=True))
        calls.append(
            f"  literal_{low} = gather_{low}({fixed})\n"
            f"  printed_{low} = print_{low}({given})\n"
            f"  listed_{low} = pass_{low}(list = [{', '.join(literals)}])\n"
            f"  again_{low} = pass_{low}(list = literal_{low}.all)\n"
            f"  output {low} = literal_{low}.all\n"
        )
    return (
        "edition 2026\n\n" + "".join(steps) + f"pipeline main({', '.join(parameters)}) {{\n"
        + "".join(calls) + f"}}\n{CLOUDS}"
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TARGETS))
def test_values_arrive_as_they_are(kind: str, tmp_path: Path) -> None:
    (tmp_path / "work.py").write_text(PYTHON, "utf-8")
    (tmp_path / "main.mlp").write_text(program(kind), "utf-8")
    done = mlp("run", "main.mlp", "--format", "json", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["outputs"]["string"] == [text for text in TEXTS if passes(kind, text)]
    assert [int(number) for number in report["outputs"]["int"]] == INTS
    assert report["outputs"]["float"] == [float(number) for number in FLOATS]
    here = {node["id"]: node["outputs"] for node in report["nodes"] if node["kind"] == "task"}

    words = ("compile", "main.mlp", "--target", TARGETS[kind], "-o", "out", "--validate")
    done = mlp(*words, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    artifacts = tmp_path / "artifacts"
    shutil.copytree(tmp_path / "out" / "code", artifacts / "code")
    results = RUNNERS[kind](
        (tmp_path / "out" / DOCUMENTS[kind]).read_text("utf-8"),
        artifacts_url=BUCKET,
        artifacts_folder=artifacts,
        scratch=tmp_path / "scratch",
        parameters={},
    )
    there = {
        _node(task): {name: entry["digest"] for name, entry in _outputs(artifacts, result).items()}
        for task, result in results.items()
    }
    assert {node: there[_node(node)] for node in here} == here


REFUSED = [(kind, text) for kind in sorted(TARGETS) for text in TEXTS if not passes(kind, text)]


@pytest.mark.parametrize(("kind", "text"), REFUSED)
def test_a_text_that_an_engine_would_change_is_refused_at_its_place(
    kind: str, text: str, tmp_path: Path
) -> None:
    file = tmp_path / "main.mlp"
    file.write_text(
        f"{STEP}\npipeline main(text: String = {quoted(text)}) {{\n"
        f"  said = tell(text = text)\n  output same = said.same\n}}\n{CLOUDS}",
        "utf-8",
    )
    with pytest.raises(api.Refused) as refused:
        api.compile(file, tmp_path / "out", target=TARGETS[kind])
    [found] = [d for d in refused.value.diagnostics if d.severity is Severity.ERROR]
    assert found.code == "MLP0903"
    assert found.span is not None
    assert found.help
