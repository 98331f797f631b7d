"""`name=value`: a literal of the parameter's type, checked before anything else happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli.conftest import Mlp

ALL = """\
edition 2026

step show(
  day: Date, at: Time, rate: Float, xs: List[Int], name: String, timeout: Duration, size: Size,
  flag: Bool, tier: "gold" | "iron", n: Int, words: List[String], maybe: Int?, doc: File,
) -> (text: File) {
  run shell "echo $day > $text"
}

pipeline main(
  day: Date, at: Time, rate: Float, xs: List[Int], name: String, timeout: Duration, size: Size,
  flag: Bool, tier: "gold" | "iron", n: Int, words: List[String], maybe: Int?, doc: File,
) {
  shown = show(
    day = day, at = at, rate = rate, xs = xs, name = name, timeout = timeout, size = size,
    flag = flag, tier = tier, n = n, words = words, maybe = maybe, doc = doc,
  )
  output text = shown.text
}
"""
GIVEN = {
    "day": ("2026-01-02", "2026-01-02"),
    "at": ("2026-01-02T03:04Z", "2026-01-02T03:04:00Z"),
    "rate": ("10%", 0.1),
    "xs": ("[1,2]", [1, 2]),
    "name": ("anna", "anna"),
    "timeout": ("30m", 1800),
    "size": ("16GB", 16_000_000_000),
    "flag": ("true", True),
    "tier": ("gold", "gold"),
    "n": ("-7", -7),
    "words": ('["a", "b c"]', ["a", "b c"]),
    "doc": ("doc.txt", None),
}


@pytest.fixture
def all_types(tmp_path: Path) -> Path:
    (tmp_path / "doc.txt").write_text("x", "utf-8")
    file = tmp_path / "all.mlp"
    file.write_text(ALL, "utf-8")
    return file


def given(**changed: str) -> list[str]:
    words = {name: text for name, (text, _) in GIVEN.items()} | changed
    return [f"{name}={text}" for name, text in words.items()]


def test_every_type_has_a_literal(mlp: Mlp, all_types: Path) -> None:
    answer = mlp("plan", "all.mlp", "--format", "json", *given())
    assert answer.code == 0, answer.err
    parameters = answer.json["parameters"]
    assert list(parameters) == [
        "day", "at", "rate", "xs", "name", "timeout", "size", "flag", "tier", "n", "words",
        "maybe", "doc",
    ]  # fmt: skip
    assert parameters["maybe"] is None
    parameters.pop("doc"), parameters.pop("maybe")
    assert parameters == {name: value for name, (_, value) in GIVEN.items() if name != "doc"}


@pytest.mark.parametrize(
    ("name", "text", "type"),
    [
        ("day", "2026-13-01", "Date"),
        ("day", "tomorrow", "Date"),
        ("day", "", "Date"),
        ("at", "2026-01-02", "Time"),
        ("rate", "ten", "Float"),
        ("rate", "nan", "Float"),
        ("rate", "inf", "Float"),
        ("rate", "1e999", "Float"),
        ("xs", "[1,", "List[Int]"),
        ("xs", "1,2", "List[Int]"),
        ("xs", '["a"]', "List[Int]"),
        ("xs", "[1.5]", "List[Int]"),
        ("timeout", "30", "Duration"),
        ("timeout", "30GB", "Duration"),
        ("size", "16", "Size"),
        ("flag", "yes", "Bool"),
        ("flag", "1", "Bool"),
        ("tier", "silver", '"gold" | "iron"'),
        ("n", "1.5", "Int"),
        ("n", "9223372036854775808", "Int"),
        ("n", "0x10", "Int"),
        ("n", "1 2", "Int"),
        ("maybe", "x", "Int?"),
    ],
)
def test_what_is_no_literal_of_the_type_is_a_mistake_in_use(
    mlp: Mlp, all_types: Path, name: str, text: str, type: str
) -> None:
    answer = mlp("plan", "all.mlp", *given(**{name: text}))
    assert (answer.code, answer.out) == (2, "")
    assert f"`{name}`" in answer.err
    assert type in answer.err
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("1_000", 1000),
        ("0", 0),
    ],
)
def test_whole_numbers_to_64_bits(mlp: Mlp, all_types: Path, text: str, value: int) -> None:
    answer = mlp("plan", "all.mlp", "--format", "json", *given(n=text))
    assert int(answer.json["parameters"]["n"]) == value


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("List[Date]", "[2026-01-02, 2026-01-03]", ["2026-01-02", "2026-01-03"]),
        ("List[Float]", "[10%, 1, -0.5,]", [0.1, 1.0, -0.5]),
        ("List[Duration]", "[30m, 1h]", [1800, 3600]),
        ("List[Size]", "[1GB]", [10**9]),
        ("List[Bool]", "[true, false]", [True, False]),
        ("List[String]", '["a,b", "]", "\\u{1F600}"]', ["a,b", "]", "\U0001f600"]),
        ("List[List[Int]]", "[[1], []]", [[1], []]),
        ("List[Int?]", "[1, none]", [1, None]),
        ("Map[String, Int]", '{"a b": 1}', {"a b": 1}),
        ("Map[String, Int]", "{ a = 1 }", {"a": 1}),
        ("Json", "{ a = [1, 2.5], b = none }", {"a": [1, 2.5], "b": None}),
        ("Json", '{"a": [1, null]}', {"a": [1, None]}),
        ("Json", "1", 1),
        ("Int?", "none", None),
        ("String?", "none", "none"),
    ],
)
def test_literals_are_those_of_the_language(
    mlp: Mlp, tmp_path: Path, type: str, text: str, value: object
) -> None:
    (tmp_path / "x.mlp").write_text(
        f'edition 2026\nstep s(x: {type}) -> (y: File) {{ run shell "echo $x > $y" }}\n'
        f"pipeline main(x: {type}) {{\n  a = s(x = x)\n  output y = a.y\n}}\n",
        "utf-8",
    )
    answer = mlp("plan", "x.mlp", "--format", "json", f"x={text}")
    assert answer.code == 0, answer.err
    assert answer.json["parameters"] == {"x": value}


@pytest.mark.parametrize(
    "text", ["[1 + 1]", "[1] y = [2]", "[n]", '[f"{1}"]', "[1]\n}", "[30m]", "[1.5]", "[", "]"]
)
def test_what_must_be_worked_out_is_no_literal(mlp: Mlp, all_types: Path, text: str) -> None:
    answer = mlp("plan", "all.mlp", *given(xs=text))
    assert (answer.code, answer.out) == (2, "")


@pytest.mark.parametrize(
    "text",
    ["", " ", "a=b", "--flag", "[1]", "{{x}}", "$(HOME)", "`id`", "a\nb", '"quoted"', "ü☃😀", "'"],
)
def test_text_is_taken_as_it_stands(mlp: Mlp, all_types: Path, text: str) -> None:
    answer = mlp("plan", "all.mlp", "--format", "json", *given(name=text))
    assert answer.code == 0, answer.err
    assert answer.json["parameters"]["name"] == text


@pytest.mark.parametrize("command", ["plan", "run"])
def test_an_unknown_name_is_a_mistake_in_use(mlp: Mlp, hello: Path, command: str) -> None:
    answer = mlp(command, "hello.mlp", "nmae=anna")
    assert (answer.code, answer.out) == (2, "")
    assert "no parameter called `nmae`" in answer.err
    assert "`name`" in answer.err


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_missing_value_is_a_mistake_in_use(mlp: Mlp, hello: Path, command: str) -> None:
    hello.write_text(hello.read_text("utf-8").replace(' = "world"', ""), "utf-8")
    answer = mlp(command, "hello.mlp")
    assert (answer.code, answer.out) == (2, "")
    assert "add `name=…` (String)" in answer.err


def test_a_name_given_twice_is_a_mistake_in_use(mlp: Mlp, hello: Path) -> None:
    answer = mlp("plan", "hello.mlp", "name=a", "name=b")
    assert (answer.code, answer.out) == (2, "")
    assert "`name` is given twice" in answer.err


@pytest.mark.parametrize("word", ["name", "=x", "1a=x", "na-me=x"])
def test_a_word_that_is_neither_is_a_mistake_in_use(mlp: Mlp, hello: Path, word: str) -> None:
    answer = mlp("plan", "hello.mlp", word)
    assert (answer.code, answer.out) == (2, "")
    assert f"`{word}`" in answer.err


def test_a_file_that_is_not_there_is_named(mlp: Mlp, all_types: Path) -> None:
    answer = mlp("plan", "all.mlp", *given(doc="dok.txt"))
    assert (answer.code, answer.out) == (2, "")
    assert "dok.txt" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ["--format", "json", "hello.mlp", "name=anna"],
        ["hello.mlp", "name=anna", "--format", "json"],
        ["hello.mlp", "--format", "json", "name=anna"],
        ["--format=json", "hello.mlp", "name=anna", "--pipeline", "hello"],
        ["--pipeline", "hello", "hello.mlp", "--format", "json", "name=anna", "--target", "local"],
        ["hello.mlp", "--target", "local", "name=anna", "--pipeline=hello", "--format", "json"],
    ],
)
def test_options_stand_anywhere(mlp: Mlp, hello: Path, words: list[str]) -> None:
    answer = mlp("plan", *words)
    assert answer.code == 0, answer.err
    assert answer.json["parameters"] == {"name": "anna"}


def test_values_before_the_file_are_a_mistake_in_use(mlp: Mlp, hello: Path) -> None:
    answer = mlp("plan", "name=anna", "hello.mlp")
    assert (answer.code, answer.out) == (2, "")
    assert "name the file before `name=anna`" in answer.err


FILES = """\
edition 2026
step count(rows: Dataset, more: List[Dataset] = [dataset("there.csv")]) -> (n: Int) {
  run shell "echo 3 > $n"
}
pipeline main(
  rows: Dataset = dataset("nowhere.csv"),
  more: List[Dataset] = [dataset("there.csv"), dataset("s3n://bucket/rows.csv")],
) {
  a = count(rows = rows, more = more)
  b = count(rows = rows)
  output n = a.n + b.n
}
target here: local { params { rows = dataset("gone.csv"), more = [] } }
target there: local { params { rows = dataset("there.csv"), more = [dataset("there.csv")] } }
"""


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_default_that_is_not_there_is_a_mistake_in_the_file(
    mlp: Mlp, tmp_path: Path, command: str
) -> None:
    (tmp_path / "f.mlp").write_text(FILES, "utf-8")
    (tmp_path / "there.csv").write_text("a\n1\n", "utf-8")
    answer = mlp(command, "f.mlp", "--format", "short")
    assert answer.code == 1
    first, second = answer.err.splitlines()
    assert first == "f.mlp:6:19: error[MLP0506] there is nothing at `nowhere.csv`"
    assert second.startswith("f.mlp:7:25: error[MLP0506] no file system for s3n://bucket/rows.csv")
    answer = mlp(command, "f.mlp", "--target", "here", "--format", "short")
    message = "f.mlp:13:38: error[MLP0506] there is nothing at `gone.csv`\n"
    assert (answer.code, answer.err) == (1, message)
    assert mlp(command, "f.mlp", "--target", "there").code == 0


def test_a_default_that_matches_nothing_is_told_once(mlp: Mlp, tmp_path: Path) -> None:
    """Not again where the loop over it is unrolled."""
    (tmp_path / "f.mlp").write_text(
        'edition 2026\nstep n(rows: Dataset) -> (n: Int) { run shell "ls $rows | wc -l > $n" }\n'
        'pipeline main(many: List[Dataset] = [dataset("in/*.csv")]) {\n'
        "  ns = for rows in many {\n    one = n(rows = rows)\n    yield one.n\n  }\n"
        "  output ns = ns\n}\n",
        "utf-8",
    )
    answer = mlp("plan", "f.mlp", "--format", "short")
    message = "f.mlp:3:37: error[MLP0506] no file matches `in/*.csv`\n"
    assert (answer.code, answer.err) == (1, message)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("a\n1\n", "utf-8")
    (tmp_path / "in" / "b.csv").write_text("a\n2\n", "utf-8")
    assert mlp("run", "f.mlp").out.splitlines()[-2] == "ns = [2]"


def test_an_engine_refuses_an_artifact_parameter_where_it_stands(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "f.mlp").write_text(FILES, "utf-8")
    (tmp_path / "there.csv").write_text("a\n1\n", "utf-8")
    answer = mlp("compile", "f.mlp", "--target", "argo", "-o", "out", "--format", "json")
    found = [
        (d["code"], d["span"]["start"]["line"])
        for d in answer.json["diagnostics"]
        if "artifact parameters" in d["message"]
    ]
    assert (answer.code, found) == (1, [("MLP0910", 6), ("MLP0910", 7)])


OF_FILES = """\
edition 2026

schema Pair { f: File, note: String }
step look(fs: List[File], named: Map[String, File], pair: Pair, d: Dir,
  maybe: File?) -> (n: Int) {
  run shell "echo 1 > $n"
}

pipeline main(
  fs: List[File] = [file("a.txt")],
  named: Map[String, File] = {},
  pair: Pair = { f = file("b.txt"), note = "b.txt" },
  d: Dir,
  maybe: File? = file("a.txt"),
) {
  looked = look(fs = fs, named = named, pair = pair, d = d, maybe = maybe)
  output n = looked.n
}
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name in ("a.txt", "b.txt", "z/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    (tmp_path / "files.mlp").write_text(OF_FILES, "utf-8")
    return tmp_path


def test_lists_and_records_of_files_have_defaults(mlp: Mlp, files: Path) -> None:
    answer = mlp("plan", "files.mlp", "--format", "json", "d=z")
    assert answer.code == 0, answer.err
    found = answer.json["parameters"]
    assert [file["name"] for file in found["fs"]] == ["a.txt"]
    assert found["named"] == {}
    assert (found["pair"]["f"]["name"], found["pair"]["note"]) == ("b.txt", "b.txt")
    assert found["d"]["digest"].startswith("tree:")
    assert found["maybe"]["name"] == "a.txt"


def test_lists_maps_and_records_of_files_are_given_as_literals(mlp: Mlp, files: Path) -> None:
    words = (
        'fs=["b.txt", "a.txt"]',
        'named={"x": "a.txt"}',
        'pair={ f = "a.txt", note = "hi" }',
        "d=z",
        "maybe=none",
    )
    answer = mlp("plan", "files.mlp", "--format", "json", *words)
    assert answer.code == 0, answer.err
    found = answer.json["parameters"]
    assert [file["name"] for file in found["fs"]] == ["b.txt", "a.txt"]
    assert found["named"]["x"]["name"] == "a.txt"
    assert (found["pair"]["f"]["name"], found["pair"]["note"]) == ("a.txt", "hi")
    assert found["maybe"] is None


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ('fs=["none.txt"]', "`fs`: there is nothing at `none.txt`"),
        ("fs=a.txt", "`fs` is a List[File]; `a.txt` is not one"),
        ("fs=[1]", "`fs` is a List[File]; `[1]` is not one"),
        ('fs={"a": "a.txt"}', "`fs` is a List[File]"),
        ('pair={"f": "a.txt", "note": 1}', "`pair` is a"),
        ('pair={"f": "a.txt", "note": "x", "g": 1}', "`pair` is a"),
        ('fs=["z"]', "`fs`: `z` is a folder, and a file is wanted"),
        ("d=a.txt", "`d`: `a.txt` is a file, and a folder is wanted"),
        ("d=z/*.csv", "`d`: no file matches `z/*.csv`"),
        ('fs=["z/*"]', "`fs`: `z/*` is a folder, and a file is wanted"),
    ],
)
def test_what_names_no_files_is_a_mistake_in_use(
    mlp: Mlp, files: Path, word: str, why: str
) -> None:
    given = [word] if word.startswith("d=") else ["d=z", word]
    answer = mlp("plan", "files.mlp", *given)
    assert (answer.code, answer.out) == (2, "")
    assert why in answer.err


def test_whole_floats_are_told_apart_from_ints(mlp: Mlp, tmp_path: Path) -> None:
    (tmp_path / "f.mlp").write_text(
        "edition 2026\npipeline main(f: Float = 1.0, n: Int = 1, fs: List[Float] = [2.0, 1e9]) {\n"
        "  output f = f\n  output n = n\n  output fs = fs\n}\n",
        "utf-8",
    )
    lines = mlp("run", "f.mlp").out.splitlines()
    assert lines[1:4] == ["f = 1.0", "n = 1", "fs = [2.0, 1e+09]"]


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("a/b:1@sha256:12", "`sha256:12` is no digest of an image"),
        ("-v/:/host", "`-v/:/host` is no name of an image"),
    ],
)
def test_an_image_that_a_parameter_names_is_one(
    mlp: Mlp, tmp_path: Path, image: str, message: str
) -> None:
    (tmp_path / "own.mlp").write_text(
        'edition 2026\nstep a() -> (n: Int) { run shell "echo 1 > $n" }\n'
        "pipeline main(image: String) { x = a() with (environment = { image = image }) }\n",
        "utf-8",
    )
    answer = mlp("plan", "own.mlp", f"image={image}")
    assert answer.code == 1
    assert message in answer.err
    assert mlp("plan", "own.mlp", f"image=a/b@sha256:{'0f' * 32}").code == 0
