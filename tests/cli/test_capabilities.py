"""What an engine cannot say is refused at its place, with ways out; the rest is written out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cli.conftest import Mlp

STEPS = """\
edition 2026

step list(n: Int) -> (all: List[Int]) { run shell "echo [1,2] > $all" }
step plus(n: Int) -> (m: Int) { run shell "echo $((n + 1)) > $m" }
step say(text: String) { run shell "echo $text" effects = true }
"""
CLOUDS = {
    "argo": 'target t: argo { artifacts = "s3://bucket/x" }\n',
    "kubeflow": 'target t: kubeflow { artifacts = "s3://bucket/x" }\n',
    "sagemaker": (
        'target t: sagemaker { artifacts = "s3://bucket/x" '
        'role = "arn:aws:iam::123456789012:role/x" }\n'
    ),
}


def refused(mlp: Mlp, folder: Path, body: str, kind: str) -> list[tuple[str, str, str]]:
    """Code, message and the text at fault of each error that compiling ends in."""
    text = f"{STEPS}\npipeline main(n: Int = 1) {{\n{body}}}\n{CLOUDS[kind]}"
    (folder / "x.mlp").write_text(text, "utf-8")
    answer = mlp("compile", "x.mlp", "--target", "t", "-o", "out", "--format", "json")
    if answer.code == 0:
        return []
    lines = text.splitlines()
    found = []
    for entry in answer.json["diagnostics"]:
        if entry["severity"] == "error":
            start = entry["span"]["start"]
            assert entry["help"], entry
            place = lines[start["line"] - 1][start["column"] - 1 :]
            found.append((entry["code"], entry["message"], place))
    return found


@pytest.mark.parametrize("kind", sorted(CLOUDS))
@pytest.mark.parametrize(
    ("body", "place"),
    [
        ("  l = list(n = n)\n  for x in l.all {\n    p = plus(n = x)\n  }\n", "for x"),
        ("  p = plus(n = n)\n  when p.m > 2 {\n    q = plus(n = 1)\n  }\n", "when p.m"),
        ('  p = plus(n = n)\n  approve "ok?"\n  q = plus(n = p.m)\n', "approve"),
        ('  p = plus(n = n)\n  on failure { say(text = "no") }\n', "on failure"),
        ('  p = plus(n = n)\n  finally { say(text = "end") }\n', "finally"),
        (
            "  daily = partition by day(from = 2026-01-01, to = 2026-01-02) {\n"
            "    p = plus(n = n)\n    yield p.m\n  }\n",
            "partition",
        ),
        (
            "  for x in [1, 2] with (allow_failures = 50%) {\n    p = plus(n = x)\n  }\n",
            "for x",
        ),
        ("  say(text = run.id)\n", "say("),
    ],
)
def test_what_cannot_be_said_yet_is_refused_at_its_place(
    mlp: Mlp, tmp_path: Path, kind: str, body: str, place: str
) -> None:
    found = refused(mlp, tmp_path, body, kind)
    assert found, "it compiled"
    assert {code for code, _, _ in found} <= {"MLP0903", "MLP0905", "MLP0910"}
    assert any(text.startswith(place) for _, _, text in found), found
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", sorted(CLOUDS))
def test_what_is_known_is_written_out(mlp: Mlp, tmp_path: Path, kind: str) -> None:
    body = (
        "  t = for x in [1, 2, 3] {\n    p = plus(n = x)\n    yield p.m\n  }\n"
        "  w = when 1 > 0 {\n    q = plus(n = max(t))\n    yield q.m\n  }\n"
        "  output m = w\n  output all = t\n"
    )
    assert refused(mlp, tmp_path, body, kind) == []
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert set(manifest["keys"]) == {"t[0].p", "t[1].p", "t[2].p", "q"}
    assert manifest["keys"]["t[0].p"] is not None


def test_long_loops_are_not_written_out(mlp: Mlp, tmp_path: Path) -> None:
    body = "  t = for x in range(300) {\n    p = plus(n = x)\n    yield p.m\n  }\n  output t\n"
    body = body.replace("output t\n", "output t = t\n")
    [(code, message, place)] = refused(mlp, tmp_path, body, "argo")
    assert code == "MLP0910"
    assert message == "not built yet for Argo: loops over a list made during the run"
    assert place.startswith("for x")


def test_inputs_may_lie_behind_a_url(mlp: Mlp, tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("a\n1\n", "utf-8")
    url = rows.as_uri()
    (tmp_path / "u.mlp").write_text(
        'edition 2026\nstep count(rows: Dataset) -> (n: Int) { run shell "wc -l < $rows > $n" }\n'
        f'pipeline main(rows: Dataset = dataset("{url}")) {{\n'
        f'  a = count(rows = rows)\n  b = count(rows = dataset("{url}"))\n'
        "  output n = a.n + b.n\n}\n",
        "utf-8",
    )
    assert mlp("run", "u.mlp", "--format", "json").json["outputs"] == {"n": 4}
    assert mlp("plan", "u.mlp", f"rows={url}", "--format", "json").json["totals"]["run"] == 0
    answer = mlp("plan", "u.mlp", f"rows={url}x")
    assert (answer.code, f"there is nothing at `{url}x`" in answer.err) == (2, True)
    rows.rename(tmp_path / "gone.csv")
    answer = mlp("plan", "u.mlp", f"rows={(tmp_path / 'gone.csv').as_uri()}", "--format", "json")
    assert [d["code"] for d in answer.json["diagnostics"]] == ["MLP0506"]
    assert mlp("graph", "u.mlp").code == 0, "a drawing reads no file"


@pytest.mark.parametrize("kind", sorted(CLOUDS))
def test_partitions_hide_nothing_else(mlp: Mlp, tmp_path: Path, kind: str) -> None:
    body = (
        "  daily = partition by day(from = run.day - 3d, to = run.day) {\n"
        "    p = plus(n = n)\n    yield p.m\n  }\n"
        '  approve "ok?"\n  on failure { say(text = "no") }\n'
    )
    found = refused(mlp, tmp_path, body, kind)
    places = [place.split()[0] for _, _, place in found]
    assert sorted(places) == ["approve", "on", "partition"]
    assert {code for code, _, _ in found} <= {"MLP0903", "MLP0910"}


def test_a_loop_is_refused_once_at_its_keyword(mlp: Mlp, tmp_path: Path) -> None:
    body = (
        "  l = list(n = n)\n  t = for x in l.all with (\n    max_parallel = 2,\n  ) {\n"
        "    p = plus(n = x)\n    yield p.m\n  }\n  output t = t\n"
    )
    assert len(refused(mlp, tmp_path, body, "kubeflow")) == 1
    answer = mlp("compile", "x.mlp", "--target", "t", "-o", "out")
    assert "^^^ this one" in answer.err
    assert "can compile" not in answer.err
    assert "= note: it runs on this machine as it is: `mlp run`" in answer.err


ALL_AT_ONCE = """\
edition 2026
step plus(n: Int) -> (m: Int) { run shell "echo $((n + 1)) > $m" }
step of(day: Date) -> (m: Int) { run shell "echo $day > $m" }
pipeline main(cores: Int = 2, first: Date = 2029-01-01) {
  p = plus(n = 1) with (resources = { cpu = cores })
  approve "ok?"
PARTITION  q = plus(n = p.m)
  output at = run.day
  on failure { r = plus(n = 3) }
}
"""
DAILY = "  partition by day(from = first, to = run.day) as d { b = of(day = d.start) }\n"


@pytest.mark.parametrize(
    ("partition", "codes"),
    [
        (DAILY, ["MLP0909", "MLP0902", "MLP0910", "MLP0910", "MLP0910"]),
        ("", ["MLP0909", "MLP0902", "MLP0910", "MLP0910"]),
    ],
)
def test_what_is_not_known_does_not_hide_what_cannot_be_said(
    mlp: Mlp, tmp_path: Path, partition: str, codes: list[str]
) -> None:
    (tmp_path / "x.mlp").write_text(ALL_AT_ONCE.replace("PARTITION", partition), "utf-8")
    answer = mlp("compile", "x.mlp", "--target", "argo", "-o", "out", "--format", "json")
    found = [d["code"] for d in answer.json["diagnostics"] if d["severity"] == "error"]
    assert (answer.code, found) == (1, codes)


def test_a_drawing_needs_no_values(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "x.mlp").write_text(ALL_AT_ONCE.replace("PARTITION", DAILY), "utf-8")
    answer = mlp("graph", "x.mlp")
    assert answer.code == 0, answer.err
    assert "partition_1: partition" in answer.out
